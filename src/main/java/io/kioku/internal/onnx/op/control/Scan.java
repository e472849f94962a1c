package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.ArrayList;
import java.util.List;

/// Scan: a graph for each slice of some inputs, from the first to the last or the other way round.
/// It carries values from step to step, and puts others together again as slices.
final class Scan implements Operator {
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

  Scan(Node node, OperatorContext context) {
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

  private static Sweep[] sweeps(Node node, String prefix, int count) {
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

  @Override
  public void infer(Inference node) {
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
  private long steps(Inference node) {
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
}
