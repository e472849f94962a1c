package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cells;
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

class VrnnTest {
  private static final Golden GRU = Golden.read("vrnn_gru");

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
    return Golden.names("vrnn_");
  }

  @ParameterizedTest
  @MethodSource("goldens")
  @Tag("tiers")
  void everyBackendInfersAndGenerates(String name) {
    Golden golden = Golden.read(name);
    for (Backend backend : Backend.values()) {
      try (Engine own = Engine.open(backend);
          Vrnn vrnn = load(own, golden);
          VrnnSession session = vrnn.newSession(golden.size("N"))) {
        assertEquals(golden.size("X"), vrnn.dataSize());
        assertEquals(golden.size("Z"), vrnn.latentSize());
        for (int repeat = 0; repeat < 2; repeat++) {
          Replay noise = new Replay(golden.values("infer.noise"));
          Inference seen = session.infer(golden.values("x"), noise);
          noise.assertUsedUp();
          golden.assertInference(seen, backend);
          noise = new Replay(golden.values("generate.noise"));
          golden.assertNear(
              "generated", session.generate(golden.size("T"), noise).toArray(), backend);
          noise.assertUsedUp();
          session.state().clear();
        }
      }
    }
  }

  @Test
  void stepsAtOnceAndOneByOneAreTheSame() {
    float[] x = GRU.values("x");
    float[] noise = GRU.values("infer.noise");
    int row = x.length / GRU.size("T");
    try (Vrnn vrnn = load(engine, GRU);
        VrnnSession session = vrnn.newSession(GRU.size("N"))) {
      Replay replay = new Replay(noise);
      float[] divergences = new float[GRU.size("T") * GRU.size("N")];
      for (int t = 0; t < GRU.size("T"); t++) {
        float[] one = Arrays.copyOfRange(x, t * row, (t + 1) * row);
        float[] divergence = session.infer(one, replay).divergence().toArray();
        System.arraycopy(divergence, 0, divergences, t * GRU.size("N"), GRU.size("N"));
      }
      GRU.assertNear("divergence", divergences, Backend.REFERENCE);
    }
  }

  @Test
  void equalNumbersGiveEqualSequences() {
    try (Vrnn vrnn = load(engine, GRU)) {
      assertArrayEquals(generated(vrnn, 1), generated(vrnn, 1));
      assertNotEquals(generated(vrnn, 1)[0], generated(vrnn, 2)[0]);
    }
  }

  private static float[] generated(Vrnn vrnn, long seed) {
    try (VrnnSession session = vrnn.newSession(2)) {
      return session.generate(5, new SplittableRandom(seed)).toArray();
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Vrnn vrnn = load(engine, GRU);
        VrnnSession session = vrnn.newSession(2)) {
      var random = new SplittableRandom(1);
      refused(
          "data has 9 values, expected a multiple of N · X = 2 · 5",
          () -> session.infer(new float[9], random));
      refused("steps is 0, expected at least 1", () -> session.generate(0, random));
      refused("batch is 0, expected at least 1", () -> vrnn.newSession(0));
      assertThrows(NullPointerException.class, () -> session.generate(1, null));
      assertThrows(NullPointerException.class, () -> session.infer(new float[10], null));
    }
    Network network = network(GRU);
    Weights weights = GRU.weights();
    refused(
        "network has inputSize 3, expected 11: 7 of phi_x and 4 of phi_z",
        () -> Vrnn.load(engine, Network.of(Cells.GRU, 3, 6), weights));
    refused(
        "network runs backwards, expected forwards only: what follows is not there yet",
        () -> Vrnn.load(engine, network.bidirectional(), weights));
    refused(
        "the weights under w. under prior.: mean.weight is float32[3, 5], expected float32[2, 5]",
        () -> Vrnn.load(engine, network, weights.with("prior.mean.weight", new float[15], 3, 5)));
    refused(
        "the weights under w. under encoder.: 0.weight is float32[6, 9], expected float32[6, 13]",
        () -> Vrnn.load(engine, network, weights.with("encoder.0.weight", new float[54], 6, 9)));
    refused(
        "the weights under w. under phi_x.: unexpected tensors [3.weight], expected [0.bias,"
            + " 0.weight]",
        () -> Vrnn.load(engine, network, weights.with("phi_x.3.weight", new float[1], 1, 1)));
    refused(
        "the weights under w.: unexpected tensors [phi.0], expected names that begin with"
            + " [decoder., encoder., phi_x., phi_z., prior., rnn.]",
        () -> Vrnn.load(engine, network, weights.with("phi.0", new float[1], 1)));
  }

  @Test
  void whatIsClosedRefusesUse() {
    var random = new SplittableRandom(1);
    Vrnn vrnn = load(engine, GRU);
    VrnnSession closed = vrnn.newSession(1);
    closed.close();
    closed.close();
    assertClosed("the variational session is closed", () -> closed.generate(1, random));
    try (VrnnSession open = vrnn.newSession(1)) {
      vrnn.close();
      vrnn.close();
      assertClosed("the variational network is closed", () -> open.infer(new float[5], random));
    }
    assertClosed("the variational network is closed", () -> vrnn.newSession(1));
  }

  private static Vrnn load(Engine engine, Golden golden) {
    return Vrnn.load(engine, network(golden), golden.weights());
  }

  private static Network network(Golden golden) {
    var cell = golden.text("cell").equals("GRU") ? Cells.GRU : Cells.LSTM;
    return Network.of(cell, golden.size("I"), golden.size("H")).layers(golden.size("layers"));
  }

  private static void assertClosed(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalStateException.class, action::run).getMessage());
  }

  private static void refused(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
