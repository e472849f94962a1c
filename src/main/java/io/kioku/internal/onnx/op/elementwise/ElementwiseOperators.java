package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators that compute each element from the elements at its place.
public final class ElementwiseOperators {
  private ElementwiseOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    Arithmetic.addTo(all);
    Functions.addTo(all);
    Activations.addTo(all);
    Logic.addTo(all);
    all.put("Cast", Cast::cast);
    all.put("CastLike", Cast::castLike);
    all.put("Clip", Clip::of);
    all.put("Dropout", Dropout::of);
    all.put("Where", (node, context) -> new Elementwise(3, Where::types, Where.RECIPE));
  }
}
