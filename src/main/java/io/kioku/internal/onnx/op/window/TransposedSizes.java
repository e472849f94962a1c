package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import java.util.Arrays;

/// How large a transposed convolution's output is, and how much of it is cut off as padding.
final class TransposedSizes {
  private final WindowAttributes attributes;
  private final long[] padding; // null if left out
  private final long[] shape; // likewise

  TransposedSizes(WindowAttributes attributes, Attributes all) {
    this.attributes = attributes;
    padding = all.integers("output_padding");
    shape = all.integers("output_shape");
  }

  /// Refuses lists that have not a number for each spatial dimension.
  void check(int rank) {
    WindowAttributes.check("output_padding", padding, rank);
    WindowAttributes.check("output_shape", shape, rank);
  }

  /// The size of an axis; unknown if the input's is.
  long size(int axis, int rank, long size, long kernel) {
    if (shape != null) {
      if (shape[axis] < 0) {
        throw new Refusal("attribute output_shape is " + Arrays.toString(shape));
      }
      return shape[axis];
    }
    if (size < 0 || kernel < 0) {
      return Symbols.UNKNOWN;
    }
    long[] ends = pads(axis, rank, size, kernel);
    long natural = naturalSize(axis, size, kernel);
    long result = Math.subtractExact(Math.subtractExact(natural, ends[0]), ends[1]);
    if (result < 0) {
      throw new Refusal(
          "padding takes %d and %d of %d elements in spatial dimension %d"
              .formatted(ends[0], ends[1], natural, axis));
    }
    return result;
  }

  /// The size without padding.
  private long naturalSize(int axis, long size, long kernel) {
    if (size == 0) {
      return 0;
    }
    long extra = padding == null ? 0 : padding[axis];
    if (extra < 0) {
      throw new Refusal("attribute output_padding is " + Arrays.toString(padding));
    }
    long reach =
        Math.addExact(
            Math.multiplyExact(size - 1, attributes.stride(axis)),
            Window.extent(kernel, attributes.dilation(axis)));
    return Math.addExact(reach, extra);
  }

  /// The padding before an axis' first element and behind its last one.
  long[] pads(int axis, int rank, long size, long kernel) {
    boolean isSame =
        attributes.autoPad() == WindowAttributes.AutoPad.SAME_UPPER
            || attributes.autoPad() == WindowAttributes.AutoPad.SAME_LOWER;
    if (shape == null && !isSame) {
      return attributes.pads(axis, rank, size, kernel);
    }
    long wanted = shape == null ? Math.multiplyExact(size, attributes.stride(axis)) : shape[axis];
    return attributes.split(Math.max(0, naturalSize(axis, size, kernel) - wanted));
  }
}
