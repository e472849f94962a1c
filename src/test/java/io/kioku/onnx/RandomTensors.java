package io.kioku.onnx;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// Tensors and shapes for tests: small numbers of both signs, and among them what is special.
public final class RandomTensors {
  private static final double[] SPECIAL = {
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    0.0,
    -0.0,
    1e-40, // denormal in float32
    -1e-40,
    0.5,
    -2.5,
    100,
    -100
  };

  private final SplittableRandom random;

  /// The same tensors for the same seed.
  public RandomTensors(long seed) {
    random = new SplittableRandom(seed);
  }

  /// An integer below a bound.
  public int below(int bound) {
    return random.nextInt(bound);
  }

  /// A shape of up to four dimensions; now and then one is 0 or large.
  public long[] shape() {
    long[] dims = new long[below(5)];
    for (int i = 0; i < dims.length; i++) {
      int kind = below(20);
      dims[i] = kind == 0 ? 0 : kind == 1 ? 70 : 1 + below(5);
    }
    return dims;
  }

  /// A shape that is repeated to another.
  public long[] part(long... dims) {
    long[] part = Arrays.copyOfRange(dims, below(dims.length + 1), dims.length);
    for (int i = 0; i < part.length; i++) {
      part[i] = below(3) == 0 ? 1 : part[i];
    }
    return part;
  }

  /// Values of a type: floats with special ones, integers from -9 to 9 and now and then any.
  public NdArray values(ElementType type, long... dims) {
    return array(
        type,
        dims,
        () -> below(8) == 0 ? SPECIAL[below(SPECIAL.length)] : random.nextDouble(-8, 8),
        () -> below(6) == 0 ? random.nextLong() : below(19) - 9);
  }

  /// Values that every type can hold, at least truncated: 0 to 9.
  public NdArray small(ElementType type, long... dims) {
    return array(type, dims, () -> random.nextDouble(9.9), () -> below(10));
  }

  /// Values of 1 to 9.
  public NdArray divisors(ElementType type, long... dims) {
    return array(type, dims, () -> random.nextDouble(1, 9), () -> 1 + below(9));
  }

  private static NdArray array(
      ElementType type, long[] dims, DoubleSupplier real, LongSupplier whole) {
    int size = Math.toIntExact(NdArray.bytes(type, dims) / type.bytes());
    MemorySegment data = MemorySegment.ofArray(new byte[size * type.bytes()]);
    for (int i = 0; i < size; i++) {
      long at = (long) i * type.bytes();
      long bits =
          switch (type) {
            case FLOAT -> Float.floatToRawIntBits((float) real.getAsDouble());
            case DOUBLE -> Double.doubleToRawLongBits(real.getAsDouble());
            case FLOAT16 -> Float.floatToFloat16((float) real.getAsDouble());
            case BFLOAT16 -> Float.floatToRawIntBits((float) real.getAsDouble()) >>> Short.SIZE;
            case BOOL -> whole.getAsLong() & 1;
            default -> whole.getAsLong();
          };
      for (int b = 0; b < type.bytes(); b++) {
        data.set(ValueLayout.JAVA_BYTE, at + b, (byte) (bits >>> (b * Byte.SIZE)));
      }
    }
    return NdArray.copyOf(type, data, dims);
  }
}
