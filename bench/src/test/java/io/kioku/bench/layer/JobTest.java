package io.kioku.bench.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Precision;
import io.kioku.cell.Cells;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JobTest {
  private static int[] lengths(int batch, boolean isRagged) {
    CellLayer layer = new CellLayer(Cells.LSTM, 50, batch, 64);
    return new Job(layer, Precision.F32, 1, isRagged).lengths();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 10, 16, 32, 33})
  void mixedLengthsHaveAsManyStepsAsEqualOnes(int batch) {
    int[] lengths = lengths(batch, true);
    assertEquals(batch * Job.meanLength(50), Arrays.stream(lengths).sum());
    assertTrue(Arrays.stream(lengths).allMatch(length -> length >= 10 && length <= 50));
  }

  @Test
  void mixedLengthsAreNeitherEqualNorSorted() {
    int[] lengths = lengths(8, true);
    int[] sorted = lengths.clone();
    Arrays.sort(sorted);
    assertEquals(10, sorted[0]);
    assertEquals(50, sorted[7]);
    assertTrue(!Arrays.equals(lengths, sorted));
  }

  @Test
  void equalLengthsNeedNotBeNamed() {
    assertNull(lengths(8, false));
  }
}
