package io.kioku.internal.onnx.fuse;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.FloatElementwise;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.elementwise.FusedElementwise;
import io.kioku.internal.onnx.op.elementwise.FusedElementwise.Part;
import io.kioku.internal.onnx.op.elementwise.FusedElementwise.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Element-wise nodes in float32 of which only the last one's output is read elsewhere: one pass
/// over memory instead of one for each.
///
/// Only nodes whose outputs have the same shape: what is computed for a small mask is not to be
/// computed again for each row of a large matrix.
final class ElementwiseChains implements Fusion {
  @Override
  public void tryAt(FusionGraph graph, PlannedNode last) {
    if (!isFloatElementwise(graph, last)) {
      return;
    }
    List<PlannedNode> group = new ArrayList<>(List.of(last));
    FusedElementwise fused = null;
    for (FusedElementwise larger = grow(graph, group);
        larger != null;
        larger = grow(graph, group)) {
      fused = larger;
    }
    if (fused != null) {
      FusedElementwise made = fused;
      String operators =
          group.stream().map(node -> node.node().operator()).collect(Collectors.joining("+"));
      graph.replace(
          group, last, operators, made.inputs(), new Attributes(Map.of()), context -> made);
    }
  }

  /// Adds a node to a group, before those that are in it.
  ///
  /// @return what it is then; null if there is none that can be added
  private static FusedElementwise grow(FusionGraph graph, List<PlannedNode> group) {
    for (PlannedNode reader : List.copyOf(group)) {
      for (String input : reader.node().inputs()) {
        PlannedNode node = graph.producer(input);
        if (node == null
            || group.contains(node)
            || !isFloatElementwise(graph, node)
            || !graph.isInside(node, group)
            || !isSameShape(graph, node, group.getLast())) {
          continue;
        }
        List<PlannedNode> larger = new ArrayList<>(group);
        larger.add(node);
        larger = graph.inOrder(larger);
        FusedElementwise fused = FusedElementwise.of(parts(larger), scalars(graph, larger));
        if (fused != null) {
          group.clear();
          group.addAll(larger);
          return fused;
        }
      }
    }
    return null;
  }

  private static boolean isFloatElementwise(FusionGraph graph, PlannedNode node) {
    return node.operator() instanceof FloatElementwise operator
        && !operator.floatProgram().isEmpty()
        && graph.isFloat(node.node().outputs().getFirst())
        && node.node().inputs().stream().allMatch(input -> input.isEmpty() || graph.isFloat(input));
  }

  private static boolean isSameShape(FusionGraph graph, PlannedNode node, PlannedNode other) {
    return Arrays.equals(
        graph.known(node.node().outputs().getFirst()).dims(),
        graph.known(other.node().outputs().getFirst()).dims());
  }

  private static List<Part> parts(List<PlannedNode> group) {
    List<Part> parts = new ArrayList<>();
    for (PlannedNode planned : group) {
      GraphNode node = planned.node();
      parts.add(
          new Part(
              (FloatElementwise) planned.operator(), node.inputs(), node.outputs().getFirst()));
    }
    return parts;
  }

  private static Map<String, Scalar> scalars(FusionGraph graph, List<PlannedNode> group) {
    Map<String, Scalar> scalars = new HashMap<>();
    for (PlannedNode node : group) {
      for (String input : node.node().inputs()) {
        Float value = graph.scalar(input);
        if (value != null) {
          scalars.put(input, new Scalar(value, graph.known(input).dims().length));
        }
      }
    }
    return scalars;
  }
}
