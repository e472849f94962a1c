package io.kioku.internal.onnx.op.control;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
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
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Loop: a graph again and again, a number of times or while a condition holds. It carries values
/// from step to step, and puts others one after the other.
public final class LoopOperator implements Operator {
  /// The inputs before those that are carried: of the node, how often and whether at all; of the
  /// body, the step's number and the condition.
  private static final int LEADING = 2;

  private final Body body;
  private final int carried;
  private final ValueInfo[] stacked; // what a step gives

  LoopOperator(GraphNode node, OperatorContext context) {
    Graph graph = node.attributes().graph("body");
    carried = Math.max(0, node.inputs().size() - LEADING);
    if (graph.inputs().size() != LEADING + carried) {
      throw new Refusal(
          "graph '%s' has %d inputs, expected %d"
              .formatted(graph.name(), graph.inputs().size(), LEADING + carried));
    }
    List<Known> inputs = new ArrayList<>();
    inputs.add(Known.of(ElementType.INT64, dims(graph.inputs().get(0))));
    inputs.add(Known.of(ElementType.BOOL, dims(graph.inputs().get(1))));
    for (int k = 0; k < carried; k++) { // shapes may change from step to step
      inputs.add(context.input(LEADING + k).withoutShape());
    }
    body = context.body(graph, inputs);
    int rows = body.outputs().size() - 1 - carried;
    if (rows < 0 || node.outputs().size() > carried + rows) {
      throw new Refusal(
          "graph '%s' has %d outputs, expected a condition, %d values that are carried, and those of %d outputs in all"
              .formatted(graph.name(), body.outputs().size(), carried, node.outputs().size()));
    }
    stacked = new ValueInfo[rows];
    for (int k = 0; k < rows; k++) {
      int output = 1 + carried + k;
      stacked[k] = ScanDims.slice(graph.outputs().get(output), body.results().get(output));
    }
  }

  /// The number and the condition are scalars, which some declare as arrays of one.
  private static long[] dims(ValueInfo declared) {
    return declared.dims() != null && declared.dims().length == 1 ? new long[] {1} : new long[0];
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
    return new LoopOperator(node, context);
  }

  @Override
  public void infer(ShapeInference node) {
    node.types(0, ElementType.INT64);
    node.single(0);
    node.types(1, ElementType.BOOL);
    node.single(1);
    List<Known> results = body.results();
    if (results.get(0).type() != null && results.get(0).type() != ElementType.BOOL) {
      throw new Refusal("the body's condition is %s".formatted(results.get(0).type()));
    }
    for (int k = 0; k < carried; k++) {
      node.need(LEADING + k, Integer.toString(LEADING + k));
      Known first = node.known(LEADING + k);
      node.later(k, first.or(results.get(1 + k)));
    }
    for (int k = carried; k < carried + stacked.length; k++) {
      Known row = results.get(1 + k);
      node.later(k, new Known(row.type(), ScanDims.with(row.dims(), 0, -1), null));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Looping(context);
  }

  private final class Looping implements Kernel {
    private final KernelContext context;
    private final Value trips; // null: no end; the condition: true
    private final Value condition;
    private final Subgraph steps;
    private final Value number;
    private final Value going;
    private final Value goesOn;
    private final CarriedValues values;
    private final StackedValues[] stacks;

    Looping(KernelContext context) {
      this.context = context;
      trips = context.in(0);
      condition = context.in(1);
      steps = context.subgraph(body);
      number = steps.inputs().get(0);
      number.resize(ElementType.INT64, dims(body.inputs().get(0)));
      going = steps.inputs().get(1);
      going.resize(ElementType.BOOL, dims(body.inputs().get(1)));
      goesOn = steps.outputs().get(0);
      values = new CarriedValues(context, steps, LEADING, LEADING, 1, carried);
      stacks = new StackedValues[Math.max(0, context.outputs() - carried)];
      for (int k = 0; k < stacks.length; k++) {
        stacks[k] =
            new StackedValues(
                context,
                stacked[k],
                steps.outputs().get(1 + carried + k),
                context.out(carried + k));
      }
    }

    @Override
    public void run() {
      long count = trips == null ? Long.MAX_VALUE : trips.asLong(0);
      boolean on = condition == null || condition.bool(0);
      values.start();
      for (int k = 0; k < stacks.length; k++) {
        stacks[k].start();
      }
      for (long step = 0; on && step < count; step++) {
        step(step);
        on = goesOn.bool(0);
      }
      values.finish(context);
      for (int k = 0; k < stacks.length; k++) {
        stacks[k].finish();
      }
    }

    private void step(long step) {
      context.countLoopStep();
      number.setLong(0, step);
      going.bool(0, true);
      steps.run();
      for (int k = 0; k < stacks.length; k++) {
        stacks[k].step();
      }
      values.step();
    }
  }

  /// Puts what each step of a loop gives one after the other, when nobody knows how many steps
  /// there will be.
  private static final class StackedValues {
    private static final long FIRST = 4;

    private final KernelContext context;
    private final ValueInfo declared;
    private final Value row;
    private final Value out;
    private Value rows; // the first ones are in use
    private TensorShape shape; // of a row
    private long[] dims; // of the rows
    private long count;

    /// @param declared what the file says of a row
    StackedValues(KernelContext context, ValueInfo declared, Value row, Value out) {
      this.context = context;
      this.declared = declared;
      this.row = row;
      this.out = out;
      rows = context.scratch();
    }

    /// Before the first step.
    void start() {
      count = 0;
    }

    /// After each step.
    void step() {
      if (shape == null || !row.shape().is(shape.type(), shape.dims())) {
        reshape();
      }
      if (count == rows.dim(0)) {
        grow();
      }
      MemorySegment.copy(row.data(), 0, rows.data(), count * shape.bytes(), shape.bytes());
      count++;
    }

    private void reshape() {
      if (count > 0) {
        throw new Refusal(
            "'%s' is %s in a step, and %s in the one before"
                .formatted(declared.name(), row.shape(), shape));
      }
      shape = row.shape();
      dims = ScanDims.with(shape.dims(), 0, FIRST);
      rows.resize(shape.type(), dims);
    }

    private void grow() {
      Value more = context.scratch();
      dims[0] = 2 * count;
      more.resize(shape.type(), dims);
      MemorySegment.copy(rows.data(), 0, more.data(), 0, rows.data().byteSize());
      rows = more;
    }

    /// After the last step.
    void finish() {
      if (count == 0) {
        ScanDims.empty(out, declared, 0);
        return;
      }
      dims[0] = count;
      out.beginning(rows, dims);
    }
  }
}
