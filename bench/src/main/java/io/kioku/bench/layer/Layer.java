package io.kioku.bench.layer;

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
  /// Weights as large as PyTorch makes them, inputs up to 1; kioku-native-bench makes the same.
  static Layer of(Shape shape) {
    Random random = new Random();
    int rows = shape.gates() * shape.hidden();
    float scale = (float) (1 / Math.sqrt(shape.hidden()));
    return new Layer(
        shape,
        random.uniform((long) rows * shape.input(), scale),
        random.uniform((long) rows * shape.hidden(), scale),
        random.uniform(rows, scale),
        random.uniform(rows, scale),
        random.uniform((long) shape.steps() * shape.batch() * shape.input(), 1));
  }

  /// SplitMix64 from a fixed seed: few lines in any language, and the same floats in each.
  private static final class Random {
    private long state = 1;

    float[] uniform(long count, float scale) {
      float[] values = new float[Math.toIntExact(count)];
      for (int k = 0; k < values.length; k++) {
        values[k] = ((next() >>> 40) * 0x1p-23f - 1) * scale;
      }
      return values;
    }

    private long next() {
      state += 0x9e3779b97f4a7c15L;
      long z = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
      z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
      return z ^ z >>> 31;
    }
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
