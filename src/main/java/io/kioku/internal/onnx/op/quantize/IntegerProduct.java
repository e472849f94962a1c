package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Blas;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Products of matrices of 8-bit codes, exact in int32 modulo 2^32.
///
/// They are computed by the product of float32 matrices: as long as 256 terms are summed up, of at
/// most 255 * 255 each, all sums are whole and below 2^24, so that float32 holds them whatever the
/// order. Longer sums are taken in parts.
final class IntegerProduct implements Kernel {
  private static final int PART = 256;

  private final Factor a;
  private final Factor b;
  private final Value y;
  private final Value part;
  private StridedWalk walk; // over the matrices of A and of B, in elements
  private boolean isEmpty;
  private int m;
  private int n;
  private int k;

  /// @param y the product, int32
  IntegerProduct(KernelContext context, Factor a, Factor b, Value y) {
    this.a = a;
    this.b = b;
    this.y = y;
    this.part = context.scratch();
  }

  @Override
  public void prepare() {
    a.prepare();
    b.prepare();
    m = Math.toIntExact(a.matrices().rows());
    n = Math.toIntExact(b.matrices().columns());
    k = Math.toIntExact(b.matrices().rows());
    part.resize(ElementType.FLOAT, m, n);
    long[] batch = Broadcasting.dims(a.matrices().batch(), b.matrices().batch());
    isEmpty = y.size() == 0;
    walk =
        new StridedWalk(
            0,
            batch,
            strides(a.matrices().batch(), batch, (long) m * k),
            strides(b.matrices().batch(), batch, (long) k * n));
  }

  /// How far apart neighbours of a batch lie in a factor, in elements.
  private static long[] strides(long[] from, long[] to, long size) {
    long[] strides = Broadcasting.strides(from, to);
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] *= size;
    }
    return strides;
  }

  int columns() {
    return n;
  }

  @Override
  public void run() {
    a.widen();
    b.widen();
    MemorySegment to = y.data();
    to.fill((byte) 0);
    walk.rewind();
    for (long start = 0; !isEmpty && walk.next(); start += part.size()) {
      for (int from = 0; from < k; from += PART) {
        multiply(from);
        MemorySegment sums = part.data();
        for (long j = 0; j < part.size(); j++) {
          int sum = (int) sums.getAtIndex(ValueLayout.JAVA_FLOAT, j);
          int before = to.getAtIndex(ValueLayout.JAVA_INT, start + j);
          to.setAtIndex(ValueLayout.JAVA_INT, start + j, before + sum);
        }
      }
    }
  }

  /// One part of the sums of one product.
  private void multiply(int from) {
    Blas.sgemm(
        false,
        false,
        m,
        n,
        Math.min(PART, k - from),
        1,
        a.address() + (walk.at(0) + from) * Float.BYTES,
        k,
        b.address() + (walk.at(1) + (long) from * n) * Float.BYTES,
        n,
        0,
        part.data().address(),
        n);
  }
}
