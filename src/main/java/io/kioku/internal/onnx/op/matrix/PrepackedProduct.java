package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.primitive.PrepackedOperand;
import io.kioku.internal.onnx.op.primitive.PrimitiveDescription;
import io.kioku.internal.onnx.op.primitive.PrimitiveKernel;
import java.lang.foreign.MemorySegment;

/// A product with input 1: by oneDNN if that is constant, so that it can be packed; else by
/// OpenBLAS.
abstract class PrepackedProduct implements Operator {
  private final int threads;
  private final PrepackedOperand packed; // null if they are not
  private final MemorySegment bias;

  /// @param weights float32; null if they cannot be packed
  /// @param bias a constant that oneDNN adds; null if there is none
  PrepackedProduct(OperatorContext context, Constant weights, MemorySegment bias) {
    threads = context.threads();
    packed = weights == null ? null : new PrepackedOperand(weights);
    this.bias = bias;
  }

  /// Describes the product for oneDNN.
  abstract PrimitiveDescription.Described describe(
      KernelContext context, Handles owner, OnednnMemory memory, OnednnOperations operations);

  /// Computes it without packed weights.
  abstract Kernel general(KernelContext context);

  /// The weights that [#describe] may rely on.
  final PrepackedOperand packed() {
    return packed;
  }

  /// Whether oneDNN adds a bias.
  final boolean hasBias() {
    return bias != null;
  }

  @Override
  public final String backend() {
    return packed == null ? "blas" : "onednn";
  }

  @Override
  public final Kernel kernel(KernelContext context) {
    Kernel general = general(context);
    return packed == null
        ? general
        : new PrimitiveKernel(
                context,
                threads,
                (owner, memory, operations) -> describe(context, owner, memory, operations),
                general)
            .bias(bias);
  }

  @Override
  public final void close() {
    if (packed != null) {
      packed.close();
    }
  }
}
