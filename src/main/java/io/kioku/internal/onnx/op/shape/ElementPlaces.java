package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.copy.Layout;
import java.util.Arrays;

/// Elements of an array, each named by an index along one axis, and by where its index stands along
/// the others.
final class ElementPlaces {
  private final Value indices;
  private final long count; // along the axis
  private final long stride;
  private final Odometer odometer;

  ElementPlaces(Value data, Value indices, long axis) {
    this.indices = indices;
    int at = Axes.of(axis, data.rank());
    long[] strides = Layout.of(data.dims()).strides();
    count = data.dim(at);
    stride = strides[at];
    strides[at] = 0;
    odometer = new Odometer(indices.dims(), strides);
  }

  /// Refuses indices that do not fit.
  static void check(Inference node, long axis) {
    node.need(0, "data");
    node.need(1, "indices");
    node.indices(1);
    long[] data = node.dims(0);
    long[] indices = node.dims(1);
    if (data == null) {
      return;
    }
    node.rank(1, data.length);
    int at = Axes.of(axis, data.length);
    for (int i = 0; indices != null && i < data.length; i++) {
      if (i != at && data[i] >= 0 && indices[i] > data[i]) {
        throw new Refusal(
            "indices of shape %s do not fit shape %s"
                .formatted(Arrays.toString(indices), Arrays.toString(data)));
      }
    }
  }

  void reset() {
    odometer.reset();
  }

  /// Where the next element lies.
  ///
  /// @param i which one it is
  long next(long i) {
    long place = odometer.place() + Indices.of(indices, i, count) * stride;
    odometer.next();
    return place;
  }
}
