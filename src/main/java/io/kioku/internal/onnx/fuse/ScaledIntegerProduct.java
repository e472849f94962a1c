package io.kioku.internal.onnx.fuse;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.quantize.MatMulInteger;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What quantizers write for a linear layer: a product of codes, cast to float32, times the product
/// of two scales, plus a bias perhaps.
final class ScaledIntegerProduct implements Fusion {
  @Override
  public void tryAt(FusionGraph graph, PlannedNode node) {
    String operator = node.node().qualifiedOperator();
    if (operator.equals("Mul")) {
      Match match = Match.of(graph, node);
      if (match != null) {
        match.replace(graph, node, "");
      }
    } else if (operator.equals("Add")) {
      for (int side = 0; side < 2; side++) {
        String product = node.node().inputs().get(side);
        PlannedNode mul = graph.producer(product, "Mul");
        Match match =
            mul != null && node.equals(graph.onlyReader(product)) ? Match.of(graph, mul) : null;
        String bias =
            match == null ? null : bias(graph, product, node.node().inputs().get(1 - side));
        if (bias != null) {
          match.replace(graph, node, bias);
          return;
        }
      }
    }
  }

  /// A value that is one row for all rows of a product, in one dimension; null if it is not.
  private static String bias(FusionGraph graph, String product, String value) {
    long columns = graph.lastDim(product);
    if (graph.isFloat(value) && isColumns(graph.known(value).dims(), columns)) {
      return value;
    }
    Constant constant = graph.constant(value);
    return LinearBias.isRow(constant, columns, graph.known(product).dims())
        ? graph.add(value, new Constant(constant.type(), new long[] {columns}, constant.data()))
        : null;
  }

  private static boolean isColumns(long[] dims, long columns) {
    return dims != null && dims.length == 1 && columns > 0 && dims[0] == columns;
  }

  /// Whether a value has one element, and no dimension too many.
  private static boolean isOne(long[] dims) {
    return dims != null && dims.length <= 1 && Arrays.stream(dims).allMatch(dim -> dim == 1);
  }

  /// The nodes, from the product to what multiplies it with its scales.
  ///
  /// @param scales a scale of one element, then one of one element or for each column
  private record Match(List<PlannedNode> nodes, List<String> scales) {
    /// What ends in a node; null if it is something else.
    static Match of(FusionGraph graph, PlannedNode mul) {
      for (int side = 0; side < 2; side++) {
        String number = mul.node().inputs().get(side);
        String scale = mul.node().inputs().get(1 - side);
        PlannedNode cast = graph.producer(number, "Cast");
        String sum = cast == null ? "" : cast.node().inputs().getFirst();
        PlannedNode product = graph.producer(sum, "MatMulInteger");
        if (product == null
            || !cast.equals(graph.onlyReader(sum))
            || !mul.equals(graph.onlyReader(number))
            || !graph.isFloat(number)
            || !graph.isFloat(scale)
            || !isMatrix(graph, product)) {
          continue;
        }
        long columns = graph.lastDim(sum);
        PlannedNode scaleMul = graph.producer(scale, "Mul");
        if (scaleMul != null && mul.equals(graph.onlyReader(scale))) {
          List<String> both = scales(graph, scaleMul.node().inputs(), columns);
          if (both != null) {
            return new Match(List.of(product, cast, scaleMul, mul), both);
          }
        }
        if (isScale(graph, scale, columns)) {
          return new Match(List.of(product, cast, mul), List.of(one(graph), scale));
        }
      }
      return null;
    }

    /// Whether B has columns, so that the last dimension of the product counts them.
    private static boolean isMatrix(FusionGraph graph, PlannedNode product) {
      long[] b = graph.known(product.node().inputs().get(1)).dims();
      return b != null && b.length > 1;
    }

    private static boolean isScale(FusionGraph graph, String value, long columns) {
      long[] dims = graph.known(value).dims();
      return isOne(dims) || isColumns(dims, columns);
    }

    private static List<String> scales(FusionGraph graph, List<String> inputs, long columns) {
      for (List<String> both : List.of(inputs, inputs.reversed())) {
        if (isOne(graph.known(both.getFirst()).dims()) && isScale(graph, both.getLast(), columns)) {
          return both;
        }
      }
      return null;
    }

    private static String one(FusionGraph graph) {
      MemorySegment one = graph.floats(1);
      one.set(ValueLayout.JAVA_FLOAT, 0, 1);
      return graph.add("one", new Constant(ElementType.FLOAT, new long[0], one));
    }

    void replace(FusionGraph graph, PlannedNode last, String bias) {
      List<PlannedNode> replaced = new ArrayList<>(nodes);
      if (!last.equals(nodes.getLast())) {
        replaced.add(last);
      }
      List<String> inputs = new ArrayList<>(nodes.getFirst().node().inputs());
      while (inputs.size() < 4) { // zero points that are left out
        inputs.add("");
      }
      inputs.addAll(scales);
      inputs.add(bias);
      String operators =
          replaced.stream().map(node -> node.node().operator()).collect(Collectors.joining("+"));
      graph.replace(
          replaced, last, operators, inputs, new Attributes(Map.of()), MatMulInteger::toFloat);
    }
  }
}
