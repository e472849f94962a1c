package io.kioku.internal.onnx.op.sequence;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Sequence;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// SplitToSequence: a tensor in parts along an axis, as a list: slices, parts of one size with a
/// smaller last one, or of sizes that are told.
final class SplitToSequence implements Operator {
  private final long axis;
  private final boolean keepsAxis; // of slices

  SplitToSequence(GraphNode node) {
    axis = node.attributes().integer("axis", 0);
    keepsAxis = node.attributes().integer("keepdims", 1) != 0;
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    if (node.dims(0) != null) {
      Axes.of(axis, node.dims(0).length);
    }
    if (node.has(1)) {
      node.indices(1);
      if (node.dims(1) != null && node.dims(1).length > 1) {
        throw new Refusal("split has %d dimensions, expected at most 1", node.dims(1).length);
      }
    }
    node.later(0, Known.ofSequence(node.type(0)));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Splitting(context);
  }

  private final class Splitting implements Kernel {
    private final Value in;
    private final Value sizes; // null: slices
    private final Value out;
    private final Sequence.Source source;
    private final Sequence parts = new Sequence();
    private int at;
    private long[] part; // the shape of one

    Splitting(KernelContext context) {
      in = context.in(0);
      sizes = context.in(1);
      out = context.out(0);
      source = new Sequence.Source(context);
    }

    @Override
    public void prepare() {
      at = Axes.of(axis, in.rank());
      part = in.dims().clone();
    }

    @Override
    public void run() {
      boolean isOneSize = sizes == null || sizes.rank() == 0;
      long size = sizes == null ? 1 : isOneSize ? sizes.asLong(0) : 0;
      long dim = in.dim(at);
      if (isOneSize && size < 1) {
        throw new Refusal("split is %d, expected at least 1".formatted(size));
      }
      // The specification ignores keepdims where there is a split; PyTorch writes an unbinding
      // with a split of 1, and means it.
      boolean dropsAxis = isOneSize && size == 1 && !keepsAxis;
      long from = 0;
      for (int k = 0; isOneSize ? from < dim : k < sizes.size(); k++) {
        long next = isOneSize ? Math.min(size, dim - from) : sizes.asLong(k);
        if (next < 0 || next > dim - from) {
          throw new Refusal("split takes more than the %d elements of the axis".formatted(dim));
        }
        add(from, next, dropsAxis);
        from += next;
      }
      if (from != dim) {
        throw new Refusal("split takes %d of %d elements of the axis".formatted(from, dim));
      }
      out.hold(in.type(), parts);
      parts.clear();
    }

    private void add(long from, long count, boolean dropsAxis) {
      part[at] = count;
      Value to = parts.add(source);
      to.resize(in.type(), dropsAxis ? without(part, at) : part);
      long row = Axes.product(part, at + 1, part.length) * in.storage().bytes();
      long rows = Axes.product(part, 0, at);
      for (long k = 0; k < rows; k++) {
        long source = (k * in.dim(at) + from) * row;
        MemorySegment.copy(in.data(), source, to.data(), k * count * row, count * row);
      }
    }

    private static long[] without(long[] dims, int axis) {
      long[] rest = new long[dims.length - 1];
      System.arraycopy(dims, 0, rest, 0, axis);
      System.arraycopy(dims, axis + 1, rest, axis, rest.length - axis);
      return rest;
    }
  }
}
