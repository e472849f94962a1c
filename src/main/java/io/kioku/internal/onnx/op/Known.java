package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;

/// What is known of a value when a model is loaded.
///
/// @param type of the elements; null if unknown
/// @param dims null if unknown; negative ones are unknown dimensions
/// @param constant null if the value is not known
/// @param isSequence whether it is known to be a list of tensors, whose elements have the type; its
///   `dims` are not known
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Known(ElementType type, long[] dims, Constant constant, boolean isSequence) {
  /// What is known of a tensor.
  public Known(ElementType type, long[] dims, Constant constant) {
    this(type, dims, constant, false);
  }

  public static final Known NOTHING = new Known(null, null, null);

  /// All is known.
  public static Known of(Constant constant) {
    return new Known(constant.type(), constant.dims(), constant);
  }

  /// Only the type, or not even that.
  public static Known ofType(ElementType type) {
    return new Known(type, null, null);
  }

  /// A list of tensors.
  ///
  /// @param type of their elements; null if unknown
  public static Known ofSequence(ElementType type) {
    return new Known(type, null, null, true);
  }

  /// What stays true whatever shape and values there are.
  public Known withoutShape() {
    return new Known(type, null, null, isSequence);
  }

  /// What is known of a value that is this or another.
  public Known or(Known other) {
    ElementType common = type == other.type ? type : null;
    return isSequence || other.isSequence
        ? ofSequence(common)
        : new Known(common, either(dims, other.dims), null);
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
