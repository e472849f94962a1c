package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.shape.IndexedSlices.ElementPlaces;
import io.kioku.internal.onnx.op.shape.IndexedSlices.SlicePlaces;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.Locale;
import java.util.function.Supplier;

/// ScatterElements: the data, where an element for each index is updated.
public final class Scatter implements Operator {
  private final long axis;
  private final ScatterUpdate update;

  Scatter(GraphNode node) {
    axis = node.attributes().integer("axis", 0);
    update = ScatterUpdate.of(node);
  }

  /// The operator of a node, by its name; Scatter is that of ScatterElements before set 11.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "ScatterElements", "Scatter" -> new Scatter(node);
      case "ScatterND" -> new ScatterNd(node);
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  @Override
  public void infer(ShapeInference node) {
    ElementPlaces.check(node, axis);
    ScatterKernel.infer(node, node.dims(1));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new ScatterKernel(
        context, update, () -> new ElementPlaces(context.in(0), context.in(1), axis));
  }

  /// ScatterND: the data, where a slice for each list of indices is updated.
  private static final class ScatterNd implements Operator {
    private final ScatterUpdate update;

    ScatterNd(GraphNode node) {
      update = ScatterUpdate.of(node);
    }

    @Override
    public void infer(ShapeInference node) {
      ScatterKernel.infer(node, SlicePlaces.dims(node, 0));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new ScatterKernel(
          context, update, () -> new SlicePlaces(context.in(0), context.in(1), 0));
    }
  }

  /// Copies input 0, and updates slices of it with those of input 2, which lie one behind the
  /// other.
  private static final class ScatterKernel implements Kernel {
    private final Value data;
    private final Value updates;
    private final Value out;
    private final ScatterUpdate update;
    private final Supplier<IndexedSlices> slices;
    private IndexedSlices places;

    /// @param slices gives them for the present shapes
    ScatterKernel(KernelContext context, ScatterUpdate update, Supplier<IndexedSlices> slices) {
      data = context.in(0);
      updates = context.in(2);
      out = context.out(0);
      this.update = update;
      this.slices = slices;
    }

    @Override
    public void prepare() {
      places = slices.get();
    }

    @Override
    public void run() {
      out.data().copyFrom(data.data());
      long slice = places.size();
      long count = places.count();
      places.reset();
      for (long i = 0; i < count; i++) {
        update.apply(out, places.next(), updates, i * slice, slice);
      }
    }

    /// Infers the output, and refuses updates that are not such slices.
    ///
    /// @param slices their shape; null if it is unknown
    static void infer(ShapeInference node, long[] slices) {
      node.need(2, "updates");
      if (node.type(0) != null) {
        node.types(2, node.type(0));
      }
      node.same(2, slices);
      node.out(0, node.type(0), node.dims(0));
    }
  }

  /// What becomes of an element and its update.
  private enum ScatterUpdate {
    NONE,
    ADD,
    MUL,
    MAX,
    MIN;

    static ScatterUpdate of(GraphNode node) {
      String text = node.attributes().text("reduction", "none");
      for (ScatterUpdate update : values()) {
        if (update.name().toLowerCase(Locale.ROOT).equals(text)) {
          return update;
        }
      }
      throw new Refusal(
          "attribute reduction is '%s', expected none, add, mul, max or min".formatted(text));
    }

    /// Updates elements that lie side by side.
    void apply(Value to, long place, Value updates, long first, long count) {
      if (this == NONE) {
        long bytes = to.storage().bytes();
        StridedCopy.bytes(updates.data(), first * bytes, to.data(), place * bytes, count * bytes);
        return;
      }
      boolean isReal = to.type().isReal();
      for (long i = 0; i < count; i++) {
        if (isReal) {
          to.setDouble(place + i, real(to.asDouble(place + i), updates.asDouble(first + i)));
        } else {
          to.setLong(place + i, integer(to, to.asLong(place + i), updates.asLong(first + i)));
        }
      }
    }

    private double real(double a, double b) {
      return switch (this) {
        case NONE -> b;
        case ADD -> a + b;
        case MUL -> a * b;
        case MAX -> Math.max(a, b);
        case MIN -> Math.min(a, b);
      };
    }

    private long integer(Value to, long a, long b) {
      long flip = to.type() == ElementType.UINT64 ? Long.MIN_VALUE : 0; // compares unsigned
      return switch (this) {
        case NONE -> b;
        case ADD -> a + b;
        case MUL -> a * b;
        case MAX -> Math.max(a ^ flip, b ^ flip) ^ flip;
        case MIN -> Math.min(a ^ flip, b ^ flip) ^ flip;
      };
    }
  }
}
