package io.kioku.format;

import io.kioku.internal.memory.Segments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// An immutable array of any element type: what `.npy` files hold, and what goes into and comes out
/// of ONNX models.
///
/// Elements lie in row-major order, little-endian, [ElementType#bytes()] bytes each. Threads may
/// share an array freely; it needs no closing.
///
/// ```java
/// NdArray x = NdArray.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
/// x.toString(); // float[2, 3]
/// ```
public final class NdArray {
  /// Boundary on which data begins, in bytes.
  static final int ALIGNMENT = 64;

  private final ElementType type;
  private final long[] shape;
  private final MemorySegment data;

  private NdArray(ElementType type, long[] shape, MemorySegment data) {
    this.type = type;
    this.shape = shape;
    this.data = data.asReadOnly();
  }

  /// An array over a copy of the bytes.
  ///
  /// @param type the element type
  /// @param data the elements in row-major order; nothing before or after
  /// @param shape the dimensions, each at least 0; none for a scalar
  /// @throws IllegalArgumentException if the shape is impossible, or does not fit the bytes
  public static NdArray copyOf(ElementType type, MemorySegment data, long... shape) {
    Objects.requireNonNull(type, "type");
    Segments.readable("data", data);
    long[] own = shape.clone();
    long bytes = bytes(type, own);
    if (bytes != data.byteSize()) {
      throw new IllegalArgumentException(
          "%s%s has %d bytes, but %d were given"
              .formatted(type, Arrays.toString(own), bytes, data.byteSize()));
    }
    MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
    copy.copyFrom(data);
    return new NdArray(type, own, copy);
  }

  /// An array over memory that nobody will write any more, and a shape that fits it.
  static NdArray owning(ElementType type, MemorySegment data, long[] shape) {
    return new NdArray(type, shape, data);
  }

  /// A float32 array of a copy of the values.
  ///
  /// @throws IllegalArgumentException if the shape is impossible, or does not fit the values
  public static NdArray of(float[] values, long... shape) {
    return copyOf(ElementType.FLOAT, MemorySegment.ofArray(values), shape);
  }

  /// An int64 array of a copy of the values.
  ///
  /// @throws IllegalArgumentException if the shape is impossible, or does not fit the values
  public static NdArray of(long[] values, long... shape) {
    return copyOf(ElementType.INT64, MemorySegment.ofArray(values), shape);
  }

  /// A float64 array of a copy of the values.
  ///
  /// @throws IllegalArgumentException if the shape is impossible, or does not fit the values
  public static NdArray of(double[] values, long... shape) {
    return copyOf(ElementType.DOUBLE, MemorySegment.ofArray(values), shape);
  }

  /// The bytes of an array.
  ///
  /// @throws IllegalArgumentException if a dimension is negative or the product overflows
  public static long bytes(ElementType type, long... shape) {
    return Math.multiplyExact(Tensor.elements(shape), (long) type.bytes());
  }

  /// Returns the element type.
  public ElementType type() {
    return type;
  }

  /// Returns a copy of the dimensions, outermost first.
  public long[] shape() {
    return shape.clone();
  }

  /// Returns the number of elements: the product of the shape, 1 for a scalar.
  public long size() {
    return data.byteSize() / type.bytes();
  }

  /// Returns the elements in place: read-only native memory, row-major, little-endian.
  public MemorySegment data() {
    return data;
  }

  /// Returns a part along an axis: its indices from `from` up to `to`, which is not among them.
  ///
  /// @throws IndexOutOfBoundsException if there is no such axis, or there are no such indices
  public NdArray slice(int axis, long from, long to) {
    Objects.checkIndex(axis, shape.length);
    Objects.checkFromToIndex(from, to, shape[axis]);
    long[] dims = shape.clone();
    dims[axis] = to - from;
    MemorySegment part = Arena.ofAuto().allocate(Math.max(1, bytes(type, dims)), ALIGNMENT);
    copy(data, shape, from, part, dims, 0, axis);
    return new NdArray(type, dims, part.asSlice(0, bytes(type, dims)));
  }

