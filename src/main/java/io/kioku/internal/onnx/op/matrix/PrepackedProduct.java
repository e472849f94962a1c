package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.LinearCall;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A product of rows with input 1: by libkioku if that is constant, so that it can be packed, once
/// for a model and for any number of rows; else by OpenBLAS.
abstract class PrepackedProduct implements Operator {
  private final int threads;
  private final Constant weights; // null if they cannot be packed
  private final boolean isTransposed; // (columns, inner) instead of (inner, columns)
  private final MemorySegment bias;
  private final Arena arena = Arena.ofShared();
  private LinearCall.Weights packed; // null until they are needed

  /// @param weights a float32 matrix, or a vector that is one column; null if they cannot be packed
  /// @param isTransposed whether they are (columns, inner) instead of (inner, columns)
  /// @param bias a constant that is added to each row; null if there is none
  PrepackedProduct(
      OperatorContext context, Constant weights, boolean isTransposed, MemorySegment bias) {
    threads = context.threads();
    this.weights = weights;
    this.isTransposed = isTransposed;
    this.bias = bias;
  }

  /// Computes it without packed weights.
  abstract Kernel general(KernelContext context);

  @Override
  public final String backend() {
    return weights == null ? "blas" : "kioku";
  }

  @Override
  public final Kernel kernel(KernelContext context) {
    Kernel general = general(context);
    return weights == null ? general : new Packed(context, general);
  }

  @Override
  public final void close() {
    arena.close();
  }

  private synchronized LinearCall.Weights packed(int inner, int columns) {
    if (packed == null) {
      try (Arena temporary = Arena.ofConfined()) {
        MemorySegment rows = rows(inner, columns, temporary);
        packed = LinearCall.Weights.of(inner, columns, rows, bias, arena);
      }
    }
    return packed;
  }

  /// The weights of each column side by side.
  private MemorySegment rows(int inner, int columns, Arena temporary) {
    if (isTransposed) {
      return weights.data();
    }
    MemorySegment rows = temporary.allocate(weights.data().byteSize(), Float.BYTES);
    Layout from = new Layout(0, 1, columns);
    long[] dims = {columns, inner};
    StridedCopy.of(Float.BYTES, dims, from, Layout.of(dims)).run(weights.data(), rows);
    return rows;
  }

  private final class Packed implements Kernel {
    private final KernelContext context;
    private final Kernel general;
    private final Value a;
    private final Value b;
    private final Value y;
    private LinearCall call; // null until there is something to multiply
    private boolean isPacked; // not the general kernel's
    private long rows;

    Packed(KernelContext context, Kernel general) {
      this.context = context;
      this.general = general;
      a = context.in(0);
      b = context.in(1);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      isPacked = a.storage() == ElementType.FLOAT && a.size() > 0 && b.size() > 0;
      if (!isPacked) {
        general.prepare();
        return;
      }
      long inner = b.rank() == 1 ? b.size() : b.dim(b.rank() - (isTransposed ? 1 : 2));
      long columns = b.size() / inner;
      rows = y.size() / columns;
      if (call == null) {
        LinearCall.Weights packed = packed(Math.toIntExact(inner), Math.toIntExact(columns));
        call = new LinearCall(packed, threads, context.arena());
      }
    }

    @Override
    public void run() {
      if (isPacked) {
        call.run(rows, a.data().address(), y.data().address());
      } else {
        general.run();
      }
    }

    @Override
    public void close() {
      general.close();
    }
  }
}
