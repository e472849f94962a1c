package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import java.util.Arrays;

/// The attributes that convolutions and poolings share.
final class WindowAttributes {
  /// How padding is found.
  enum AutoPad {
    NOTSET,
    /// As much as keeps the size divided by the stride; the odd one behind.
    SAME_UPPER,
    /// Likewise; the odd one before.
    SAME_LOWER,
    /// None.
    VALID
  }

  private static final int MOST_DIMENSIONS = 3;

  /// The last window may reach beyond the padding.
  private final boolean ceil;

  private final AutoPad autoPad;
  private final long[] kernel; // each of these null if left out
  private final long[] strides;
  private final long[] dilations;
  private final long[] pads;

  /// Reads them.
  WindowAttributes(Attributes attributes) {
    String name = attributes.text("auto_pad", "NOTSET");
    if (Arrays.stream(AutoPad.values()).noneMatch(each -> each.name().equals(name))) {
      throw new Refusal(
          "attribute auto_pad is '%s', expected NOTSET, SAME_UPPER, SAME_LOWER or VALID"
              .formatted(name));
    }
    autoPad = AutoPad.valueOf(name);
    kernel = atLeast(1, "kernel_shape", attributes);
    strides = atLeast(1, "strides", attributes);
    dilations = atLeast(1, "dilations", attributes);
    pads = atLeast(0, "pads", attributes);
    ceil = attributes.flag("ceil_mode", false);
  }

  private static long[] atLeast(long least, String name, Attributes attributes) {
    long[] values = attributes.integers(name);
    if (values != null && Arrays.stream(values).anyMatch(value -> value < least)) {
      throw new Refusal(
          "attribute %s is %s, expected numbers of at least %d"
              .formatted(name, Arrays.toString(values), least));
    }
    return values == null || values.length == 0 ? null : values;
  }

  /// The number of spatial dimensions of `(N, C, ...)`.
  ///
  /// @throws Refusal if it is not 1 to 3
  static int rank(long[] x) {
    int rank = x.length - 2;
    if (rank < 1 || rank > MOST_DIMENSIONS) {
      throw new Refusal(
          "input X has shape %s, expected (N, C, ...) with 1 to 3 dimensions more", new Dims(x));
    }
    return rank;
  }

  AutoPad autoPad() {
    return autoPad;
  }

  /// The window's size, if it is an attribute; null if not.
  long[] kernel() {
    return kernel;
  }

  /// Refuses lists that have not a number for each spatial dimension.
  void check(int rank) {
    check("kernel_shape", kernel, rank);
    check("strides", strides, rank);
    check("dilations", dilations, rank);
    check("pads", pads, 2 * rank);
  }

  static void check(String name, long[] values, int count) {
    if (values != null && values.length != count) {
      throw new Refusal(
          "attribute %s is %s, expected %d numbers"
              .formatted(name, Arrays.toString(values), count));
    }
  }

  long stride(int axis) {
    return strides == null ? 1 : strides[axis];
  }

  long dilation(int axis) {
    return dilations == null ? 1 : dilations[axis];
  }

  /// The padding before an axis' first element and behind its last one.
  long[] pads(int axis, int rank, long size, long kernelSize) {
    return switch (autoPad) {
      case NOTSET -> pads == null ? new long[2] : new long[] {pads[axis], pads[axis + rank]};
      case VALID -> new long[2];
      default -> {
        long positions = Math.ceilDiv(size, stride(axis));
        long reach =
            Math.addExact(
                Math.multiplyExact(positions - 1, stride(axis)),
                SpatialWindow.extent(kernelSize, dilation(axis)));
        yield split(Math.max(0, reach - size));
      }
    };
  }

  /// Divides padding between both ends.
  long[] split(long total) {
    long less = total / 2;
    return autoPad == AutoPad.SAME_UPPER
        ? new long[] {less, total - less}
        : new long[] {total - less, less};
  }

  /// The number of a window's positions along an axis; unknown if the size is.
  long positions(int axis, int rank, long size, long kernelSize) {
    if (size < 0 || kernelSize < 0) {
      return Symbols.UNKNOWN;
    }
    long[] ends = pads(axis, rank, size, kernelSize);
    long padded = Math.addExact(Math.addExact(size, ends[0]), ends[1]);
    long room = padded - SpatialWindow.extent(kernelSize, dilation(axis));
    long stride = stride(axis);
    long positions =
        Math.addExact(ceil ? Math.ceilDiv(room, stride) : Math.floorDiv(room, stride), 1);
    if (ceil && (positions - 1) * stride >= size + ends[0]) {
      positions--; // the last window would hold nothing but padding
    }
    if (positions < 0) {
      throw new Refusal(
          "a window of %d does not fit in spatial dimension %d, which has %d with its padding"
              .formatted(SpatialWindow.extent(kernelSize, dilation(axis)), axis, padded));
    }
    return positions;
  }

  /// The window over a tensor.
  SpatialWindow over(long[] size, long[] kernelSize) {
    int rank = size.length;
    SpatialWindow window = empty(size, new long[rank], kernelSize);
    for (int i = 0; i < rank; i++) {
      window.small()[i] = positions(i, rank, size[i], kernelSize[i]);
      long[] ends = pads(i, rank, size[i], kernelSize[i]);
      window.begin()[i] = ends[0];
      window.end()[i] = ends[1];
    }
    return window;
  }

  /// A window whose padding is still to be set.
  SpatialWindow empty(long[] large, long[] small, long[] kernelSize) {
    int rank = large.length;
    long[] steps = new long[rank];
    long[] gaps = new long[rank];
    for (int i = 0; i < rank; i++) {
      steps[i] = stride(i);
      gaps[i] = dilation(i);
    }
    return new SpatialWindow(large, small, kernelSize, steps, gaps, new long[rank], new long[rank]);
  }
}
