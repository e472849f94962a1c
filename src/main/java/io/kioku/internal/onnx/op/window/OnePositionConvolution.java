package io.kioku.internal.onnx.op.window;

import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.primitive.PrepackedOperand;
import io.kioku.internal.onnx.op.primitive.PrimitiveDescription.Described;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A convolution whose window has one position and covers all of its input, as a matrix product:
/// instances as they lie, `(N, C * P)` with P elements in each channel, by the weights that meet no
/// padding, `(C * P, M)`. oneDNN's own convolution takes two to ten times as long, since it sees
/// one instance at a time.
final class OnePositionConvolution implements AutoCloseable {
  /// Each takes as much memory as the weights.
  private static final int MOST_PARTS = 4;

  private static final long ALIGNMENT = 64;

  /// The weights that are left of those `(M, C, ...)` for some padding and input.
  @SuppressWarnings("ArrayRecordComponent") // compared element by element
  private record WindowPart(long[] begin, long[] large, PrepackedOperand weights) {}

  private final Constant weights;
  private final Arena arena = Arena.ofShared();
  private final List<WindowPart> parts = new ArrayList<>();

  /// @param weights float32, `(M, C, ...)`
  OnePositionConvolution(Constant weights) {
    this.weights = weights;
  }

  /// The weights that meet no padding, `(M, C * P)`; null if the window is not of this kind, or
  /// there have been too many others.
  synchronized PrepackedOperand weights(SpatialWindow window) {
    if (!covers(window)) {
      return null;
    }
    for (WindowPart part : parts) {
      if (Arrays.equals(part.begin, window.begin()) && Arrays.equals(part.large, window.large())) {
        return part.weights;
      }
    }
    if (parts.size() == MOST_PARTS) {
      return null;
    }
    WindowPart part =
        new WindowPart(window.begin(), window.large(), new PrepackedOperand(cut(window)));
    parts.add(part);
    return part.weights;
  }

  private static boolean covers(SpatialWindow window) {
    for (int axis = 0; axis < window.rank(); axis++) {
      boolean isDense = window.dilations()[axis] == 1 || window.kernel()[axis] == 1;
      long reach = window.kernel()[axis] - window.begin()[axis];
      if (window.small()[axis] != 1 || !isDense || reach < window.large()[axis]) {
        return false;
      }
    }
    return true;
  }

  private Constant cut(SpatialWindow window) {
    long[] dims = weights.dims().clone();
    Layout from = Layout.of(dims);
    for (int axis = 0; axis < window.rank(); axis++) {
      from = from.from(axis + 2, window.begin()[axis]);
      dims[axis + 2] = window.large()[axis];
    }
    MemorySegment data =
        arena.allocate(Axes.product(dims, 0, dims.length) * Float.BYTES, ALIGNMENT);
    StridedCopy.of(Float.BYTES, dims, from, Layout.of(dims)).run(weights.data(), data);
    return new Constant(weights.type(), dims, data);
  }

  /// Describes the product.
  ///
  /// @param met [#weights]
  static Described describe(
      KernelContext context,
      PrepackedOperand met,
      Handles owner,
      OnednnMemory memory,
      OnednnOperations operations) {
    long n = context.in(0).dim(0);
    long k = context.in(0).size() / n;
    long m = context.out(0).dim(1);
    MemorySegment source = memory.descriptor(owner, n, k);
    MemorySegment destination = memory.descriptor(owner, n, m);
    MemorySegment product =
        operations.product(
            owner,
            source,
            memory.anyDescriptor(owner, k, m),
            context.in(2) == null ? MemorySegment.NULL : memory.descriptor(owner, 1, m),
            destination);
    return new Described(
        product,
        source,
        memory.descriptor(owner, new long[] {k, m}, new long[] {1, k}),
        met,
        destination);
  }

  @Override
  public void close() {
    try {
      parts.forEach(part -> part.weights.close());
    } finally {
      arena.close();
    }
  }
}
