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
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DrawTest {
  private static final Golden PLAIN = Golden.read("draw_plain");
  private static final Golden ATTENTION = Golden.read("draw_attention");

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open(Backend.REFERENCE);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  static List<String> goldens() throws IOException {
    return Golden.names("draw_");
  }

  @ParameterizedTest
  @MethodSource("goldens")
  @Tag("tiers")
  void everyBackendLooksAndDraws(String name) {
    Golden golden = Golden.read(name);
    int steps = golden.size("T");
    for (Backend backend : Backend.values()) {
      try (Engine own = Engine.open(backend);
          Draw draw = load(own, golden);
          DrawSession session = draw.newSession(golden.size("N"))) {
        assertEquals(golden.size("B"), draw.height());
        assertEquals(golden.size("A"), draw.width());
        assertEquals(golden.size("Z"), draw.latentSize());
        for (int repeat = 0; repeat < 2; repeat++) { // whatever was drawn before
          Replay noise = new Replay(golden.values("infer.noise"));
          Inference seen = session.infer(golden.values("x"), steps, noise);
          noise.assertUsedUp();
          golden.assertInference(seen, backend);
          noise = new Replay(golden.values("generate.noise"));
          golden.assertNear("generated", session.generate(steps, noise).toArray(), backend);
          noise.assertUsedUp();
        }
      }
    }
  }

  /// Narrow filters, a pixel apart, read the pixels themselves, and write them back.
  @Test
  void aGridOfOneFilterAPixelIsTheImage() {
    FilterGrid grid = new FilterGrid(3, 3, 3);
    grid.place(new float[] {0, 0, -20, 0, 0}, 0);
    float[] image = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    float[] patch = new float[9];
    grid.read(image, 0, patch, 0);
    assertArrayEquals(image, patch, 1e-6f);
    float[] back = new float[9];
    grid.write(patch, 0, back, 0);
    assertArrayEquals(image, back, 1e-6f);
  }

  /// Far outside the image, filters see its edge instead of dividing by zero.
  @Test
  void aGridOutsideTheImageSeesItsEdge() {
    FilterGrid grid = new FilterGrid(2, 3, 3);
    float[] patch = new float[4];
    for (float logVariance : new float[] {-5, -2000}) {
      grid.place(new float[] {100, 100, logVariance, 0, 0}, 0);
      grid.read(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 0, patch, 0);
      float[] corner = new float[4];
      Arrays.fill(corner, 9);
      assertArrayEquals(corner, patch, 1e-6f);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Draw draw = load(engine, PLAIN);
        DrawSession session = draw.newSession(1)) {
      var random = new SplittableRandom(1);
      refused(
          "x has 9 values, expected 12: (N, B, A) = [1, 3, 4]",
          () -> session.infer(new float[9], 1, random));
      float[] bright = new float[12];
      bright[7] = 1.5f;
      refused("x[7] is 1.5, expected 0 to 1", () -> session.infer(bright, 1, random));
      refused("steps is 0, expected at least 1", () -> session.generate(0, random));
      refused("batch is -3, expected at least 1", () -> draw.newSession(-3));
    }
    Weights plain = PLAIN.weights();
    refused("height is 0, expected at least 1", () -> Draw.load(engine, 0, 4, plain));
    refused(
        "encoder.weight_ih_l0 without h_dec has 24 columns, expected 32: 2 of 4 · 4 pixels",
        () -> Draw.load(engine, 4, 4, plain));
    refused(
        "write.weight transposed has 11 columns, expected 12: 1 of 3 · 4 pixels",
        () -> Draw.load(engine, 3, 4, plain.with("write.weight", new float[44], 11, 4)));
    refused(
        "the weights under w.: read_window.weight is float32[4, 4], expected float32[5, 4]",
        () -> Draw.load(engine, 3, 4, plain.with("read_window.weight", new float[16], 4, 4)));
    refused(
        "encoder.weight_ih_l0 without h_dec has 24 columns, expected 2 square patches",
        () -> Draw.load(engine, 3, 4, plain.with("read_window.weight", new float[20], 5, 4)));
    refused(
        "the weights under w.: unexpected tensors [canvas], expected names that begin with"
            + " [decoder., encoder., latent., read_window., write., write_window.]",
        () -> Draw.load(engine, 3, 4, plain.with("canvas", new float[1], 1)));
  }

  @Test
  void whatIsClosedRefusesUse() {
    var random = new SplittableRandom(1);
    Draw draw = load(engine, ATTENTION);
    DrawSession closed = draw.newSession(1);
    assertTrue(closed.generate(2, random).size() == 35);
    closed.close();
    closed.close();
    assertClosed("the DRAW session is closed", () -> closed.generate(1, random));
    try (DrawSession open = draw.newSession(1)) {
      draw.close();
      draw.close();
      assertClosed("the DRAW model is closed", () -> open.infer(new float[35], 1, random));
    }
    assertClosed("the DRAW model is closed", () -> draw.newSession(1));
  }

  private static Draw load(Engine engine, Golden golden) {
    return Draw.load(engine, golden.size("B"), golden.size("A"), golden.weights());
  }

  private static void assertClosed(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalStateException.class, action::run).getMessage());
  }

  private static void refused(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
