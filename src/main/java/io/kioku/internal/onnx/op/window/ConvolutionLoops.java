package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/// Convolutions and transposed ones as loops, in the type of the values: for float64, and for what
/// has no elements.
final class ConvolutionLoops implements Kernel {
  private final boolean isTransposed;
  private final long group;
  private final Supplier<SpatialWindow> windows;
  private final Value x;
  private final Value w;
  private final Value b;
  private final Value y;
  private SpatialWindow window;
  private boolean isDouble;

  /// @param windows gives the window for the present shapes
  ConvolutionLoops(
      KernelContext context, boolean isTransposed, long group, Supplier<SpatialWindow> windows) {
    this.isTransposed = isTransposed;
    this.group = group;
    this.windows = windows;
    x = context.in(0);
    w = context.in(1);
    b = context.in(2);
    y = context.out(0);
  }

  @Override
  public void prepare() {
    window = windows.get().deep();
    isDouble = y.storage() == ElementType.DOUBLE;
  }

  @Override
  public void run() {
    long fromChannels = x.dim(1) / group;
    long toChannels = y.dim(1) / group;
    for (long n = 0; n < y.dim(0); n++) {
      for (long to = 0; to < y.dim(1); to++) {
        fill(n, to);
        long firstFrom = to / toChannels * fromChannels;
        for (long c = 0; c < fromChannels; c++) {
          long weights =
              isTransposed ? (firstFrom + c) * toChannels + to % toChannels : to * fromChannels + c;
          plane(n * x.dim(1) + firstFrom + c, n * y.dim(1) + to, weights);
        }
      }
    }
  }

  private void fill(long n, long channel) {
    double value = b == null ? 0 : b.asDouble(channel);
    long plane = plane(isTransposed ? window.large() : window.small());
    long first = (n * y.dim(1) + channel) * plane;
    for (long i = first; i < first + plane; i++) {
      y.setDouble(i, value);
    }
  }

  private static long plane(long[] dims) {
    return dims[0] * dims[1] * dims[2];
  }

  /// Adds what one plane of the input gives to one of the output.
  private void plane(long from, long to, long weights) {
    long[] kernel = window.kernel();
    long smallPlane = (isTransposed ? from : to) * plane(window.small());
    long largePlane = (isTransposed ? to : from) * plane(window.large());
    long element = weights * plane(kernel);
    for (long kz = 0; kz < kernel[0]; kz++) {
      for (long ky = 0; ky < kernel[1]; ky++) {
        for (long kx = 0; kx < kernel[2]; kx++) {
          element(smallPlane, largePlane, kz, ky, kx, w.asDouble(element++));
        }
      }
    }
  }

  /// Adds what one element of the window gives.
  private void element(long smallPlane, long largePlane, long kz, long ky, long kx, double weight) {
    long first = window.first(2, kx);
    long count = window.last(2, kx) - first;
    long step = window.strides()[2];
    for (long oz = window.first(0, kz); oz < window.last(0, kz); oz++) {
      for (long oy = window.first(1, ky); oy < window.last(1, ky); oy++) {
        long small = smallPlane + (oz * window.small()[1] + oy) * window.small()[2] + first;
        long large =
            largePlane
                + (window.at(0, oz, kz) * window.large()[1] + window.at(1, oy, ky))
                    * window.large()[2]
                + window.at(2, first, kx);
        if (isTransposed) {
          add(weight, x.data(), small, 1, y.data(), large, step, count);
        } else {
          add(weight, x.data(), large, step, y.data(), small, 1, count);
        }
      }
    }
  }

  private void add(
      double weight,
      MemorySegment from,
      long fromAt,
      long fromStep,
      MemorySegment to,
      long toAt,
      long toStep,
      long count) {
    if (isDouble) {
      for (long i = 0; i < count; i++) {
        long at = toAt + i * toStep;
        double product = weight * from.getAtIndex(ValueLayout.JAVA_DOUBLE, fromAt + i * fromStep);
        to.setAtIndex(
            ValueLayout.JAVA_DOUBLE, at, to.getAtIndex(ValueLayout.JAVA_DOUBLE, at) + product);
      }
    } else {
      float factor = (float) weight;
      for (long i = 0; i < count; i++) {
        long at = toAt + i * toStep;
        float product = factor * from.getAtIndex(ValueLayout.JAVA_FLOAT, fromAt + i * fromStep);
        to.setAtIndex(
            ValueLayout.JAVA_FLOAT, at, to.getAtIndex(ValueLayout.JAVA_FLOAT, at) + product);
      }
    }
  }
}
