package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// Elements of an array, each named by an index along one axis, and by where its index stands along
/// the others.
final class ElementPlaces implements NamedPlaces {
  private final Value indices;
  private final long length; // of the axis
  private final long stride;
  private final StridedWalk walk; // over the places along the other axes
  private long next; // which index

  ElementPlaces(Value data, Value indices, long axis) {
    this.indices = indices;
    int at = Axes.of(axis, data.rank());
    long[] strides = Layout.of(data.dims()).strides();
    length = data.dim(at);
    stride = strides[at];
    strides[at] = 0;
    walk = new StridedWalk(0, indices.dims(), strides);
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
            "indices of shape %s do not fit shape %s", new Dims(indices), new Dims(data));
      }
    }
  }

  @Override
  public long count() {
    return indices.size();
  }

  @Override
  public long size() {
    return 1;
  }

  @Override
  public void reset() {
    walk.rewind();
    next = 0;
  }

  @Override
  public long next() {
    walk.next();
    return walk.at(0) + Indices.of(indices, next++, length) * stride;
  }
}
