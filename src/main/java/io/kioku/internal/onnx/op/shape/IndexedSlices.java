package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.util.Arrays;

/// Where in an array the slices begin that indices name, one after the other.
interface IndexedSlices {
  /// How many slices there are.
  long count();

  /// The elements of one.
  long size();

  /// Back to the first slice.
  void reset();

  /// Where the next slice begins.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if the array has no such index
  long next();

  /// Elements of an array, each named by an index along one axis, and by where its index stands
  /// along the others.
  final class ElementPlaces implements IndexedSlices {
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
    static void check(ShapeInference node, long axis) {
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

  /// Slices of an array, each named by its indices along some axes: the last axis of the indices
  /// goes through them. The axes of a batch come before those.
  final class SlicePlaces implements IndexedSlices {
    private final Value indices;
    private final int batch; // axes
    private final int depth; // axes that are named
    private final long[] dims;
    private final long[] strides;
    private final long each; // slices of one element of the batch
    private long next; // which slice

    SlicePlaces(Value data, Value indices, int batch) {
      this.indices = indices;
      this.batch = batch;
      depth = (int) indices.dim(indices.rank() - 1);
      dims = data.dims();
      strides = Layout.of(dims).strides();
      each = Axes.product(indices.dims(), batch, indices.rank() - 1);
    }

    /// The shape of the slices that indices name; null if it is unknown.
    static long[] dims(ShapeInference node, int batch) {
      node.need(0, "data");
      node.need(1, "indices");
      node.types(1, ElementType.INT64);
      long[] data = node.dims(0);
      long[] indices = node.dims(1);
      if (data == null || indices == null) {
        return null;
      }
      if (data.length == 0
          || indices.length == 0
          || batch >= Math.min(data.length, indices.length)) {
        throw misfit(data, indices);
      }
      for (int axis = 0; axis < batch; axis++) {
        if (data[axis] >= 0 && indices[axis] >= 0 && data[axis] != indices[axis]) {
          throw misfit(data, indices);
        }
      }
      long depth = indices[indices.length - 1];
      if (depth == 0 || depth > data.length - batch) {
        throw misfit(data, indices);
      }
      if (depth < 0) {
        return null;
      }
      int rest = data.length - batch - (int) depth;
      long[] result = Arrays.copyOf(indices, indices.length - 1 + rest);
      System.arraycopy(data, data.length - rest, result, indices.length - 1, rest);
      return result;
    }

    private static Refusal misfit(long[] data, long[] indices) {
      return new Refusal(
          "indices of shape %s do not fit shape %s", new Dims(indices), new Dims(data));
    }

    @Override
    public long count() {
      return Axes.product(indices.dims(), 0, indices.rank() - 1);
    }

    @Override
    public long size() {
      return Axes.product(dims, batch + depth, dims.length);
    }

    @Override
    public void reset() {
      next = 0;
    }

    @Override
    public long next() {
      long slice = next++;
      long place = batch == 0 ? 0 : slice / each * strides[batch - 1];
      for (int k = 0; k < depth; k++) {
        long index = Indices.of(indices, slice * depth + k, dims[batch + k]);
        place += index * strides[batch + k];
      }
      return place;
    }
  }

  /// Elements that are named by values.
  final class Indices {
    private Indices() {}

    /// The index that an element is; a negative one counts from the end.
    ///
    /// @throws Refusal if an axis of `count` elements has no such index
    static long of(Value indices, long i, long count) {
      long index = indices.asLong(i);
      if (index < -count || index >= count) {
        throw new Refusal(
            "index %d of an axis of %d elements, in '%s'".formatted(index, count, indices.name()));
      }
      return index < 0 ? index + count : index;
    }
  }
}
