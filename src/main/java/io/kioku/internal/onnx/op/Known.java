package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;

/// What is known of a value when a model is loaded.
///
/// @param type null if unknown
/// @param dims null if unknown; negative ones are unknown dimensions
/// @param constant null if the value is not known
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Known(ElementType type, long[] dims, Constant constant) {
  public static final Known NOTHING = new Known(null, null, null);

  /// All is known.
  public static Known of(Constant constant) {
    return new Known(constant.type(), constant.dims(), constant);
  }

  /// Type and shape, or what there is of them.
  public static Known of(ElementType type, long... dims) {
    return new Known(type, dims, null);
  }
}
