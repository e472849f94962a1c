package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// EyeLike: a matrix of an input's shape, 1 on a diagonal and 0 elsewhere.
final class EyeLike implements Operator {
  private final long diagonal;
  private final ElementType type; // null: the input's

  EyeLike(Node node) {
    diagonal = node.attributes().integer("k", 0);
    int code = node.attributes().small("dtype", 0);
    type = ElementType.ofCode(code).orElse(null);
    if (type == null && node.attributes().has("dtype")) {
      throw new Refusal("attribute dtype is %d, which is not supported".formatted(code));
    }
  }

  @Override
  public boolean readsValues() {
    return false;
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "input");
    node.rank(0, 2);
    node.out(0, type == null ? node.type(0) : type, node.dims(0));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value out = context.out(0);
    return () -> {
      out.data().fill((byte) 0);
      long columns = out.dim(1);
      long k = Math.clamp(diagonal, -out.dim(0), columns);
      for (long row = Math.max(0, -k); row < out.dim(0) && row + k < columns; row++) {
        out.setLong(row * columns + row + k, 1);
      }
    };
  }
}
