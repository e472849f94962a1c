package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ElementsCall;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Takes an element of the second input where the first is true, else of the third.
public final class Where {
  private static final Recipe RECIPE =
      NativeLoop.recipe(ElementsCall.Op.SELECT, new Recipe((in, out) -> Where::row, null));

  private Where() {}

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new ElementwiseOperator(3, Where::types, RECIPE);
  }

  private static ElementType types(ShapeInference node) {
    node.types(0, ElementType.BOOL);
    return Signature.common(node, 1);
  }

  private static void row(Value[] in, Value out, StridedWalk at, long row) {
    MemorySegment x = in[1].data();
    MemorySegment y = in[2].data();
    MemorySegment z = out.data();
    int bytes = out.storage().bytes();
    long c = at.at(0) + row * at.stride(0, 1);
    long a = at.at(1) + row * at.stride(1, 1);
    long b = at.at(2) + row * at.stride(2, 1);
    long to = at.at(in.length) + row * at.dim(0);
    for (long i = to; i < to + at.dim(0); i++) {
      MemorySegment from = in[0].bool(c) ? x : y;
      long index = in[0].bool(c) ? a : b;
      switch (bytes) {
        case Byte.BYTES -> z.set(ValueLayout.JAVA_BYTE, i, from.get(ValueLayout.JAVA_BYTE, index));
        case Short.BYTES ->
            z.setAtIndex(ValueLayout.JAVA_SHORT, i, from.getAtIndex(ValueLayout.JAVA_SHORT, index));
        case Integer.BYTES ->
            z.setAtIndex(ValueLayout.JAVA_INT, i, from.getAtIndex(ValueLayout.JAVA_INT, index));
        default ->
            z.setAtIndex(ValueLayout.JAVA_LONG, i, from.getAtIndex(ValueLayout.JAVA_LONG, index));
      }
      c += at.stride(0, 0);
      a += at.stride(1, 0);
      b += at.stride(2, 0);
    }
  }
}
