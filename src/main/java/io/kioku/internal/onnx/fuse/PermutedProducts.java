package io.kioku.internal.onnx.fuse;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.matrix.PermutedProduct;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Products of matrices that are transposed before or behind, as attention writes them: they are
/// read and written where they lie.
final class PermutedProducts implements Fusion {
  @Override
  public void tryAt(FusionGraph graph, PlannedNode matMul) {
    if (!matMul.node().qualifiedOperator().equals("MatMul")
        || graph.constant(matMul.node().inputs().get(1)) != null) { // packed is better
      return;
    }
    List<PlannedNode> nodes = new ArrayList<>(List.of(matMul));
    List<String> inputs = new ArrayList<>();
    int[][] orders = new int[3][];
    for (int side = 0; side < 2; side++) {
      String value = matMul.node().inputs().get(side);
      long[] dims = graph.known(value).dims();
      if (dims == null || dims.length < 2 || !graph.isFloat(value)) {
        return;
      }
      PlannedNode transpose = graph.producer(value, "Transpose");
      int[] order = transpose == null ? null : order(transpose, dims.length);
      if (order != null && PermutedProduct.readsInPlace(order)) {
        inputs.add(transpose.node().inputs().getFirst());
        orders[side] = order;
        if (matMul.equals(graph.onlyReader(value))) {
          nodes.add(transpose);
        }
      } else {
        inputs.add(value);
        orders[side] = identity(dims.length);
      }
    }
    String product = matMul.node().outputs().getFirst();
    PlannedNode last = matMul;
    orders[2] = identity(Math.max(orders[0].length, orders[1].length));
    PlannedNode reader = graph.onlyReader(product);
    if (reader != null && reader.node().qualifiedOperator().equals("Transpose")) {
      int[] order = order(reader, orders[2].length);
      if (PermutedProduct.writesInPlace(order)) {
        orders[2] = order;
        nodes.add(reader);
        last = reader;
      }
    }
    if (Arrays.stream(orders).allMatch(order -> Arrays.equals(order, identity(order.length)))) {
      return;
    }
    graph.replace(
        nodes,
        last,
        "MatMul+Transpose",
        inputs,
        new Attributes(Map.of()),
        context -> new PermutedProduct(orders[0], orders[1], orders[2]));
  }

  private static int[] order(PlannedNode transpose, int rank) {
    long[] perm = transpose.node().attributes().integers("perm");
    int[] order = new int[rank];
    Arrays.setAll(
        order,
        axis -> {
          long from = perm == null ? rank - 1 - axis : perm[axis];
          return (int) (from < 0 ? from + rank : from);
        });
    return order;
  }

  private static int[] identity(int rank) {
    int[] order = new int[rank];
    Arrays.setAll(order, axis -> axis);
    return order;
  }
}
