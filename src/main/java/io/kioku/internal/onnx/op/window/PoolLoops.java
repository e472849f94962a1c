package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.util.function.Supplier;

/// Poolings as loops: for types other than float32, for the places of maxima, and for what oneDNN
/// has nothing for. The maximum of a window with a NaN is NaN.
final class PoolLoops implements Kernel {
  private final boolean isMax;
  private final boolean isColumnMajor;
  private final boolean countsPadding;
  private final Supplier<Window> windows;
  private final Value x;
  private final Value y;
  private final Value indices; // null if nobody wants them
  private Window window;
  private double lowest;
  private long best; // of the window that is looked at

  /// @param isColumnMajor whether maxima's places are counted with the first spatial dimension as
  ///   the fastest
  /// @param windows gives the window for the present shapes
  PoolLoops(
      KernelContext context,
      boolean isMax,
      boolean isColumnMajor,
      boolean countsPadding,
      Supplier<Window> windows) {
    this.isMax = isMax;
    this.isColumnMajor = isColumnMajor;
    this.countsPadding = countsPadding;
    this.windows = windows;
    x = context.in(0);
    y = context.out(0);
    indices = isMax && context.outputs() > 1 && context.wants(1) ? context.out(1) : null;
  }

  @Override
  public void prepare() {
    window = windows.get().deep();
    lowest = y.type().isReal() ? Double.NEGATIVE_INFINITY : Byte.MIN_VALUE;
  }

  @Override
  public void run() {
    long[] small = window.small();
    long plane = window.large()[0] * window.large()[1] * window.large()[2];
    long at = 0;
    long planes = x.dim(0) * x.dim(1);
    for (long p = 0; p < planes; p++) {
      for (long oz = 0; oz < small[0]; oz++) {
        for (long oy = 0; oy < small[1]; oy++) {
          for (long ox = 0; ox < small[2]; ox++) {
            y.setDouble(at, isMax ? max(p * plane, oz, oy, ox) : mean(p * plane, oz, oy, ox));
            if (indices != null) {
              indices.setLong(at, best);
            }
            at++;
          }
        }
      }
    }
  }

  private double max(long plane, long oz, long oy, long ox) {
    double max = lowest;
    best = -1;
    for (long kz = window.begins(0, oz); kz < window.ends(0, oz); kz++) {
      for (long ky = window.begins(1, oy); ky < window.ends(1, oy); ky++) {
        for (long kx = window.begins(2, ox); kx < window.ends(2, ox); kx++) {
          double value = x.asDouble(plane + place(oz, oy, ox, kz, ky, kx));
          if (best < 0 || value > max || Double.isNaN(value)) {
            best = Double.isNaN(max) ? best : plane + index(oz, oy, ox, kz, ky, kx);
            max = Math.max(max, value);
          }
        }
      }
    }
    return max;
  }

  private double mean(long plane, long oz, long oy, long ox) {
    double sum = 0;
    for (long kz = window.begins(0, oz); kz < window.ends(0, oz); kz++) {
      for (long ky = window.begins(1, oy); ky < window.ends(1, oy); ky++) {
        for (long kx = window.begins(2, ox); kx < window.ends(2, ox); kx++) {
          sum += x.asDouble(plane + place(oz, oy, ox, kz, ky, kx));
        }
      }
    }
    return sum / (count(0, oz) * count(1, oy) * count(2, ox));
  }

  /// The elements of the window that count in a mean, as a real number: their product may be large.
  private double count(int axis, long o) {
    return countsPadding
        ? window.padded(axis, o)
        : Math.max(0, window.ends(axis, o) - window.begins(axis, o));
  }

  private long place(long oz, long oy, long ox, long kz, long ky, long kx) {
    return (window.at(0, oz, kz) * window.large()[1] + window.at(1, oy, ky)) * window.large()[2]
        + window.at(2, ox, kx);
  }

  private long index(long oz, long oy, long ox, long kz, long ky, long kx) {
    if (!isColumnMajor) {
      return place(oz, oy, ox, kz, ky, kx);
    }
    return (window.at(2, ox, kx) * window.large()[1] + window.at(1, oy, ky)) * window.large()[0]
        + window.at(0, oz, kz);
  }
}
