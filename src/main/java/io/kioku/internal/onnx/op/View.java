package io.kioku.internal.onnx.op;

/// An operator whose outputs are its inputs' data, under the same or other shapes: no kernel
/// computes them.
@FunctionalInterface
public interface View extends Operator {
  @Override
  default Kernel kernel(KernelContext context) {
    throw new AssertionError("a view has no kernel");
  }

  @Override
  default String backend() {
    return "view";
  }
}
