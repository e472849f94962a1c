package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.KernelContext.Subgraph;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.TensorShape;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.control.ScanOperator.Sweep;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.ArrayList;
import java.util.List;

/// Scan: a graph for each slice of some inputs, from the first to the last or the other way round.
/// It carries values from step to step, and puts others together again as slices.
public final class ScanOperator implements Operator {
  private final Body body;
  private final int carried;
  private final Sweep[] taken; // of the inputs that are taken apart
  private final Sweep[] made; // of the outputs that are put together
  private final ValueInfo[] slices; // of those: what a step gives

  /// How an array is gone through.
  record Sweep(long axis, boolean backward) {
    /// @param rank of the whole array
    int axis(int rank) {
      return Axes.of(axis, rank);
    }
  }

  ScanOperator(GraphNode node, OperatorContext context) {
    if (node.version() < 9) {
      throw new Refusal("in operator set 8 it has a batch, expected operator set 9 or later");
    }
    Graph graph = node.attributes().graph("body");
    int scanned = node.attributes().small("num_scan_inputs", 0);
    carried = node.inputs().size() - scanned;
    if (scanned < 1 || carried < 0) {
      throw new Refusal(
          "attribute num_scan_inputs is %d, expected 1 to %d"
              .formatted(scanned, node.inputs().size()));
    }
    taken = sweeps(node, "scan_input", scanned);
    List<Known> inputs = new ArrayList<>();
    for (int k = 0; k < node.inputs().size(); k++) {
      Known input = context.input(k);
      if (k < carried || input.dims() == null) {
        inputs.add(input.withoutShape());
      } else {
        int axis = taken[k - carried].axis(input.dims().length);
        inputs.add(Known.of(input.type(), ScanDims.without(input.dims(), axis)));
      }
    }
    body = context.body(graph, inputs);
    int outputs = body.outputs().size() - carried;
    if (outputs < 0 || node.outputs().size() > body.outputs().size()) {
      throw new Refusal(
          "graph '%s' has %d outputs, expected %d values that are carried, and %d outputs in all"
              .formatted(graph.name(), body.outputs().size(), carried, node.outputs().size()));
    }
    made = sweeps(node, "scan_output", outputs);
    slices = new ValueInfo[outputs];
    for (int k = 0; k < outputs; k++) {
      int output = carried + k;
      slices[k] = ScanDims.slice(graph.outputs().get(output), body.results().get(output));
    }
  }

  private static Sweep[] sweeps(GraphNode node, String prefix, int count) {
    long[] axes = node.attributes().integers(prefix + "_axes");
    long[] directions = node.attributes().integers(prefix + "_directions");
    if ((axes != null && axes.length != count)
        || (directions != null && directions.length != count)) {
      throw new Refusal(
          "attributes %s_axes and %s_directions: expected %d values each"
              .formatted(prefix, prefix, count));
    }
    Sweep[] sweeps = new Sweep[count];
    for (int k = 0; k < count; k++) {
      sweeps[k] = new Sweep(axes == null ? 0 : axes[k], directions != null && directions[k] != 0);
    }
    return sweeps;
  }

  @Override
  public boolean takesSequences() {
    return true;
  }

  @Override
  public List<Body> bodies() {
    return List.of(body);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new ScanOperator(node, context);
  }

  @Override
  public void infer(ShapeInference node) {
    List<Known> results = body.results();
    for (int k = 0; k < carried; k++) {
      node.need(k, Integer.toString(k));
      Known first = node.known(k);
      node.later(k, first.or(results.get(k)));
    }
    long steps = steps(node);
    for (int k = 0; k < made.length; k++) {
      Known row = results.get(carried + k);
      int axis = row.dims() == null ? 0 : made[k].axis(row.dims().length + 1);
      node.later(carried + k, new Known(row.type(), ScanDims.with(row.dims(), axis, steps), null));
    }
  }

  /// How many steps there are; -1 if that is unknown.
  private long steps(ShapeInference node) {
    long steps = -1;
    for (int k = 0; k < taken.length; k++) {
      node.need(carried + k, Integer.toString(carried + k));
      long[] dims = node.dims(carried + k);
      long dim = dims == null ? -1 : dims[taken[k].axis(dims.length)];
      if (steps >= 0 && dim >= 0 && dim != steps) {
        throw new Refusal("it goes through %d and %d slices".formatted(steps, dim));
      }
      steps = Math.max(steps, dim);
    }
    return steps;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new ScanKernel(context, body, carried, taken, made, slices);
  }

