package io.kioku.internal.onnx.plan;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;

/// What is known of a value when a model is loaded.
///
/// @param type null if unknown
/// @param dims null if unknown; negative ones are unknown dimensions
/// @param constant null if the value is not known
@SuppressWarnings("ArrayRecordComponent") // never compared
record Known(ElementType type, long[] dims, Constant constant) {
  static final Known NOTHING = new Known(null, null, null);

  static Known of(Constant constant) {
    return new Known(constant.type(), constant.dims(), constant);
  }
}
