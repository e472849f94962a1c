package io.kioku.internal.onnx.op.control;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.KernelContext.Subgraph;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// If: the results of one of two graphs, which may differ in types and shapes. A branch that a
/// condition known at load time excludes is not even looked at.
public final class IfOperator implements Operator {
  private final Body then; // null: never taken; so is the other
  private final Body otherwise;

  IfOperator(GraphNode node, OperatorContext context) {
    Graph thenGraph = node.attributes().graph("then_branch");
    Graph elseGraph = node.attributes().graph("else_branch");
    Constant condition = context.constant(0);
    boolean known = condition != null && condition.data().byteSize() == 1;
    boolean holds = known && condition.data().get(ValueLayout.JAVA_BYTE, 0) != 0;
    then = known && !holds ? null : body(thenGraph, node, context);
    otherwise = holds ? null : body(elseGraph, node, context);
  }

  private static Body body(Graph graph, GraphNode node, OperatorContext context) {
    Body body = context.body(graph, List.of());
    if (body.outputs().size() < node.outputs().size()) {
      throw new Refusal(
          "graph '%s' has %d outputs, expected %d"
              .formatted(graph.name(), body.outputs().size(), node.outputs().size()));
    }
    return body;
  }

  @Override
  public boolean takesSequences() {
    return true;
  }

  @Override
  public List<Body> bodies() {
    return Stream.of(then, otherwise).filter(Objects::nonNull).toList();
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new IfOperator(node, context);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "cond");
    node.types(0, ElementType.BOOL);
    node.single(0);
    for (int k = 0; k < node.outputs(); k++) {
      Known first = bodies().getFirst().results().get(k);
      Known last = bodies().getLast().results().get(k);
      node.later(k, then == null || otherwise == null ? first : first.or(last));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Branching(context);
  }

  private final class Branching implements Kernel {
    private final KernelContext context;
    private final Value condition;
    private Subgraph thenSteps; // made when it is taken for the first time; so is the other
    private Subgraph elseSteps;

    Branching(KernelContext context) {
      this.context = context;
      condition = context.in(0);
    }

    @Override
    public void run() {
      Subgraph taken = condition.bool(0) ? then() : otherwise();
      taken.run();
      for (int k = 0; k < context.outputs(); k++) {
        context.out(k).alias(taken.outputs().get(k));
      }
    }

    private Subgraph then() {
      if (thenSteps == null) {
        thenSteps = context.subgraph(then);
      }
      return thenSteps;
    }

    private Subgraph otherwise() {
      if (elseSteps == null) {
        elseSteps = context.subgraph(otherwise);
      }
      return elseSteps;
    }
  }
}
