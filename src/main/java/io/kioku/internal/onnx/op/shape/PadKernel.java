package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/// Copies what stays; then fills the rest with a constant, or axis by axis with slices of what is
/// there already.
final class PadKernel implements Kernel {
  private final Pad.Mode mode;
  private final Value in;
  private final Value out;
  private final Value given; // the constant; null if it is no input
  private final float constant;
  private final Supplier<long[]> amounts;
  private final Value fill;
  private StridedCopy filling; // null: there is no constant
  private StridedCopy inner;
  private Slices[] slices;

  /// @param given the constant, if it is an input; else null
  /// @param constant if it is not
  /// @param amounts gives the pads of all axes for the present shapes: first those before, then
  ///   those behind
  PadKernel(
      KernelContext context, Pad.Mode mode, Value given, float constant, Supplier<long[]> amounts) {
    this.mode = mode;
    this.in = context.in(0);
    this.out = context.out(0);
    this.given = given;
    this.constant = constant;
    this.amounts = amounts;
    this.fill = given == null ? context.scratch() : given;
  }

  /// Slices along an axis, each a copy of another.
  ///
  /// @param moves where a slice comes from and where it goes, in pairs
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Slices(StridedCopy copy, long[] moves) {
    void run(MemorySegment data) {
      for (int i = 0; i < moves.length; i += 2) {
        copy.run(data, moves[i], data, moves[i + 1]);
      }
    }
  }

  @Override
  public void prepare() {
    if (given == null) {
      fill.resize(in.type());
      fill.setDouble(0, constant);
    }
    int rank = in.rank();
    long[] pads = amounts.get();
    long[] kept = in.dims().clone();
    Layout from = Layout.of(in.dims());
    Layout to = Layout.of(out.dims());
    for (int axis = 0; axis < rank; axis++) {
      long before = pads[axis];
      long after = pads[axis + rank];
      kept[axis] = Math.max(0, kept[axis] + Math.min(0, before) + Math.min(0, after));
      from = from.from(axis, Math.max(0, -before));
      to = to.from(axis, Math.max(0, before));
    }
    int bytes = out.storage().bytes();
    boolean isFilled = mode == Pad.Mode.CONSTANT;
    filling = isFilled ? StridedCopy.filling(bytes, out.dims()) : null;
    inner = StridedCopy.of(bytes, kept, from, to);
    slices = new Slices[isFilled || out.size() == 0 ? 0 : rank];
    for (int i = 0; i < slices.length; i++) {
      int axis = rank - 1 - i; // those behind it are filled by then, those before it are not
      long first = Math.max(0, pads[axis]);
      to = to.from(axis, -first);
      slices[i] = slices(axis, first, kept, to);
      kept[axis] = out.dim(axis);
    }
  }

  private Slices slices(int axis, long first, long[] kept, Layout layout) {
    long[] dims = kept.clone();
    dims[axis] = 1;
    long stride = layout.strides()[axis];
    long[] moves =
        LongStream.range(0, out.dim(axis))
            .filter(index -> index < first || index >= first + kept[axis])
            .flatMap(index -> LongStream.of(first + mode.source(index - first, kept[axis]), index))
            .map(index -> index * stride)
            .toArray();
    return new Slices(StridedCopy.of(out.storage().bytes(), dims, layout, layout), moves);
  }

  @Override
  public void run() {
    MemorySegment data = out.data();
    if (filling != null) {
      filling.run(fill.data(), data);
    }
    inner.run(in.data(), data);
    for (int i = 0; i < slices.length; i++) {
      slices[i].run(data);
    }
  }
}
