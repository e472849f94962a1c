package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.kioku.cell.Cell;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What some equations mean, number by number, on every backend that runs them.
@Tag("tiers")
class EquationsAgreeTest {
  private static final int SIZE = 33;

  /// Values that differ by little, so that the epsilon shows.
  @ParameterizedTest
  @ValueSource(doubles = {1e-12, 1e-8, 1e-5, 1e-3, 2})
  void anEpsilonIsAddedToTheVariance(double epsilon) {
    float[] x = RecurrentCase.uniform(3 * SIZE, 0.01f, new SplittableRandom(1));
    float[] expected = new float[x.length];
    for (int row = 0; row < 3; row++) {
      double[] values = row(x, row);
      double usual = 1 / Math.sqrt(variance(values) + 1e-5);
      double scale = 1 / Math.sqrt(variance(values) + epsilon);
      for (int j = 0; j < SIZE; j++) {
        double centred = values[j] - Arrays.stream(values).average().orElseThrow();
        expected[row * SIZE + j] = (float) (centred * scale + 3 * centred * usual);
      }
    }
    Cell cell = Cell.of("two norms", "h' = norm(x, eps=" + epsilon(epsilon) + ") + 3 * norm(x)");
    assertOnEveryBackend(cell, x, expected, 1e-5f);
  }

  private static String epsilon(double value) {
    return Double.toString(value).replace('E', 'e');
  }

  /// A value that is there twice counts twice.
  @Test
  void aNormIsOverAllItsArguments() {
    float[] x = RecurrentCase.uniform(SIZE, 1, new SplittableRandom(2));
    double[] values = row(x, 0);
    double[] all =
        IntStream.range(0, 3 * SIZE)
            .mapToDouble(i -> i < 2 * SIZE ? values[i % SIZE] : 4 * values[i % SIZE] + 1)
            .toArray();
    double mean = Arrays.stream(all).average().orElseThrow();
    double scale = 1 / Math.sqrt(variance(all) + 1e-5);
    float[] expected = new float[SIZE];
    for (int j = 0; j < SIZE; j++) {
      expected[j] = (float) ((values[j] - mean) * scale);
    }
    Cell cell = Cell.of("norm of three", "h' = norm(x, x, 4 * x + 1)");
    assertOnEveryBackend(cell, x, expected, 1e-6f);
  }

  private static double[] row(float[] x, int row) {
    return IntStream.range(row * SIZE, (row + 1) * SIZE).mapToDouble(i -> x[i]).toArray();
  }

  private static double variance(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
  }

  /// The slow module begins at the second step of its period and keeps what it had.
  @Test
  void aConstantUnderPeriodsIsWhatItsModulesBecome() {
    Cell cell = Cell.of("constant", "h'[1, 2] = -922337203");
    for (Backend backend : Backend.values()) {
      Network network = Network.of(cell, 3, 4);
      if (!CaseResult.runsOn(backend, network)) {
        continue;
      }
      try (Engine engine = Engine.open(backend);
          Model model = engine.compile(network, Weights.none());
          Session session = model.newSession(1)) {
        session.state().set("h", new float[] {1, 2, 3, 4});
        session.state().set("clock", new float[] {1});
        float constant = -922337203;
        assertArrayEquals(
            new float[] {constant, constant, 3, 4, constant, constant, constant, constant},
            session.run(new float[2 * 3]),
            backend.name());
      }
    }
  }

  /// One step for each row of x.
  private static void assertOnEveryBackend(
      Cell cell, float[] x, float[] expected, float tolerance) {
    Network network = Network.of(cell, SIZE, SIZE);
    for (Backend backend : Backend.values()) {
      if (CaseResult.runsOn(backend, network)) {
        try (Engine engine = Engine.open(backend);
            Model model = engine.compile(network, Weights.none());
            Session session = model.newSession(1)) {
          assertArrayEquals(expected, session.run(x), tolerance, backend.name());
        }
      }
    }
  }
}
