package io.kioku.internal.onnx.op.sequence;

import io.kioku.internal.onnx.graph.Dims;
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

/// ConcatFromSequence: the tensors of a list one after the other along an axis, which may be a new
/// one.
final class ConcatFromSequence implements Operator {
  private final long axis;
  private final boolean isNew;

  ConcatFromSequence(GraphNode node) {
    if (!node.attributes().has("axis")) {
      throw new Refusal("attribute axis is missing");
    }
    axis = node.attributes().integer("axis", 0);
    isNew = node.attributes().integer("new_axis", 0) != 0;
  }

  @Override
  public boolean takesSequences() {
    return true;
  }

  @Override
  public void infer(ShapeInference node) {
    node.sequence(0, "input_sequence");
    node.later(0, Known.ofType(node.type(0)));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Joining(context);
  }

  private final class Joining implements Kernel {
    private final Value in;
    private final Value out;
    private long[] dims = new long[0]; // of the result

    Joining(KernelContext context) {
      in = context.in(0);
      out = context.out(0);
    }

    @Override
    public void run() {
      Sequence sequence = in.sequence();
      if (sequence.size() == 0) {
        throw new Refusal("the sequence is empty: its result has no shape");
      }
      int at = start(sequence.at(0));
      for (int k = 1; k < sequence.size(); k++) {
        add(sequence.at(0), sequence.at(k), at);
      }
      out.resize(in.type(), dims);
      long row = Axes.product(dims, at + 1, dims.length) * out.storage().bytes();
      long rows = Axes.product(dims, 0, at);
      long from = 0;
      for (int k = 0; k < sequence.size(); k++) {
        Value tensor = sequence.at(k);
        long count = isNew ? 1 : tensor.dim(at);
        for (long r = 0; r < rows; r++) {
          long to = (r * dims[at] + from) * row;
          MemorySegment.copy(tensor.data(), r * count * row, out.data(), to, count * row);
        }
        from += count;
      }
    }

    /// The shape of the result if the first were the only one; gives the axis.
    private int start(Value first) {
      int rank = first.rank() + (isNew ? 1 : 0);
      int at = Axes.of(axis, rank);
      dims = dims.length == rank ? dims : new long[rank];
      for (int i = 0; i < rank; i++) {
        dims[i] = isNew && i == at ? 1 : first.dim(isNew && i > at ? i - 1 : i);
      }
      return at;
    }

    private void add(Value first, Value next, int at) {
      boolean fits = first.rank() == next.rank();
      for (int i = 0; fits && i < first.rank(); i++) {
        fits = first.dim(i) == next.dim(i) || (!isNew && i == at);
      }
      if (!fits) {
        throw new Refusal(
            "shape %s cannot follow %s along axis %d",
            new Dims(next.dims()), new Dims(first.dims()), axis);
      }
      dims[at] = Math.addExact(dims[at], isNew ? 1 : next.dim(at));
    }
  }
}
