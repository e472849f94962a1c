package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Sums, differences and products with a number become one instruction, with the same result to the
/// last bit, and numbers that are not read any more are not written. Registers are virtual: each
/// that holds a number is written once.
final class Simplification {
  private Simplification() {}

  static List<Instruction> of(List<Instruction> program) {
    Map<Integer, Float> numbers = new HashMap<>();
    Map<Integer, Integer> writes = new HashMap<>();
    for (Instruction i : program) {
      writes.merge(i.dst(), 1, Integer::sum);
    }
    for (Instruction i : program) {
      if (i.op() == Op.FILL && writes.get(i.dst()) == 1) {
        numbers.put(i.dst(), i.alpha());
      }
    }
    List<Instruction> simple = new ArrayList<>();
    for (Instruction i : program) {
      simple.add(affine(i, numbers.get(i.a()), numbers.get(i.b())));
    }
    Map<Integer, Integer> reads = new HashMap<>();
    for (Instruction i : simple) {
      int arity = i.op().arity();
      int[] names = {i.a(), i.b(), i.c()};
      for (int k = 0; k < arity; k++) {
        reads.merge(names[k], 1, Integer::sum);
      }
    }
    simple.removeIf(
        i -> i.op() == Op.FILL && numbers.containsKey(i.dst()) && !reads.containsKey(i.dst()));
    return simple;
  }

  /// `alpha * a + beta` with one rounding, so a product adds -0, which changes no number.
  private static Instruction affine(Instruction i, Float a, Float b) {
    if (a != null && b != null) {
      return i; // of numbers only: rare
    }
    return switch (i.op()) {
      case ADD -> a != null ? affine(i, i.b(), 1, a) : b != null ? affine(i, i.a(), 1, b) : i;
      case SUB -> a != null ? affine(i, i.b(), -1, a) : b != null ? affine(i, i.a(), 1, -b) : i;
      case MUL -> a != null ? affine(i, i.b(), a, -0f) : b != null ? affine(i, i.a(), b, -0f) : i;
      default -> i;
    };
  }

  private static Instruction affine(Instruction i, int from, float factor, float term) {
    return new Instruction(Op.AFFINE, i.dst(), from, 0, 0, factor, term);
  }
}
