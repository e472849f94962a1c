package io.kioku.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/// An immutable tensor of 32-bit floats.
///
/// Elements lie in row-major order: the last dimension varies fastest. A tensor of rank 0 is a
/// scalar and holds one element; a tensor with a dimension of 0 holds none. Threads may share a
/// tensor freely. It needs no closing: its memory lies outside the Java heap and goes when nothing
/// refers to the tensor or its [#data()] any more.
///
/// ```java
/// Tensor table = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
/// table.toString();                                   // float32[2, 3]
/// table.data().getAtIndex(ValueLayout.JAVA_FLOAT, 5); // 6.0: row 1, column 2
/// ```
public final class Tensor {
  /// The largest rank a tensor may have; NumPy and PyTorch stop there too.
  public static final int MAX_RANK = 64;

  /// Boundary on which data begins, in bytes: a cache line, and the widest vector register.
  private static final int ALIGNMENT = 64;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Shared by all tensors without elements: a hostile file may hold a million of them.
  private static final MemorySegment EMPTY = Arena.global().allocate(0, ALIGNMENT);

  private final MemorySegment data;
  private final long[] shape;

  /// Takes over data that nobody will write any more, and a shape that fits it.
  Tensor(MemorySegment data, long[] shape) {
    this.data = data.asReadOnly();
    this.shape = shape;
  }

  /// Makes a tensor from a copy of the values.
  ///
  /// @param values the elements in row-major order; as many as the product of the shape
  /// @param shape the dimensions, each at least 0; none for a scalar
  /// @return a tensor that later changes to either array do not touch
  /// @throws IllegalArgumentException if a dimension is negative, the rank exceeds [#MAX_RANK], the
  ///   product overflows, or it is not the number of values
  public static Tensor of(float[] values, long... shape) {
    long[] ownShape = shape.clone();
    long size = elements(ownShape);
    if (size != values.length) {
      throw new IllegalArgumentException(
          "shape %s has %d elements, but %d values were given"
              .formatted(Arrays.toString(ownShape), size, values.length));
    }
    MemorySegment data = allocate(size);
    MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
    return new Tensor(data, ownShape);
  }

  /// Allocates zeroed memory for a number of floats that was checked before. One arena for each, so
  /// that a tensor which is dropped early does not wait for its neighbours.
  static MemorySegment allocate(long size) {
    return size == 0
        ? EMPTY
        : Arena.ofAuto().allocate(Math.multiplyExact(size, Float.BYTES), ALIGNMENT);
  }

  /// Multiplies the dimensions of a shape.
  ///
  /// @throws IllegalArgumentException if there are too many dimensions, one is negative, or the
  ///   bytes of that many floats overflow a `long`
  static long elements(long... shape) {
    if (shape.length > MAX_RANK) {
      throw new IllegalArgumentException(
          "shape has %d dimensions; at most %d are allowed".formatted(shape.length, MAX_RANK));
    }
    long bytes = Float.BYTES;
    for (long dim : shape) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "shape %s has a negative dimension".formatted(Arrays.toString(shape)));
      }
      try {
        bytes = Math.multiplyExact(bytes, dim);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "shape %s has too many elements for any memory".formatted(Arrays.toString(shape)), e);
      }
    }
    return bytes / Float.BYTES;
  }

  /// Returns a copy of the dimensions, outermost first.
  public long[] shape() {
    return shape.clone();
  }

  /// Returns the number of dimensions.
  public int rank() {
    return shape.length;
  }

  /// Returns one dimension.
  ///
  /// @param axis 0 for the outermost, `rank() - 1` for the innermost
  /// @throws IndexOutOfBoundsException if there is no such axis
  public long dim(int axis) {
    return shape[Objects.checkIndex(axis, shape.length)];
  }

  /// Returns the number of elements: the product of the shape, 1 for a scalar.
  public long size() {
    return data.byteSize() / Float.BYTES;
  }

  /// Returns the elements in place: read-only native memory of `size() * 4` bytes, little-endian,
  /// row-major, beginning on a multiple of 64 bytes. Native code may be given its address as long
  /// as the segment is reachable.
  public MemorySegment data() {
    return data;
  }

  /// Returns a copy of the elements in row-major order.
  ///
  /// @throws IllegalStateException if they are more than an array can hold
  public float[] toArray() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          this + " has too many elements for an array; read them through data()");
    }
    float[] values = new float[(int) size()];
    MemorySegment.copy(data, FLOAT, 0, values, 0, values.length);
    return values;
  }

  /// Compares shapes and bits: a NaN equals the same NaN, 0.0 differs from -0.0.
  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor that
        && Arrays.equals(shape, that.shape)
        && data.mismatch(that.data) < 0;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(shape);
  }

  /// Returns type and shape, such as `float32[1024, 256]`.
  @Override
  public String toString() {
    return "float32" + Arrays.toString(shape);
  }
}
