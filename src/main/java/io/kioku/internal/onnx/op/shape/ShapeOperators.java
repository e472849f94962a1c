package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.View;
import java.util.Map;

/// Operators that make, move and pick elements, and compute shapes.
public final class ShapeOperators {
  private ShapeOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    all.put("Identity", ShapeOperators::identity);
  }

  private static Operator identity(Node node, OperatorContext context) {
    return (View)
        i -> {
          i.need(0, "input");
          i.view(0, 0, i.dims(0));
        };
  }
}
