package io.kioku.internal.onnx.fuse;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.matrix.MatMul;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A product with a constant matrix, and a constant row that is added to it: a linear layer.
final class LinearBias implements Fusion {
  @Override
  public void tryAt(FusionGraph graph, PlannedNode add) {
    if (!add.node().qualifiedOperator().equals("Add")) {
      return;
    }
    for (int side = 0; side < 2; side++) {
      String product = add.node().inputs().get(side);
      String bias = add.node().inputs().get(1 - side);
      PlannedNode matMul = graph.producer(product, "MatMul");
      if (matMul != null
          && add.equals(graph.onlyReader(product))
          && isLinear(graph, matMul)
          && isRow(graph.constant(bias), graph.lastDim(product), graph.known(product).dims())) {
        List<String> inputs = new ArrayList<>(matMul.node().inputs());
        inputs.add(bias);
        graph.replace(
            List.of(matMul, add),
            add,
            "MatMul+Add",
            inputs,
            new Attributes(Map.of()),
            MatMul::linear);
        return;
      }
    }
  }

  private static boolean isLinear(FusionGraph graph, PlannedNode matMul) {
    Constant weights = graph.constant(matMul.node().inputs().get(1));
    return graph.isFloat(matMul.node().inputs().get(0))
        && weights != null
        && weights.type() == ElementType.FLOAT
        && weights.dims().length == 2
        && weights.size() > 0;
  }

  /// Whether it has a value for each column, the same for all rows, and no dimension too many.
  static boolean isRow(Constant bias, long columns, long[] product) {
    return bias != null
        && bias.type() == ElementType.FLOAT
        && columns > 0
        && bias.size() == columns
        && bias.dims().length <= product.length
        && Arrays.stream(bias.dims()).limit(bias.dims().length - 1).allMatch(dim -> dim == 1);
  }
}
