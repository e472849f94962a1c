package io.kioku.onnx;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/// Floats between -1 and 1, and choices, for tests of sums: what a sum loses to rounding is small
/// against 1.
public final class UniformTensors {
  private final SplittableRandom random;

  /// The same for the same seed.
  public UniformTensors(long seed) {
    random = new SplittableRandom(seed);
  }

  /// An integer from a range, both ends with it.
  public int from(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  /// Whether something that happens once in so many times does.
  public boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  /// As many integers from a range.
  public long[] list(int count, int least, int most) {
    return random.longs(count, least, most + 1).toArray();
  }

  /// A tensor of float, double or float16.
  public NdArray values(ElementType type, long... dims) {
    int size = Math.toIntExact(NdArray.bytes(type, dims) / type.bytes());
    return of(type, random.doubles(size, -1, 1).toArray(), dims);
  }

  /// A tensor of float, double or float16 with these values.
  public static NdArray of(ElementType type, double[] doubles, long... dims) {
    if (type == ElementType.DOUBLE) {
      return NdArray.of(doubles, dims);
    }
    float[] floats = new float[doubles.length];
    short[] halves = new short[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
      halves[i] = Float.floatToFloat16(floats[i]);
    }
    return type == ElementType.FLOAT
        ? NdArray.of(floats, dims)
        : NdArray.copyOf(type, MemorySegment.ofArray(halves), dims);
  }

  /// Gives a case a constant, or an input.
  public void either(NodeCase node, NdArray value) {
    if (oneIn(2)) {
      node.constant(value);
    } else {
      node.input(value);
    }
  }
}
