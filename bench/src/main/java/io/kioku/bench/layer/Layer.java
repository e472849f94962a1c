package io.kioku.bench.layer;

import java.util.SplittableRandom;

/// What all contestants compute: weights with PyTorch's order of gates, and an input.
///
/// @param inputWeights (G·H, I)
/// @param recurrentWeights (G·H, H)
/// @param inputBias (G·H)
/// @param recurrentBias (G·H)
/// @param x (T, N, I)
record Layer(
    Shape shape,
    float[] inputWeights,
    float[] recurrentWeights,
    float[] inputBias,
    float[] recurrentBias,
    float[] x) {
  /// Weights as large as PyTorch makes them, inputs up to 1.
  static Layer of(Shape shape) {
    SplittableRandom random = new SplittableRandom(1);
    int rows = shape.gates() * shape.hidden();
    double scale = 1 / Math.sqrt(shape.hidden());
    return new Layer(
        shape,
        uniform(random, (long) rows * shape.input(), scale),
        uniform(random, (long) rows * shape.hidden(), scale),
        uniform(random, rows, scale),
        uniform(random, rows, scale),
        uniform(random, (long) shape.steps() * shape.batch() * shape.input(), 1));
  }

  private static float[] uniform(SplittableRandom random, long count, double scale) {
    float[] values = new float[Math.toIntExact(count)];
    for (int k = 0; k < values.length; k++) {
      values[k] = (float) random.nextDouble(-scale, scale);
    }
    return values;
  }

  /// Rows of a matrix in another order of gates: gate g of the result is gate `order[g]` of these.
  float[] inOrder(float[] rows, int... order) {
    int size = rows.length / shape.gates();
    float[] ordered = new float[rows.length];
    for (int g = 0; g < order.length; g++) {
      System.arraycopy(rows, order[g] * size, ordered, g * size, size);
    }
    return ordered;
  }
}
