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

  /// Only the type, or not even that.
  public static Known ofType(ElementType type) {
    return new Known(type, null, null);
  }

  /// What is known of a value that is this or another.
  public Known or(Known other) {
    return new Known(type == other.type ? type : null, either(dims, other.dims), null);
  }

  private static long[] either(long[] a, long[] b) {
    if (a == null || b == null || a.length != b.length) {
      return null;
    }
    long[] dims = a.clone();
    for (int i = 0; i < dims.length; i++) {
      dims[i] = a[i] == b[i] ? a[i] : -1;
    }
    return dims;
  }

  /// Type and shape, or what there is of them.
  public static Known of(ElementType type, long... dims) {
    return new Known(type, dims, null);
  }
}
