package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ElementsCall;
import io.kioku.internal.onnx.op.NativeTypes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.elementwise.BroadcastKernel.RowLoop;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// Whole matrices by libkioku, and types that it has no loop for row by row.
///
/// @param isTurned whether the first two inputs change places: greater is less turned round
record NativeLoop(ElementsCall.Op op, boolean isTurned, RowLoop other) implements RowLoop {
  /// A recipe whose other types are another's.
  static Recipe recipe(ElementsCall.Op op, Recipe other) {
    return recipe(op, false, other);
  }

  /// With the inputs turned round.
  static Recipe turned(ElementsCall.Op op, Recipe other) {
    return recipe(op, true, other);
  }

  private static Recipe recipe(ElementsCall.Op op, boolean isTurned, Recipe other) {
    return new Recipe(
        (in, out) -> {
          RowLoop loop = other.choice().loop(in, out);
          return isFor(op, out) ? new NativeLoop(op, isTurned, loop) : loop;
        },
        other.program());
  }

  /// 16-bit floats lie as float32: what becomes one must be rounded. Arithmetic is of integers.
  private static boolean isFor(ElementsCall.Op op, Value out) {
    return switch (op) {
      case CAST -> out.type() == out.storage();
      case ADD, SUB, MUL, DIV, MAX, MIN -> out.type().isInteger();
      default -> true;
    };
  }

  @Override
  public void row(Value[] in, Value out, StridedWalk at, long row) {
    other.row(in, out, at, row);
  }

  @Override
  public void matrix(Value[] in, Value out, StridedWalk at, ElementsCall call) {
    ElementType from = in[op == ElementsCall.Op.SELECT ? 1 : 0].type();
    for (int k = 0; k < 3; k++) {
      if (k >= in.length) {
        call.operand(k, 0, 0, 0);
        continue;
      }
      int operand = isTurned && k < 2 ? 1 - k : k;
      long address = in[k].data().address() + at.at(k) * in[k].storage().bytes();
      call.operand(operand, address, at.stride(k, 1), at.stride(k, 0));
    }
    long y = out.data().address() + at.at(in.length) * out.storage().bytes();
    if (!call.run(op, NativeTypes.of(from), NativeTypes.of(out.type()), at.dim(1), at.dim(0), y)) {
      other.matrix(in, out, at, call);
    }
  }
}
