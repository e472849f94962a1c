package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.shape.IndexedSlices.ElementPlaces;
import io.kioku.internal.onnx.op.shape.IndexedSlices.Indices;
import io.kioku.internal.onnx.op.shape.IndexedSlices.SlicePlaces;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// Gather: the slices of an axis that indices name, in the indices' shape.
public final class Gather implements Operator {
  private final long axis;

  Gather(GraphNode node) {
    axis = node.attributes().integer("axis", 0);
  }

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "Gather" -> new Gather(node);
      case "GatherElements" -> new GatherElements(node);
      case "GatherND" -> new GatherNd(node);
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    node.need(1, "indices");
    node.indices(1);
    long[] data = node.dims(0);
    long[] indices = node.dims(1);
    if (data == null || indices == null) {
      node.out(0, node.type(0), (long[]) null);
      return;
    }
    int at = Axes.of(axis, data.length);
    long[] result = new long[data.length - 1 + indices.length];
    System.arraycopy(data, 0, result, 0, at);
    System.arraycopy(indices, 0, result, at, indices.length);
    System.arraycopy(data, at + 1, result, at + indices.length, data.length - at - 1);
    node.out(0, node.type(0), result);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Gathering(context.in(0), context.in(1), context.out(0));
  }

  private final class Gathering implements Kernel {
    private final Value data;
    private final Value indices;
    private final Value out;
    private long outer;
    private long count;
    private long slice; // in bytes

    Gathering(Value data, Value indices, Value out) {
      this.data = data;
      this.indices = indices;
      this.out = out;
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, data.rank());
      outer = Axes.product(data.dims(), 0, at);
      count = data.dim(at);
      slice = Axes.product(data.dims(), at + 1, data.rank()) * data.storage().bytes();
    }

    @Override
    public void run() {
      MemorySegment from = data.data();
      MemorySegment to = out.data();
      long named = indices.size();
      for (long i = 0; i < named; i++) {
        long index = Indices.of(indices, i, count);
        for (long o = 0; o < outer; o++) {
          StridedCopy.bytes(from, (o * count + index) * slice, to, (o * named + i) * slice, slice);
        }
      }
    }
  }

  /// GatherElements: an element for each index.
  private static final class GatherElements implements Operator {
    private final long axis;

    GatherElements(GraphNode node) {
      axis = node.attributes().integer("axis", 0);
    }

    @Override
    public void infer(ShapeInference node) {
      ElementPlaces.check(node, axis);
      node.out(0, node.type(0), node.dims(1));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new GatherKernel(context, () -> new ElementPlaces(context.in(0), context.in(1), axis));
    }
  }

  /// GatherND: a slice for each list of indices.
  private static final class GatherNd implements Operator {
    private final int batch;

    GatherNd(GraphNode node) {
      batch = node.attributes().small("batch_dims", 0);
      if (batch < 0) {
        throw new Refusal("attribute batch_dims is %d, expected at least 0".formatted(batch));
      }
    }

    @Override
    public void infer(ShapeInference node) {
      long[] dims = SlicePlaces.dims(node, batch);
      node.out(0, node.type(0), dims);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new GatherKernel(context, () -> new SlicePlaces(context.in(0), context.in(1), batch));
    }
  }

  /// Takes slices from input 0, and puts one behind the other.
  private static final class GatherKernel implements Kernel {
    private final Value data;
    private final Value out;
    private final Supplier<IndexedSlices> slices;
    private IndexedSlices places;

    /// @param slices gives them for the present shapes
    GatherKernel(KernelContext context, Supplier<IndexedSlices> slices) {
      data = context.in(0);
      out = context.out(0);
      this.slices = slices;
    }

    @Override
    public void prepare() {
      places = slices.get();
    }

    @Override
    public void run() {
      long bytes = out.storage().bytes();
      long slice = places.size() * bytes;
      long count = places.count();
      places.reset();
      for (long i = 0; i < count; i++) {
        StridedCopy.bytes(data.data(), places.next() * bytes, out.data(), i * slice, slice);
      }
    }
  }
}
