package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ConvolutionCall;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A transposed convolution in float32 by libkioku: as convolutions of x. Along an axis with stride
/// s, places of y that are a multiple of s apart meet the same elements of the window, some s apart
/// and backwards. So each remainder is a convolution of its own, with its share of the weights,
/// which writes every s-th place.
final class NativeTransposedConvolution implements AutoCloseable {
  private static final long[] ONES = {1, 1, 1};

  private final long groups;
  private final int threads;
  private final Constant constant; // the weights; null if they are not constant, or not float32
  private final Arena arena = Arena.ofShared();
  private MemorySegment arranged; // the constant weights; null until the first context needs them
  private List<ConvolutionWeights> packed; // of each share; null if there are several groups

  NativeTransposedConvolution(OperatorContext context, long groups) {
    this.groups = groups;
    threads = context.threads();
    Constant weights = context.constant(1);
    constant =
        weights != null && weights.type().storage() == ElementType.FLOAT && weights.size() > 0
            ? weights
            : null;
  }

  /// What computes it in one context.
  ///
  /// @param windows gives the window for the present shapes
  /// @param other computes other types, and what has no elements
  Kernel kernel(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
    return new InContext(context, windows, other);
  }

  @Override
  public void close() {
    arena.close();
  }

  /// Elements of the window along an axis that meet the same places of y.
  ///
  /// @param first the first of them
  /// @param step how far they are apart
  /// @param dilation how far apart what they are multiplied with lies in x
  private record Taps(long first, long step, long count, long dilation) {
    static List<Taps> of(SpatialWindow window, int axis) {
      long common = gcd(window.strides()[axis], window.dilations()[axis]);
      long step = window.strides()[axis] / common;
      List<Taps> all = new ArrayList<>();
      for (long first = 0; first < Math.min(window.kernel()[axis], step); first++) {
        long count = (window.kernel()[axis] - 1 - first) / step + 1;
        all.add(new Taps(first, step, count, window.dilations()[axis] / common));
      }
      return all;
    }

    private static long gcd(long a, long b) {
      return b == 0 ? a : gcd(b, a % b);
    }

    /// Their first place in y.
    long place(SpatialWindow window, int axis) {
      long met = first * window.dilations()[axis] - window.begin()[axis];
      return Math.floorMod(met, window.strides()[axis]);
    }

    /// How many they have.
    long places(SpatialWindow window, int axis) {
      return Math.max(
          0, Math.ceilDiv(window.large()[axis] - place(window, axis), window.strides()[axis]));
    }

    /// How far before x they begin at the first place: there the first is the last, since they go
    /// backwards.
    long begin(SpatialWindow window, int axis) {
      long met = first * window.dilations()[axis] - window.begin()[axis];
      return (count - 1) * dilation - (place(window, axis) - met) / window.strides()[axis];
    }
  }

  /// The part of the weights that makes one convolution.
  ///
  /// @param at where it begins among the arranged weights, in floats
  private record Share(Taps z, Taps y, Taps x, long at) {
    static List<Share> of(SpatialWindow window, long channels) {
      List<Share> all = new ArrayList<>();
      long at = 0;
      for (Taps z : Taps.of(window, 0)) {
        for (Taps y : Taps.of(window, 1)) {
          for (Taps x : Taps.of(window, 2)) {
            all.add(new Share(z, y, x, at));
            at += channels * z.count * y.count * x.count;
          }
        }
      }
      return all;
    }

    long[] kernel() {
      return new long[] {z.count, y.count, x.count};
    }

    /// From ONNX's weights, `(groups, inputs, outputs, kernel)`, to `(groups, outputs, inputs,
    /// share of the kernel)`.
    StridedCopy arranging(long groups, long inputs, long outputs, long[] kernel) {
      long row = kernel[2];
      long plane = kernel[1] * row;
      long whole = kernel[0] * plane;
      long last = (last(z) * kernel[1] + last(y)) * row + last(x);
      long[] dims = {groups, outputs, inputs, z.count, y.count, x.count};
      Layout from =
          new Layout(
              last,
              inputs * outputs * whole,
              whole,
              outputs * whole,
              -z.step * plane,
              -y.step * row,
              -x.step);
      return StridedCopy.of(Float.BYTES, dims, from, Layout.of(dims));
    }

    private static long last(Taps taps) {
      return taps.first + (taps.count - 1) * taps.step;
    }
  }

