package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Sums over elements that lie one behind the other, in double: four of them at once, which neither
/// waits for the last addition nor loses digits.
public final class Sums {
  private Sums() {}

  /// The sum of float32 or float64 elements.
  public static double sum(Value x, long first, long count) {
    return squares(x, first, count, 0, false);
  }

  /// The sum of the squares of their distances from a centre.
  public static double squares(Value x, long first, long count, double centre) {
    return squares(x, first, count, centre, true);
  }

  private static double squares(Value x, long first, long count, double centre, boolean isSquared) {
    MemorySegment data = x.data();
    boolean isDouble = x.storage() == ElementType.DOUBLE;
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    long end = first + count;
    long i = first;
    for (; i < end - 3; i += 4) {
      a += term(data, i, isDouble, centre, isSquared);
      b += term(data, i + 1, isDouble, centre, isSquared);
      c += term(data, i + 2, isDouble, centre, isSquared);
      d += term(data, i + 3, isDouble, centre, isSquared);
    }
    for (; i < end; i++) {
      a += term(data, i, isDouble, centre, isSquared);
    }
    return a + b + (c + d);
  }

  private static double term(
      MemorySegment data, long i, boolean isDouble, double centre, boolean isSquared) {
    double value =
        isDouble
            ? data.getAtIndex(ValueLayout.JAVA_DOUBLE, i)
            : data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    double distance = value - centre;
    return isSquared ? distance * distance : value;
  }
}
