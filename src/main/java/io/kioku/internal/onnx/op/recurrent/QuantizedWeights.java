package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A matrix of 8-bit integers with its scale and zero point.
///
/// @param matrix (D, K, 4 · H), uint8 or int8
/// @param scale (D), or (D, 4 · H) with one for each column
/// @param zero the same shape as the scale or (D), of the matrix's type
record QuantizedWeights(Constant matrix, Constant scale, Constant zero) {
  /// Refuses shapes and types that do not fit.
  ///
  /// @param name of the matrix: W or R
  static void check(String name, Constant matrix, Constant scale, Constant zero) {
    if (matrix.type() != ElementType.UINT8 && matrix.type() != ElementType.INT8) {
      throw new Refusal(
          "input %s has type %s, expected uint8 or int8".formatted(name, matrix.type()));
    }
    if (scale.type() != ElementType.FLOAT || zero.type() != matrix.type()) {
      throw new Refusal(
          "scale and zero point of %s have types %s and %s, expected float and %s"
              .formatted(name, scale.type(), zero.type(), matrix.type()));
    }
    checkShape(name + "'s scale", matrix.dims(), scale.dims());
    checkShape(name + "'s zero point", matrix.dims(), zero.dims());
  }

  /// Refuses the shape of a scale or zero point that does not fit its matrix.
  ///
  /// @param matrix (D, K, 4 · H); dimensions below 0 are unknown
  /// @param dims null if unknown
  static void checkShape(String name, long[] matrix, long[] dims) {
    if (matrix == null || dims == null) {
      return;
    }
    boolean fits =
        (dims.length == 1 || (dims.length == 2 && isSame(dims[1], matrix[2])))
            && isSame(dims[0], matrix[0]);
    if (!fits) {
      throw new Refusal(
          "%s has shape %s, expected %s or %s (D, 4 · H)",
          name, new Dims(dims), new Dims(matrix[0]), new Dims(matrix[0], matrix[2]));
    }
  }

  private static boolean isSame(long a, long b) {
    return a < 0 || b < 0 || a == b;
  }

  /// The numbers that they stand for, (D, 4 · H, K) float32.
  Constant dequantized() {
    int directions = Math.toIntExact(matrix.dims()[0]);
    int rows = Math.toIntExact(matrix.dims()[1]);
    int columns = Math.toIntExact(matrix.dims()[2]);
    float[] values = new float[Math.multiplyExact(directions, Math.multiplyExact(rows, columns))];
    for (int d = 0; d < directions; d++) {
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          int number = integer(matrix, ((long) d * rows + row) * columns + column);
          int offset = number - integer(zero, at(zero, d, column, columns));
          float step =
              scale.data().getAtIndex(ValueLayout.JAVA_FLOAT, at(scale, d, column, columns));
          values[(d * columns + column) * rows + row] = offset * step;
        }
      }
    }
    long[] dims = {directions, columns, rows};
    return new Constant(ElementType.FLOAT, dims, MemorySegment.ofArray(values));
  }

  private static long at(Constant parameter, int direction, int column, int columns) {
    return parameter.dims().length == 1 ? direction : (long) direction * columns + column;
  }

  private static int integer(Constant constant, long index) {
    byte bits = constant.data().get(ValueLayout.JAVA_BYTE, index);
    return constant.type() == ElementType.UINT8 ? Byte.toUnsignedInt(bits) : bits;
  }
}
