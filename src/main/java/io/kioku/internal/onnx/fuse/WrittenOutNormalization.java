package io.kioku.internal.onnx.fuse;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.normalize.LayerNormalization;
import io.kioku.internal.onnx.op.normalize.RmsNormalization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A layer normalisation (Ba, Kiros and Hinton 2016), or one by the root mean square (Zhang and
/// Sennrich 2019), over the last dimension, that is written out as exporters before operator set 17
/// do: `(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) * scale + bias`.
final class WrittenOutNormalization implements Fusion {
  @Override
  public void tryAt(FusionGraph graph, PlannedNode last) {
    switch (last.node().qualifiedOperator()) {
      case "Add" -> {
        for (int side = 0; side < 2; side++) {
          String scaled = last.node().inputs().get(side);
          String bias = last.node().inputs().get(1 - side);
          PlannedNode mul = graph.producer(scaled, "Mul");
          if (mul != null && tryScaled(graph, last, mul, bias)) {
            return;
          }
        }
      }
      case "Mul" -> tryScaled(graph, last, last, null);
      default -> {}
    }
  }

  /// @param bias null if nothing is added behind `mul`
  private static boolean tryScaled(
      FusionGraph graph, PlannedNode last, PlannedNode mul, String bias) {
    for (int side = 0; side < 2; side++) {
      Match match = new Match(graph, last);
      match.add(mul);
      if (bias != null) {
        match.add(last);
      }
      String scale = mul.node().inputs().get(1 - side);
      if (match.quotient(mul.node().inputs().get(side)) && match.fits(scale, bias)) {
        match.replace(scale, bias);
        return true;
      }
    }
    return false;
  }

  /// The nodes of one, found from behind.
  private static final class Match {
    private final FusionGraph graph;
    private final PlannedNode last;
    private final List<PlannedNode> nodes = new ArrayList<>();
    private String x;
    private float epsilon;
    private boolean isCentred;

    Match(FusionGraph graph, PlannedNode last) {
      this.graph = graph;
      this.last = last;
    }

    void add(PlannedNode node) {
      if (!nodes.contains(node)) {
        nodes.add(node);
      }
    }

    private PlannedNode take(String value, String operator) {
      PlannedNode node = graph.producer(value, operator);
      if (node != null) {
        add(node);
      }
      return node;
    }

    private static String input(PlannedNode node, int index) {
      return node.node().inputs().get(index);
    }

    /// `d / sqrt(mean(d^2) + epsilon)`, or times the reciprocal of the root.
    boolean quotient(String value) {
      PlannedNode div = take(value, "Div");
      if (div != null) {
        return root(input(div, 1), input(div, 0));
      }
      PlannedNode mul = take(value, "Mul");
      for (int side = 0; mul != null && side < 2; side++) {
        PlannedNode reciprocal = graph.producer(input(mul, side), "Reciprocal");
        if (reciprocal != null) {
          add(reciprocal);
          return root(input(reciprocal, 0), input(mul, 1 - side));
        }
      }
      return false;
    }

    private boolean root(String value, String d) {
      PlannedNode root = take(value, "Sqrt");
      PlannedNode sum = root == null ? null : take(input(root, 0), "Add");
      for (int side = 0; sum != null && side < 2; side++) {
        Float constant = graph.scalar(input(sum, side));
        if (constant != null && graph.known(input(sum, side)).dims().length <= 1) {
          epsilon = constant;
          String squares = mean(input(sum, 1 - side));
          return squares != null && squares(squares, d);
        }
      }
      return false;
    }

    /// What it is the mean over the last dimension of; null if it is none.
    private String mean(String value) {
      PlannedNode mean = take(value, "ReduceMean");
      if (mean == null || !mean.node().attributes().flag("keepdims", true)) {
        return null;
      }
      long[] axes = mean.node().attributes().integers("axes");
      if (mean.node().inputs().size() > 1 && graph.constant(input(mean, 1)) != null) {
        axes = graph.constant(input(mean, 1)).longs();
      }
      long[] dims = graph.known(input(mean, 0)).dims();
      boolean isLast =
          axes != null
              && axes.length == 1
              && dims != null
              && (axes[0] == -1 || axes[0] == dims.length - 1);
      return isLast ? input(mean, 0) : null;
    }

    private boolean squares(String value, String d) {
      PlannedNode power = graph.producer(value, "Pow");
      PlannedNode square = power == null ? take(value, "Mul") : power;
      if (square == null) {
        return false;
      }
      add(square);
      Float exponent = graph.scalar(input(square, 1));
      boolean isSquare =
          power == null
              ? input(square, 0).equals(input(square, 1))
              : exponent != null
                  && exponent == 2
                  && graph.known(input(square, 1)).dims().length <= 1;
      return isSquare && centred(d, input(square, 0));
    }

    /// What is divided, and what is squared: the same, or the same difference computed twice.
    private boolean centred(String divided, String squared) {
      String[] first = difference(divided);
      String[] second = difference(squared);
      isCentred = first != null && second != null && first[0].equals(second[0]);
      if (isCentred && first[0].equals(mean(first[1]))) {
        x = first[0];
        return first[1].equals(second[1]) || x.equals(mean(second[1]));
      }
      isCentred = false;
      x = divided;
      return divided.equals(squared);
    }

    private String[] difference(String value) {
      PlannedNode sub = graph.producer(value, "Sub");
      return sub == null ? null : new String[] {input(sub, 0), input(sub, 1)};
    }

    /// Whether scale and bias have a value for each element of the last dimension, and nobody reads
    /// what lies between.
    boolean fits(String scale, String bias) {
      if (isCentred) { // the differences, which are not read elsewhere either
        for (PlannedNode square : List.copyOf(nodes)) {
          for (String value : square.node().inputs()) {
            PlannedNode sub = graph.producer(value, "Sub");
            if (sub != null && input(sub, 0).equals(x)) {
              add(sub);
            }
          }
        }
      }
      long columns = graph.lastDim(x);
      boolean fits = columns > 0 && graph.isFloat(x) && isRow(scale, columns);
      fits &= bias == null || (isCentred && isRow(bias, columns));
      for (PlannedNode node : nodes) {
        fits &= node.equals(last) || graph.isInside(node, nodes);
      }
      return fits;
    }

    private boolean isRow(String value, long columns) {
      long[] dims = graph.known(value).dims();
      return graph.isFloat(value) && dims != null && dims.length == 1 && dims[0] == columns;
    }

    void replace(String scale, String bias) {
      GraphNode old = last.node();
      GraphNode node =
          new GraphNode(
              old.name(),
              "",
              isCentred ? "LayerNormalization" : "RMSNormalization",
              old.version(),
              bias == null ? List.of(x, scale) : List.of(x, scale, bias),
              old.outputs(),
              new Attributes(Map.of("axis", -1L, "epsilon", epsilon)));
      graph.replace(
          nodes,
          last,
          node,
          context ->
              isCentred
                  ? LayerNormalization.of(node, context)
                  : RmsNormalization.of(node, context));
    }
  }
}
