package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Weights;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
  private static final Attention.Kind DOT = Attention.Kind.DOT;

  private Engine engine;
  private Attention dot;
  private AttentionSession session; // 2 sources, 1 query each, Q and H 2

  @BeforeEach
  void open() {
    engine = Engine.open(Backend.REFERENCE);
    dot = Attention.load(engine, DOT, 2, 2, Weights.none());
    session = dot.newSession(2);
  }

  @AfterEach
  void close() {
    session.close();
    dot.close();
    engine.close();
  }

  static List<String> goldens() throws IOException {
    List<String> names = Golden.names("attention_");
    assertTrue(names.size() >= 6, "only " + names);
    return names;
  }

  @ParameterizedTest
  @MethodSource("goldens")
  @Tag("tiers")
  void everyBackendGivesTheFormulasNumbers(String name) {
    Golden golden = Golden.read(name);
    int rows = golden.size("N") * golden.size("K");
    for (Backend backend : Backend.values()) {
      try (Engine own = Engine.open(backend);
          Attention attention = load(own, golden);
          AttentionSession asked = attention.newSession(golden.size("N"), golden.size("K"))) {
        float[] context = new float[rows * golden.size("H")];
        asked.read(golden.values("memory"), golden.flags("mask"));
        for (int repeat = 0; repeat < 2; repeat++) { // whatever was asked before
          asked.attend(golden.values("query"), context);
          golden.assertNear("a", asked.weights(), backend);
          golden.assertNear("context", context, backend);
        }
      }
    }
  }

  private static Attention load(Engine engine, Golden golden) {
    return Attention.load(
        engine,
        Attention.Kind.valueOf(golden.text("kind")),
        golden.size("Q"),
        golden.size("H"),
        golden.weights());
  }

  @Test
  void closedStepsGetExactlyNothingWhateverIsThere() {
    float nan = Float.NaN;
    float[] memory = {1, 2, nan, nan, nan, nan, 3, 4, 5, 6, 7, 8}; // (S 3, N 2, H 2)
    session.read(memory, new boolean[] {true, false, true, false, true, true});
    float[] context = new float[4];
    session.attend(new float[] {0, 0, 1000, -1000}, context);
    assertArrayEquals(new float[] {.5f, 0, .5f, 0, .5f, .5f}, session.weights());
    assertArrayEquals(new float[] {3, 4, 5, 6}, context);
  }

  @Test
  void largeScoresDoNotOverflow() {
    session.read(new float[] {1e30f, 0, 1, 0, 2e30f, 0, 2, 0}, null);
    float[] context = new float[4];
    session.attend(new float[] {1, 0, 0, 0}, context);
    assertArrayEquals(new float[] {0, 1, .5f, .5f}, session.weights());
    assertArrayEquals(new float[] {2e30f, 0, 1.5f, 0}, context);
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void paddingChangesNothing(String name) {
    Golden golden = Golden.read(name);
    int batch = golden.size("N");
    int steps = golden.size("S");
    float[] memory = golden.values("memory");
    float[] padded = Arrays.copyOf(memory, memory.length / steps * (steps + 3));
    Arrays.fill(padded, memory.length, padded.length, 7);
    int[] lengths = new int[batch];
    Arrays.fill(lengths, steps);
    float[] plain = new float[batch * golden.size("K") * golden.size("H")];
    float[] masked = plain.clone();
    try (Attention attention = load(engine, golden);
        AttentionSession asked = attention.newSession(batch, golden.size("K"))) {
      asked.read(memory, null);
      asked.attend(golden.values("query"), plain);
      asked.read(padded, Attention.mask(lengths, steps + 3));
      asked.attend(golden.values("query"), masked);
    }
    assertArrayEquals(plain, masked);
  }

  @Test
  void aMaskOpensTheFirstSteps() {
    boolean[] mask = Attention.mask(new int[] {2, 0, 3}, 3);
    assertArrayEquals(
        new boolean[] {true, true, false, false, false, false, true, true, true}, mask);
    refused("lengths[1] is 4, expected 0 to 3", () -> Attention.mask(new int[] {1, 4}, 3));
    refused("lengths[0] is -1, expected 0 to 3", () -> Attention.mask(new int[] {-1, 4}, 3));
    refused("steps is 0, expected at least 1", () -> Attention.mask(new int[] {0}, 0));
  }

  @Test
  void whatCannotBeAttendedToIsRefused() {
    float[] memory = new float[12];
    refused(
        "mask of source 1 has no open step, expected at least one of 3: there is nothing to attend to",
        () -> session.read(memory, Attention.mask(new int[] {1, 0}, 3)));
    refused(
        "mask has 5 values, expected 6: (N, S) = [2, 3]",
        () -> session.read(memory, new boolean[5]));
    refused(
        "source has 10 values, expected a multiple of N · H = 2 · 2",
        () -> session.read(new float[10], null));
    refused(
        "source has 0 values, expected a multiple of N · H = 2 · 2",
        () -> session.read(new float[0], null));
    var e =
        assertThrows(IllegalStateException.class, () -> session.attend(new float[4], new float[4]));
    assertEquals("no source was read, expected a call of read before", e.getMessage());
    session.read(memory, null);
    refused(
        "query has 5 values, expected 4: (N · K, Q) = [2, 2]",
        () -> session.attend(new float[5], new float[4]));
    refused(
        "context has 3 values, expected 4: (N · K, H) = [2, 2]",
        () -> session.attend(new float[4], new float[3]));
    refused(
        "the largest score of query 1 is NaN, expected a finite number; are the weights damaged?",
        () -> session.attend(new float[] {0, 0, Float.NaN, 0}, new float[4]));
    refused("batch is 0, expected at least 1", () -> dot.newSession(0));
    refused("queries is -1, expected at least 1", () -> dot.newSession(1, -1));
  }

  @Test
  void tensorsOfAnotherKindAreRefused() {
    Weights key = Weights.none().with("key.weight", new float[6], 2, 3);
    refused(
        "querySize is 2 and memorySize 3, expected one size: DOT multiplies them as they are",
        () -> Attention.load(engine, DOT, 2, 3, Weights.none()));
    refused(
        "the weights: unexpected tensors [key.weight], expected []",
        () -> Attention.load(engine, DOT, 2, 2, key));
    refused(
        "the weights: key.weight is float32[2, 3], expected float32[2, 4]",
        () -> Attention.load(engine, Attention.Kind.GENERAL, 2, 4, key));
    refused(
        "the weights: no tensor query.weight, expected a matrix",
        () -> Attention.load(engine, Attention.Kind.ADDITIVE, 2, 3, key));
    Weights additive =
        key.with("query.weight", new float[4], 2, 2).with("score.weight", new float[2], 2);
    refused(
        "the weights: score.weight is float32[2], expected float32[1, 2]",
        () -> Attention.load(engine, Attention.Kind.ADDITIVE, 2, 3, additive));
    Weights concat = Weights.none().with("projection.weight", new float[12], 3, 4);
    refused(
        "the weights: projection.weight is float32[3, 4], expected float32[3, 5]",
        () -> Attention.load(engine, Attention.Kind.CONCAT, 2, 3, concat));
    refused(
        "querySize is 0, expected at least 1",
        () -> Attention.load(engine, DOT, 0, 0, Weights.none()));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsClosedRefusesUse(Attention.Kind kind) {
    Weights weights =
        switch (kind) {
          case ADDITIVE ->
              Weights.none()
                  .with("query.weight", new float[4], 2, 2)
                  .with("key.weight", new float[4], 2, 2)
                  .with("score.weight", new float[2], 1, 2);
          case CONCAT ->
              Weights.none()
                  .with("projection.weight", new float[8], 2, 4)
                  .with("score.weight", new float[2], 1, 2);
          case GENERAL -> Weights.none().with("key.weight", new float[4], 2, 2);
          case DOT -> Weights.none();
        };
    Attention attention = Attention.load(engine, kind, 2, 2, weights);
    AttentionSession closed = attention.newSession(1);
    closed.close();
    closed.close();
    assertClosed("the attention session is closed", () -> closed.read(new float[2], null));
    try (AttentionSession open = attention.newSession(1)) {
      open.read(new float[2], null);
      attention.close();
      attention.close();
      assertClosed("the attention is closed", () -> open.attend(new float[2], new float[2]));
    }
    assertClosed("the attention is closed", () -> attention.newSession(1));
  }

  private static void assertClosed(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalStateException.class, action::run).getMessage());
  }

  private static void refused(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
