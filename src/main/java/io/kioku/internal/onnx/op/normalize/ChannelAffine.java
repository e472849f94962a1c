package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// `y = x * factor + shift` over elements that lie one behind the other.
final class ChannelAffine {
  private ChannelAffine() {}

  /// With one factor and one shift for all elements.
  static void row(Value x, Value y, long first, long count, double factor, double shift) {
    MemorySegment from = x.data();
    MemorySegment to = y.data();
    long end = first + count;
    if (y.storage() == ElementType.DOUBLE) {
      for (long i = first; i < end; i++) {
        double value = from.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        to.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value * factor + shift);
      }
      return;
    }
    float f = (float) factor;
    float s = (float) shift;
    for (long i = first; i < end; i++) {
      to.setAtIndex(ValueLayout.JAVA_FLOAT, i, from.getAtIndex(ValueLayout.JAVA_FLOAT, i) * f + s);
    }
  }

  /// With a factor and a shift for each element.
  ///
  /// @param factors of the elements' storage, as the shifts
  /// @param shifts null for none
  static void elements(Value x, Value y, long first, Value factors, Value shifts) {
    MemorySegment from = x.data();
    MemorySegment to = y.data();
    MemorySegment f = factors.data();
    MemorySegment s = shifts == null ? null : shifts.data();
    long count = factors.size();
    if (y.storage() == ElementType.DOUBLE) {
      for (long i = 0; i < count; i++) {
        double value =
            from.getAtIndex(ValueLayout.JAVA_DOUBLE, first + i)
                * f.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        double shift = s == null ? 0 : s.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        to.setAtIndex(ValueLayout.JAVA_DOUBLE, first + i, value + shift);
      }
      return;
    }
    for (long i = 0; i < count; i++) {
      float value =
          from.getAtIndex(ValueLayout.JAVA_FLOAT, first + i)
              * f.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      float shift = s == null ? 0 : s.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      to.setAtIndex(ValueLayout.JAVA_FLOAT, first + i, value + shift);
    }
  }

  /// Inputs with a value for each channel.
  static final class Channels {
    private Channels() {}

    /// Refuses an input that has not so many values.
    ///
    /// @param channels negative if unknown
    static void check(ShapeInference node, int input, long channels) {
      node.rank(input, 1);
      long[] dims = node.dims(input);
      if (dims != null && dims[0] >= 0 && channels >= 0 && dims[0] != channels) {
        throw new Refusal(
            "input %d has %d values, expected %d, one for each channel"
                .formatted(input, dims[0], channels));
      }
    }
  }
}