  /// Arrays one behind the other along an axis.
  ///
  /// @param parts at least one; all of one type, and of shapes that differ in that axis only
  /// @throws IllegalArgumentException if they do not fit
  public static NdArray concat(int axis, List<NdArray> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("no arrays, expected at least one");
    }
    NdArray first = parts.getFirst();
    long[] dims = first.shape.clone();
    Objects.checkIndex(axis, dims.length);
    dims[axis] = 0;
    for (NdArray part : parts) {
      boolean fits = part.type == first.type && part.shape.length == dims.length;
      for (int i = 0; fits && i < dims.length; i++) {
        fits = i == axis || part.shape[i] == dims[i];
      }
      if (!fits) {
        throw new IllegalArgumentException(
            "%s beside %s on axis %d: expected the same type and shape but for that axis"
                .formatted(part, first, axis));
      }
      dims[axis] = Math.addExact(dims[axis], part.shape[axis]);
    }
    long bytes = bytes(first.type, dims);
    MemorySegment all = Arena.ofAuto().allocate(Math.max(1, bytes), ALIGNMENT);
    long at = 0;
    for (NdArray part : parts) {
      copy(part.data, part.shape, 0, all, dims, at, axis);
      at += part.shape[axis];
    }
    return new NdArray(first.type, dims, all.asSlice(0, bytes));
  }

  /// Copies as many indices of an axis as the shorter of two arrays has.
  private static void copy(
      MemorySegment from,
      long[] fromShape,
      long first,
      MemorySegment to,
      long[] toShape,
      long at,
      int axis) {
    long outer = Arrays.stream(fromShape, 0, axis).reduce(1, (a, b) -> a * b);
    long fromRow = outer == 0 || fromShape[axis] == 0 ? 0 : from.byteSize() / outer;
    if (fromRow == 0 || toShape[axis] == 0) {
      return;
    }
    long one = fromRow / fromShape[axis];
    long bytes = one * Math.min(fromShape[axis], toShape[axis]);
    for (long row = 0; row < outer; row++) {
      MemorySegment.copy(
          from, row * fromRow + first * one, to, row * one * toShape[axis] + at * one, bytes);
    }
  }

  /// Returns the elements as float32; values of other types are converted.
  ///
  /// @throws IllegalStateException if they are more than an array can hold
  public float[] toFloats() {
    float[] values = new float[length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) real(i);
    }
    return values;
  }

  /// Returns the elements of an integer or Boolean array.
  ///
  /// @throws IllegalStateException if the elements are floating-point numbers, or more than an
  ///   array can hold
  public long[] toLongs() {
    if (type.isReal()) {
      throw new IllegalStateException(this + " holds no integers; read it with toFloats()");
    }
    long[] values = new long[length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = integer(i);
    }
    return values;
  }

  private int length() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          this + " has too many elements for an array; read them through data()");
    }
    return (int) size();
  }

  /// Returns an element, whatever its type, as a real number.
  ///
  /// @throws IndexOutOfBoundsException if there is no such element
  public double real(long i) {
    return switch (type) {
      case FLOAT -> data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      case DOUBLE -> data.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
      case FLOAT16 -> Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT, i));
      case BFLOAT16 ->
          Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT, i) << Short.SIZE);
      default -> integer(i);
    };
  }

  /// Returns an element of an integer or Boolean array; uint64 keeps its bits.
  ///
  /// @throws IndexOutOfBoundsException if there is no such element
  public long integer(long i) {
    return switch (type.bytes()) {
      case 1 -> {
        byte value = data.get(ValueLayout.JAVA_BYTE, i);
        yield type == ElementType.INT8 ? value : Byte.toUnsignedLong(value);
      }
      case 2 -> {
        short value = data.getAtIndex(ValueLayout.JAVA_SHORT, i);
        yield type.isUnsigned() ? Short.toUnsignedLong(value) : value;
      }
      case 4 -> {
        int value = data.getAtIndex(ValueLayout.JAVA_INT, i);
        yield type.isUnsigned() ? Integer.toUnsignedLong(value) : value;
      }
      default -> data.getAtIndex(ValueLayout.JAVA_LONG, i);
    };
  }

  /// Compares types, shapes and bits: a NaN equals the same NaN, 0.0 differs from -0.0.
  @Override
  public boolean equals(Object other) {
    return other instanceof NdArray that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && data.mismatch(that.data) < 0;
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + Arrays.hashCode(shape);
  }

  /// Returns type and shape, such as `float[2, 3]`.
  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
