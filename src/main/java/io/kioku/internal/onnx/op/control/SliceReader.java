package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.control.Scan.Sweep;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Takes an array apart: one slice a step.
final class SliceReader {
  private final Sweep sweep;
  private final Value whole;
  private final Value slice;
  private StridedCopy copy;
  private long steps;
  private long stride;

  SliceReader(Sweep sweep, Value whole, Value slice) {
    this.sweep = sweep;
    this.whole = whole;
    this.slice = slice;
  }

  void prepare() {
    int axis = sweep.axis(whole.rank());
    long[] dims = ScanDims.without(whole.dims(), axis);
    long[] strides = Layout.of(whole.dims()).strides();
    slice.resize(whole.type(), dims);
    steps = whole.dim(axis);
    stride = strides[axis];
    copy =
        StridedCopy.of(
            slice.storage().bytes(),
            dims,
            new Layout(0, ScanDims.without(strides, axis)),
            Layout.of(dims));
  }

  void read(long step) {
    long index = sweep.backward() ? steps - 1 - step : step;
    copy.run(whole.data(), index * stride, slice.data(), 0);
  }
}
