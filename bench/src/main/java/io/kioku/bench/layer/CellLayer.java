package io.kioku.bench.layer;

import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cell;
import java.util.Map;
import java.util.SplittableRandom;

/// A layer of any cell, I = H, with weights and an input of random numbers. For Kioku alone: peers
/// know few cells, see [Layer].
///
/// @param steps T
/// @param batch N
/// @param hidden I and H
record CellLayer(Cell cell, int steps, int batch, int hidden) {
  Network network() {
    return Network.of(cell, hidden, hidden);
  }

  /// As large as PyTorch makes them.
  Weights weights() {
    SplittableRandom random = new SplittableRandom(1);
    Weights weights = Weights.none();
    for (Map.Entry<String, long[]> parameter : network().parameters().entrySet()) {
      long count = 1;
      for (long size : parameter.getValue()) {
        count *= size;
      }
      float[] values = uniform(random, count, 1 / Math.sqrt(hidden));
      weights = weights.with(parameter.getKey(), values, parameter.getValue());
    }
    return weights;
  }

  /// (T, N, I); where the cell takes a score, it is the last value of a row.
  float[] x() {
    return uniform(new SplittableRandom(2), (long) steps * batch * network().inputWidth(), 1);
  }

  private static float[] uniform(SplittableRandom random, long count, double scale) {
    float[] values = new float[Math.toIntExact(count)];
    for (int k = 0; k < values.length; k++) {
      values[k] = (float) random.nextDouble(-scale, scale);
    }
    return values;
  }

  /// Floats of the output.
  long outputs() {
    return (long) steps * batch * network().outputSize();
  }

  /// The same layer and fewer steps of the same input.
  CellLayer withSteps(int fewer) {
    return new CellLayer(cell, fewer, batch, hidden);
  }
}
