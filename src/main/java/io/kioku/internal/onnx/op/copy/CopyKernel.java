package io.kioku.internal.onnx.op.copy;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
import java.util.function.Supplier;

/// Copies one value's elements to another, or some of them, or several times.
public final class CopyKernel implements Kernel {
  private final Value from;
  private final Value to;
  private final Supplier<StridedCopy> planner;
  private StridedCopy copy;

  /// @param planner says how, whenever shapes have changed
  public CopyKernel(Value from, Value to, Supplier<StridedCopy> planner) {
    this.from = from;
    this.to = to;
    this.planner = planner;
  }

  @Override
  public void prepare() {
    copy = planner.get();
  }

  @Override
  public void run() {
    copy.run(from.data(), to.data());
  }
}
