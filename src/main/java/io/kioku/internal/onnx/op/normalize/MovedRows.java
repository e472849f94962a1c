package io.kioku.internal.onnx.op.normalize;

import io.kioku.internal.ffi.NormalizationCall.Kind;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.function.Supplier;

/// Normalises over any axes: where their elements do not lie side by side, they are moved there and
/// back.
final class MovedRows implements Kernel {
  private final Value x;
  private final Value y;
  private final Value moved;
  private final Supplier<boolean[]> axes;
  private final NormalizedRows beside;
  private final NormalizedRows apart;
  private NormalizedRows.Sizes sizes;
  private StridedCopy there; // null: they lie side by side
  private StridedCopy back;

  /// @param axes those that are normalised over, whenever shapes have changed
  MovedRows(KernelContext context, Kind kind, double floor, int threads, Supplier<boolean[]> axes) {
    this.axes = axes;
    x = context.in(0);
    y = context.out(0);
    moved = context.scratch();
    beside = new NormalizedRows(context, x, y, kind, 0, floor, threads, () -> sizes);
    apart = new NormalizedRows(context, moved, moved, kind, 0, floor, threads, () -> sizes);
  }

  @Override
  public void prepare() {
    boolean[] over = axes.get();
    long row = 1;
    boolean isBeside = true;
    boolean isOutside = false; // an axis before this one stays
    for (int axis = over.length - 1; axis >= 0; axis--) {
      row *= over[axis] ? x.dim(axis) : 1;
      isBeside &= !over[axis] || !isOutside || x.dim(axis) == 1;
      isOutside |= !over[axis] && x.dim(axis) != 1;
    }
    sizes = new NormalizedRows.Sizes(row == 0 ? 0 : x.size() / row, row, row, 1);
    there = null;
    if (isBeside) {
      beside.prepare();
    } else {
      move(over);
      apart.prepare();
    }
  }

  private void move(boolean[] over) {
    long[] strides = Layout.of(x.dims()).strides();
    long[] dims = new long[over.length];
    long[] from = new long[over.length];
    int to = 0;
    for (boolean last : new boolean[] {false, true}) {
      for (int axis = 0; axis < over.length; axis++) {
        if (over[axis] == last) {
          dims[to] = x.dim(axis);
          from[to++] = strides[axis];
        }
      }
    }
    moved.resize(x.storage(), dims);
    int bytes = x.storage().bytes();
    there = StridedCopy.of(bytes, dims, new Layout(0, from), Layout.of(dims));
    back = StridedCopy.of(bytes, dims, Layout.of(dims), new Layout(0, from));
  }

  @Override
  public void run() {
    if (there == null) {
      beside.run();
      return;
    }
    there.run(x.data(), moved.data());
    apart.run();
    back.run(moved.data(), y.data());
  }
}
