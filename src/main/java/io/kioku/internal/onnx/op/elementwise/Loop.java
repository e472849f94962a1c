package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// Computes one row of an output from its inputs, whatever types they have.
@FunctionalInterface
interface Loop {
  /// Computes a row of the matrix that `at` stands on.
  void row(Value[] in, Value out, StridedWalk at, long row);

  /// What is computed of two integers, modulo 2^64.
  @FunctionalInterface
  interface Whole {
    /// The result for two integers, or for one that is given twice; whether their type is unsigned.
    long apply(long a, long b, boolean unsigned);
  }

  /// In double, rounded to the output's type; a Boolean output is true where the result is not 0.
  static Loop reals(DoubleUnaryOperator f) {
    return (in, out, at, row) -> {
      Value a = in[0];
      long step = at.stride(0, 0);
      long from = at.at(0) + row * at.stride(0, 1);
      long to = at.at(in.length) + row * at.dim(0);
      boolean floats = a.storage() == ElementType.FLOAT && out.storage() == ElementType.FLOAT;
      for (long i = 0; i < at.dim(0); i++, from += step) {
        if (floats) {
          out.f32(to + i, (float) f.applyAsDouble(a.f32(from)));
        } else {
          out.setDouble(to + i, f.applyAsDouble(a.asDouble(from)));
        }
      }
    };
  }

  /// In double, rounded to the output's type; a Boolean output is true where the result is not 0.
  static Loop reals(DoubleBinaryOperator f) {
    return (in, out, at, row) -> {
      long a = at.at(0) + row * at.stride(0, 1);
      long b = at.at(1) + row * at.stride(1, 1);
      long to = at.at(in.length) + row * at.dim(0);
      for (long i = 0; i < at.dim(0); i++) {
        out.setDouble(to + i, f.applyAsDouble(in[0].asDouble(a), in[1].asDouble(b)));
        a += at.stride(0, 0);
        b += at.stride(1, 0);
      }
    };
  }

  /// Exactly, of one or two integers; what does not fit the output's type loses its upper bits.
  static Loop wholes(Whole f) {
    return (in, out, at, row) -> {
      int second = in.length - 1;
      boolean unsigned = in[0].type().isUnsigned();
      long a = at.at(0) + row * at.stride(0, 1);
      long b = at.at(second) + row * at.stride(second, 1);
      long to = at.at(in.length) + row * at.dim(0);
      for (long i = 0; i < at.dim(0); i++) {
        out.setLong(to + i, f.apply(in[0].asLong(a), in[second].asLong(b), unsigned));
        a += at.stride(0, 0);
        b += at.stride(second, 0);
      }
    };
  }
}
