package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class EmbeddingTest {
  private static final Weights TABLE =
      Weights.none().with("weight", new float[] {1, 2, 3, 4, 5, 6}, 3, 2);

  @Test
  void aSymbolsVectorGoesToTheRowAsked() {
    Embedding embedding = Embedding.load(TABLE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, 4);
      embedding.lookup(2, rows, 0);
      embedding.lookup(0, rows, 1);
      assertArrayEquals(new float[] {5, 6, 1, 2}, rows.toArray(ValueLayout.JAVA_FLOAT));
    }
    assertEquals(3, embedding.entries());
    assertEquals(2, embedding.size());
  }

  @Test
  void whatLiesOutsideIsRefused() {
    Embedding embedding = Embedding.load(TABLE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, 4);
      assertThrows(IndexOutOfBoundsException.class, () -> embedding.lookup(3, rows, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> embedding.lookup(-1, rows, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> embedding.lookup(0, rows, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> embedding.lookup(0, rows, -1));
      assertThrows(
          IndexOutOfBoundsException.class, () -> embedding.lookup(0, rows, Long.MAX_VALUE));
      assertArrayEquals(new float[4], rows.toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  @Test
  void tensorsThatAreNoTableAreRefused() {
    refused("the weights: no tensor weight, expected a matrix", Weights.none());
    refused(
        "the weights: weight is float32[6], expected a matrix with at least one row and column",
        Weights.none().with("weight", new float[6], 6));
    refused(
        "the weights: weight is float32[3, 0], expected a matrix with at least one row and column",
        Weights.none().with("weight", new float[0], 3, 0));
    refused(
        "the weights: unexpected tensors [bias], expected [weight]",
        TABLE.with("bias", new float[2], 2));
  }

  private static void refused(String message, Weights weights) {
    var e = assertThrows(IllegalArgumentException.class, () -> Embedding.load(weights));
    assertEquals(message, e.getMessage());
  }
}
