package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// ReverseSequence: each sequence of a batch turned round within its own length.
public final class ReverseSequence implements Operator {
  private final int time; // an axis, 0 or 1; the batch is the other

  ReverseSequence(GraphNode node) {
    time = node.attributes().small("time_axis", 0);
    int batch = node.attributes().small("batch_axis", 1);
    if (time + batch != 1 || time * batch != 0) {
      throw new Refusal(
          "attributes time_axis and batch_axis are %d and %d, expected 0 and 1"
              .formatted(time, batch));
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new ReverseSequence(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.need(1, "sequence_lens");
    node.types(1, ElementType.INT64);
    long[] dims = node.dims(0);
    if (dims != null && dims.length < 2) {
      throw new Refusal("a batch of sequences needs two dimensions");
    }
    node.same(1, new long[] {dims == null ? -1 : dims[1 - time]});
    node.out(0, node.type(0), dims);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Reversing(context.in(0), context.in(1), context.out(0));
  }

  private final class Reversing implements Kernel {
    private final Value in;
    private final Value lengths;
    private final Value out;

    Reversing(Value in, Value lengths, Value out) {
      this.in = in;
      this.lengths = lengths;
      this.out = out;
    }

    @Override
    public void run() {
      long steps = in.dim(time);
      long batch = in.dim(1 - time);
      long slice = Axes.product(in.dims(), 2, in.rank()) * in.storage().bytes();
      long stepBytes = time == 0 ? batch * slice : slice;
      long sequenceBytes = time == 0 ? slice : steps * slice;
      for (long n = 0; n < batch; n++) {
        long length = lengths.asLong(n);
        if (length < 0 || length > steps) {
          throw new Refusal(
              "sequence %d has length %d, expected 0 to %d".formatted(n, length, steps));
        }
        for (long t = 0; t < steps; t++) {
          long from = t < length ? length - 1 - t : t;
          long sequence = n * sequenceBytes;
          StridedCopy.bytes(
              in.data(), sequence + from * stepBytes, out.data(), sequence + t * stepBytes, slice);
        }
      }
    }
  }
}
