package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Matrices;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.primitive.Description;
import java.lang.foreign.MemorySegment;

/// MatMul, as numpy's: matrices, vectors, and batches that are broadcast. With one constant float32
/// matrix on the right oneDNN computes it from packed weights, else OpenBLAS.
final class MatMul extends PackedProduct {
  private MatMul(OperatorContext context) {
    Constant b = context.constant(1);
    boolean isOneMatrix =
        b != null
            && b.type().storage() == ElementType.FLOAT
            && b.dims().length > 0
            && Matrices.isOne(Matrices.of(b.dims(), false).batch());
    super(context, isOneMatrix ? b : null, null);
  }

  static Operator of(Node node, OperatorContext context) {
    return new MatMul(context);
  }

  @Override
  public void infer(Inference i) {
    i.need(0, "A");
    i.need(1, "B");
    for (int input = 0; input < 2; input++) {
      i.types(
          input,
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.FLOAT16,
          ElementType.BFLOAT16,
          ElementType.INT32,
          ElementType.INT64,
          ElementType.UINT32,
          ElementType.UINT64);
    }
    ElementType type = i.type(0) == null ? i.type(1) : i.type(0);
    if (i.type(1) != null && i.type(1) != type) {
      throw new Refusal("A has type %s, B has %s".formatted(type, i.type(1)));
    }
    i.out(0, type, Matrices.product(i.dims(0), i.dims(1)));
  }

  @Override
  Kernel general(KernelContext context) {
    return new BatchedProduct(context);
  }

  /// All of A's matrices one below the other.
  @Override
  Description.Described describe(
      KernelContext context, Handles owner, OnednnMemory memory, OnednnOperations operations) {
    Matrices b = Matrices.of(context.in(1).dims(), false);
    long rows = context.out(0).size() / b.columns();
    MemorySegment source = memory.descriptor(owner, rows, b.rows());
    MemorySegment destination = memory.descriptor(owner, rows, b.columns());
    return new Description.Described(
        operations.product(
            owner,
            source,
            memory.anyDescriptor(owner, b.rows(), b.columns()),
            MemorySegment.NULL,
            destination),
        source,
        memory.descriptor(owner, b.rows(), b.columns()),
        packed(),
        destination);
  }
}
