package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.ffi.OnednnOperations.Pooling;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.primitive.Description;
import io.kioku.internal.onnx.op.primitive.PrimitiveKernel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// MaxPool and AveragePool over `(N, C, ...)` with one to three spatial dimensions.
final class Pool implements Operator {
  private final boolean isMax;
  private final boolean isColumnMajor; // how places are counted
  private final boolean countsPadding;
  private final WindowAttributes attributes;
  private final int threads;

  private Pool(boolean isMax, Node node, OperatorContext context) {
    this.isMax = isMax;
    this.threads = context.threads();
    attributes = new WindowAttributes(node.attributes());
    if (attributes.kernel() == null) {
      throw new Refusal("attribute kernel_shape is missing");
    }
    countsPadding = !isMax && node.attributes().flag("count_include_pad", false);
    isColumnMajor = isMax && node.attributes().flag("storage_order", false);
  }

  static Operator max(Node node, OperatorContext context) {
    return new Pool(true, node, context);
  }

  static Operator average(Node node, OperatorContext context) {
    return new Pool(false, node, context);
  }

  @Override
  public String backend() {
    return "onednn";
  }

  @Override
  public void infer(Inference i) {
    i.need(0, "X");
    if (isMax) {
      i.types(
          0,
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.FLOAT16,
          ElementType.BFLOAT16,
          ElementType.INT8,
          ElementType.UINT8);
    } else {
      i.real(0);
    }
    long[] x = i.dims(0);
    long[] y = null;
    if (x != null) {
      int rank = WindowAttributes.rank(x);
      attributes.check(rank);
      y = x.clone();
      for (int axis = 0; axis < rank; axis++) {
        y[axis + 2] = positions(axis, rank, x[axis + 2]);
      }
    }
    i.out(0, i.type(0), y);
    if (isMax) {
      i.out(1, ElementType.INT64, y);
    }
  }

  private long positions(int axis, int rank, long size) {
    long kernel = attributes.kernel()[axis];
    long extent = Window.extent(kernel, attributes.dilation(axis));
    if (size >= 0) {
      for (long padding : attributes.pads(axis, rank, size, kernel)) {
        if (padding >= extent) {
          throw new Refusal(
              "a window of %d with padding of %d, expected less".formatted(extent, padding));
        }
      }
    }
    return attributes.positions(axis, rank, size, kernel);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new PrimitiveKernel(
            context,
            threads,
            (owner, memory, operations) -> describe(context, owner, memory, operations),
            new PoolLoops(context, isMax, isColumnMajor, countsPadding, () -> window(context)))
        .losesNans(isMax);
  }

  private Window window(KernelContext context) {
    long[] x = context.in(0).dims();
    return attributes.over(Arrays.copyOfRange(x, 2, x.length), attributes.kernel());
  }

  private Description.Described describe(
      KernelContext context, Handles owner, OnednnMemory memory, OnednnOperations operations) {
    boolean wantsIndices = isMax && context.outputs() > 1 && context.wants(1);
    Window window = window(context);
    OnednnOperations.Window forOnednn = window.forOnednn();
    if (wantsIndices || forOnednn == null || (countsPadding && reachesBeyond(window, forOnednn))) {
      return null;
    }
    Pooling mean = countsPadding ? Pooling.MEAN_WITH_PADDING : Pooling.MEAN;
    var source = memory.descriptor(owner, context.in(0).dims());
    var destination = memory.descriptor(owner, context.out(0).dims());
    return new Description.Described(
        operations.pooling(owner, isMax ? Pooling.MAX : mean, source, destination, forOnednn),
        source,
        MemorySegment.NULL,
        null,
        destination);
  }

  /// Whether a window reaches beyond the padding: what is there does not count, but does for
  /// oneDNN.
  private static boolean reachesBeyond(Window window, OnednnOperations.Window forOnednn) {
    for (int axis = 0; axis < window.rank(); axis++) {
      if (forOnednn.end()[axis] > window.end()[axis]) {
        return true;
      }
    }
    return false;
  }
}