  private synchronized void arrange(List<Share> shares, List<StridedCopy> copies, long outputs) {
    if (arranged != null) {
      return;
    }
    MemorySegment to = arena.allocate(constant.data().byteSize(), Long.BYTES);
    List<ConvolutionWeights> each = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      copies.get(i).run(constant.data(), 0, to, shares.get(i).at);
      long end = i + 1 < shares.size() ? shares.get(i + 1).at : constant.size();
      long begin = shares.get(i).at * Float.BYTES;
      each.add(
          new ConvolutionWeights(to.asSlice(begin, end * Float.BYTES - begin), outputs, arena));
    }
    packed = groups == 1 ? each : null;
    arranged = to;
  }

  /// One of the convolutions, for the present shapes.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Part(
      long weights, // bytes
      long packed, // an address, or 0
      long[] kernel,
      long[] dilations,
      long[] begin,
      long[] places,
      long to) {} // bytes

  private final class InContext implements Kernel {
    private final Supplier<SpatialWindow> windows;
    private final Kernel other;
    private final Value x;
    private final Value w;
    private final Value b;
    private final Value y;
    private final Value work;
    private final Value turned; // weights that are not constant; null if they are
    private final ConvolutionCall call;
    private final List<Part> parts = new ArrayList<>();
    private SpatialWindow window;
    private long channel; // floats of y
    private long[] steps;
    private List<Share> shares;
    private List<StridedCopy> copies;
    private StridedCopy fill; // null if the parts write all of y
    private boolean isNative;

    InContext(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
      this.windows = windows;
      this.other = other;
      x = context.in(0);
      w = context.in(1);
      b = context.in(2);
      y = context.out(0);
      work = context.scratch();
      turned = constant == null ? context.scratch() : null;
      call = new ConvolutionCall(threads, context.arena());
    }

    @Override
    public void prepare() {
      isNative = y.storage() == ElementType.FLOAT && x.size() > 0 && w.size() > 0 && y.size() > 0;
      if (!isNative) {
        other.prepare();
        return;
      }
      window = windows.get().deep();
      long inputs = w.dim(0) / groups;
      shares = Share.of(window, w.dim(0) * w.dim(1));
      copies = new ArrayList<>();
      for (Share share : shares) {
        copies.add(share.arranging(groups, inputs, w.dim(1), window.kernel()));
      }
      if (constant == null) {
        turned.resize(ElementType.FLOAT, w.size());
      } else {
        arrange(shares, copies, w.dim(1));
      }
      long[] large = window.large();
      channel = large[0] * large[1] * large[2];
      long[] strides = window.strides();
      steps = new long[] {large[1] * large[2], large[2], 1};
      for (int axis = 0; axis < steps.length; axis++) {
        // where there is no second place its distance is as good as any
        steps[axis] *= Math.min(strides[axis], large[axis]);
      }
      prepareParts();
    }

    private void prepareParts() {
      parts.clear();
      long written = 0;
      long bytes = 0;
      for (int i = 0; i < shares.size(); i++) {
        Part part = part(i);
        long places = part.places[0] * part.places[1] * part.places[2];
        if (places > 0) {
          parts.add(part);
          written += places;
          set(part);
          bytes = Math.max(bytes, call.workBytes());
        }
      }
      work.resize(ElementType.FLOAT, bytes / Float.BYTES);
      long[] planes = {y.dim(0), y.dim(1), channel};
      fill =
          written == channel
              ? null
              : StridedCopy.of(
                  Float.BYTES, planes, new Layout(0, 0, b == null ? 0 : 1, 0), Layout.of(planes));
    }

    private Part part(int index) {
      Share share = shares.get(index);
      Taps[] taps = {share.z, share.y, share.x};
      long[] dilations = new long[3];
      long[] begin = new long[3];
      long[] places = new long[3];
      long[] large = window.large();
      long to = 0;
      for (int axis = 0; axis < 3; axis++) {
        dilations[axis] = taps[axis].dilation;
        begin[axis] = taps[axis].begin(window, axis);
        places[axis] = taps[axis].places(window, axis);
        to = to * large[axis] + taps[axis].place(window, axis);
      }
      long positions = places[0] * places[1] * places[2];
      boolean mayBePacked = constant != null && packed != null && positions > 0;
      long packedAt = mayBePacked ? packed.get(index).packed(positions) : 0;
      return new Part(
          share.at * Float.BYTES,
          packedAt,
          share.kernel(),
          dilations,
          begin,
          places,
          to * Float.BYTES);
    }

    private void set(Part part) {
      call.window(groups, w.dim(0) / groups, w.dim(1), part.kernel, ONES, part.dilations);
      call.sizes(x.dim(0), window.small(), part.begin, part.places);
      call.places(channel, steps);
      call.packed(part.packed);
    }

    @Override
    public void run() {
      if (!isNative) {
        other.run();
        return;
      }
      for (int i = 0; constant == null && i < shares.size(); i++) {
        copies.get(i).run(w.data(), 0, turned.data(), shares.get(i).at);
      }
      if (fill != null && b != null) {
        fill.run(b.data(), y.data());
      } else if (fill != null) {
        y.data().fill((byte) 0);
      }
      long weights = constant == null ? turned.data().address() : arranged.address();
      long bias = b == null ? 0 : b.data().address();
      for (int i = 0; i < parts.size(); i++) {
        Part part = parts.get(i);
        set(part);
        call.run(
            weights + part.weights,
            bias,
            x.data().address(),
            y.data().address() + part.to,
            work.data().address());
      }
    }

    @Override
    public void close() {
      other.close();
    }
  }
}
