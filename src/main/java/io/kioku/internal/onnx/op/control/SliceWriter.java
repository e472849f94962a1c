package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Shape;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.control.Scan.Sweep;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Puts an array together: one slice a step.
final class SliceWriter {
  private final Sweep sweep;
  private final ValueInfo declared;
  private final Value slice;
  private final Value whole;
  private Shape shape; // of a slice; null: not known yet
  private StridedCopy copy;
  private long steps;
  private long stride;

  /// @param declared what the file says of a slice
  SliceWriter(Sweep sweep, ValueInfo declared, Value slice, Value whole) {
    this.sweep = sweep;
    this.declared = declared;
    this.slice = slice;
    this.whole = whole;
  }

  /// @param count how many slices there will be
  void prepare(long count) {
    steps = count;
    shape = null;
    if (count == 0) {
      int rank = declared.dims() == null ? 0 : declared.dims().length;
      ScanDims.empty(whole, declared, sweep.axis(rank + 1));
    }
  }

  void write(long step) {
    if (shape == null || !slice.shape().is(shape.type(), shape.dims())) {
      reshape(step);
    }
    long index = sweep.backward() ? steps - 1 - step : step;
    copy.run(slice.data(), 0, whole.data(), index * stride);
  }

  private void reshape(long step) {
    if (step > 0) {
      throw new Refusal(
          "'%s' is %s in a step, and %s in the one before"
              .formatted(declared.name(), slice.shape(), shape));
    }
    shape = slice.shape();
    int axis = sweep.axis(shape.rank() + 1);
    whole.resize(shape.type(), ScanDims.with(shape.dims(), axis, steps));
    long[] strides = Layout.of(whole.dims()).strides();
    stride = strides[axis];
    copy =
        StridedCopy.of(
            whole.storage().bytes(),
            shape.dims(),
            Layout.of(shape.dims()),
            new Layout(0, ScanDims.without(strides, axis)));
  }
}
