package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The book-keeping, with log-probabilities made by hand: 3 symbols, 0 starts and 1 ends.
class BeamSearchTest {
  private static final float NEVER = Float.NEGATIVE_INFINITY;
  private static final Search SEARCH = Search.of(0, 1, 2).width(3).alpha(0);

  @Test
  void amongEqualsTheBetterBeginningThenTheLowerSymbolWins() {
    BeamSearch beams = new BeamSearch(SEARCH, 1, 3);
    float[] equal = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
    beams.advance(equal);
    assertArrayEquals(new int[] {0, 2, 1}, beams.symbols());
    assertArrayEquals(new int[] {0, 0, BeamSearch.NONE}, beams.parents());
    beams.advance(equal);
    assertFalse(beams.isAlive());
    assertEquals(
        List.of(
            new Hypothesis(List.of(), -1, -1, true),
            new Hypothesis(List.of(0, 0), -2, -2, false),
            new Hypothesis(List.of(0), -2, -2, true)),
        beams.ranked().getFirst());
  }

  @Test
  void whatIsImpossibleIsNotFound() {
    BeamSearch beams = new BeamSearch(SEARCH, 1, 3);
    beams.advance(new float[] {NEVER, -1, 0, 0, 0, 0, 0, 0, 0});
    assertArrayEquals(new int[] {2, 1, 1}, beams.symbols());
    beams.advance(new float[] {-2, NEVER, NEVER, 0, 0, 0, 0, 0, 0});
    assertEquals(
        List.of(
            new Hypothesis(List.of(), -1, -1, true), new Hypothesis(List.of(2, 0), -2, -2, false)),
        beams.ranked().getFirst());
  }

  @Test
  void oneSourceMayEndBeforeAnother() {
    BeamSearch beams = new BeamSearch(SEARCH.width(1), 2, 3);
    beams.advance(new float[] {-5, -1, -5, -5, -5, -1});
    assertTrue(beams.isAlive());
    assertArrayEquals(new int[] {BeamSearch.NONE, 1}, beams.parents());
    beams.advance(new float[] {0, 0, 0, -5, -5, -2});
    assertFalse(beams.isAlive());
    assertEquals(
        List.of(
            List.of(new Hypothesis(List.of(), -1, -1, true)),
            List.of(new Hypothesis(List.of(2, 2), -3, -3, false))),
        beams.ranked());
  }
}