  /// Runs a graph for each slice.
  private static final class ScanKernel implements Kernel {
    private final KernelContext context;
    private final Subgraph step;
    private final CarriedValues values;
    private final SliceReader[] readers;
    private final SliceWriter[] writers;
    private final Value first; // of the inputs that are taken apart
    private final Sweep sweep;
    private long steps;

    ScanKernel(
        KernelContext context,
        Body body,
        int carried,
        Sweep[] taken,
        Sweep[] made,
        ValueInfo[] slices) {
      this.context = context;
      step = context.subgraph(body);
      values = new CarriedValues(context, step, 0, 0, 0, carried);
      first = context.in(carried);
      sweep = taken[0];
      readers = new SliceReader[taken.length];
      for (int k = 0; k < taken.length; k++) {
        readers[k] =
            new SliceReader(taken[k], context.in(carried + k), step.inputs().get(carried + k));
      }
      writers = new SliceWriter[Math.max(0, context.outputs() - carried)];
      for (int k = 0; k < writers.length; k++) {
        writers[k] =
            new SliceWriter(
                made[k], slices[k], step.outputs().get(carried + k), context.out(carried + k));
      }
    }

    @Override
    public void prepare() {
      steps = first.dim(sweep.axis(first.rank()));
      for (SliceReader reader : readers) {
        reader.prepare();
      }
      for (SliceWriter writer : writers) {
        writer.prepare(steps);
      }
    }

    @Override
    public void run() {
      values.start();
      for (long t = 0; t < steps; t++) {
        context.countLoopStep();
        for (int k = 0; k < readers.length; k++) {
          readers[k].read(t);
        }
        step.run();
        for (int k = 0; k < writers.length; k++) {
          writers[k].write(t);
        }
        values.step();
      }
      values.finish(context);
    }
  }

  /// Takes an array apart: one slice a step.
  private static final class SliceReader {
    private final Sweep sweep;
    private final Value whole;
    private final Value slice;
    private StridedCopy copy;
    private long steps;
    private long stride;

    SliceReader(Sweep sweep, Value whole, Value slice) {
      this.sweep = sweep;
      this.whole = whole;
      this.slice = slice;
    }

    void prepare() {
      int axis = sweep.axis(whole.rank());
      long[] dims = ScanDims.without(whole.dims(), axis);
      long[] strides = Layout.of(whole.dims()).strides();
      slice.resize(whole.type(), dims);
      steps = whole.dim(axis);
      stride = strides[axis];
      copy =
          StridedCopy.of(
              slice.storage().bytes(),
              dims,
              new Layout(0, ScanDims.without(strides, axis)),
              Layout.of(dims));
    }

    void read(long step) {
      long index = sweep.backward() ? steps - 1 - step : step;
      copy.run(whole.data(), index * stride, slice.data(), 0);
    }
  }

  /// Puts an array together: one slice a step.
  private static final class SliceWriter {
    private final Sweep sweep;
    private final ValueInfo declared;
    private final Value slice;
    private final Value whole;
    private TensorShape shape; // of a slice; null: not known yet
    private StridedCopy copy;
    private long steps;
    private long stride;

    /// @param declared what the file says of a slice
    SliceWriter(Sweep sweep, ValueInfo declared, Value slice, Value whole) {
      this.sweep = sweep;
      this.declared = declared;
      this.slice = slice;
      this.whole = whole;
    }

    /// @param count how many slices there will be
    void prepare(long count) {
      steps = count;
      shape = null;
      if (count == 0) {
        int rank = declared.dims() == null ? 0 : declared.dims().length;
        ScanDims.empty(whole, declared, sweep.axis(rank + 1));
      }
    }

    void write(long step) {
      if (shape == null || !slice.shape().is(shape.type(), shape.dims())) {
        reshape(step);
      }
      long index = sweep.backward() ? steps - 1 - step : step;
      copy.run(slice.data(), 0, whole.data(), index * stride);
    }

    private void reshape(long step) {
      if (step > 0) {
        throw new Refusal(
            "'%s' is %s in a step, and %s in the one before"
                .formatted(declared.name(), slice.shape(), shape));
      }
      shape = slice.shape();
      int axis = sweep.axis(shape.rank() + 1);
      whole.resize(shape.type(), ScanDims.with(shape.dims(), axis, steps));
      long[] strides = Layout.of(whole.dims()).strides();
      stride = strides[axis];
      copy =
          StridedCopy.of(
              whole.storage().bytes(),
              shape.dims(),
              Layout.of(shape.dims()),
              new Layout(0, ScanDims.without(strides, axis)));
    }
  }
}
