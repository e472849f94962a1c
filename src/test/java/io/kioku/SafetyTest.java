package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nothing that a caller passes may crash the JVM: each mistake has one clear exception.
@SuppressWarnings("MustBeClosedChecker") // what is closed when is the matter of these tests
class SafetyTest extends OpenSession {
  @Test
  void segmentsWithoutMemory() {
    MemorySegment nowhere = MemorySegment.NULL.reinterpret(4 * N * I);
    MemorySegment y = floats(N * H);
    fails(IllegalArgumentException.class, "x begins at address 0", () -> session.run(nowhere, y));
    fails(NullPointerException.class, "x", () -> session.step((float[]) null, new float[N * H]));
    fails(NullPointerException.class, "y", () -> session.run(new float[N * I], null));
  }

  @Test
  void segmentsOfTheWrongLength() {
    MemorySegment x = floats(3 * N * I);
    MemorySegment y = floats(3 * N * H);
    String expected = "x has 23 values, expected a multiple of N · I = 2 · 4";
    fails(IllegalArgumentException.class, expected, () -> session.run(x.asSlice(0, 4 * 23), y));
    fails(
        IllegalArgumentException.class,
        "y has 47 values, expected 48: T 3 · N 2 · 8 features",
        () -> session.run(x, y.asSlice(0, 4 * 47)));
    fails(
        IllegalArgumentException.class,
        "x has 95 bytes, expected a multiple of 4",
        () -> session.run(x.asSlice(0, 95), y));
    fails(
        IllegalArgumentException.class,
        "x has 24 values, expected one step: N · I = 2 · 4",
        () -> session.step(x, y));
  }

  @Test
  void segmentsOfTheWrongKind() {
    MemorySegment x = floats(N * I);
    MemorySegment y = floats(N * H);
    MemorySegment heap = MemorySegment.ofArray(new float[N * H]);
    fails(IllegalArgumentException.class, "y is a heap segment", () -> session.run(x, heap));
    fails(IllegalArgumentException.class, "y is read-only", () -> session.run(x, y.asReadOnly()));
    MemorySegment crooked = arena.allocate(4 * N * H + 4).asSlice(1, 4 * N * H);
    fails(
        IllegalArgumentException.class, "expected a multiple of 4", () -> session.run(x, crooked));
    MemorySegment both = floats(N * I + N * H - 1);
    fails(
        IllegalArgumentException.class,
        "x and y overlap",
        () -> session.run(both.asSlice(0, 4 * N * I), both.asSlice(4 * (N * I - 1), 4 * N * H)));
    assertThrows(NullPointerException.class, () -> session.run(null, y));
  }

  @Test
  void mappedFiles(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("x"), new byte[4 * N * I]);
    try (FileChannel channel = FileChannel.open(file)) {
      MemorySegment x = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      fails(
          IllegalArgumentException.class,
          "x is mapped from a file",
          () -> session.run(x, floats(N * H)));
    }
  }

  @Test
  void lengthsThatCannotBe() {
    float[] x = new float[3 * N * I];
    float[] y = new float[3 * N * H];
    fails(
        IllegalArgumentException.class,
        "lengths[1] is 4, expected 0 to T = 3",
        () -> session.run(x, y, new int[] {3, 4}));
    fails(
        IllegalArgumentException.class,
        "lengths[0] is -1, expected 0 to T = 3",
        () -> session.run(x, y, new int[] {-1, 3}));
    fails(
        IllegalArgumentException.class,
        "1 lengths, expected one for each of 2 streams",
        () -> session.run(x, y, new int[] {3}));
  }

  @Test
  void sizesThatCannotBe() {
    fails(IllegalArgumentException.class, "inputSize is 0", () -> Network.of(Cells.LSTM, 0, 1));
    fails(IllegalArgumentException.class, "hiddenSize is -3", () -> Network.of(Cells.LSTM, 1, -3));
    fails(IllegalArgumentException.class, "layers is 0", () -> network.layers(0));
    fails(
        IllegalArgumentException.class,
        "expected at most",
        () -> network.layers(Integer.MAX_VALUE));
    fails(
        IllegalArgumentException.class,
        "parameters larger than",
        () -> Network.of(Cells.LSTM, Integer.MAX_VALUE, Integer.MAX_VALUE));
    fails(
        IllegalArgumentException.class,
        "parameters larger than",
        () -> Network.of(Cells.LSTM, Integer.MAX_VALUE, 1));
    fails(IllegalArgumentException.class, "batch is 0", () -> model.newSession(0));
    fails(IllegalArgumentException.class, "batch is -1", () -> model.newState(-1));
    fails(IllegalArgumentException.class, "batch is 0", () -> session.resize(0));
    fails(IllegalArgumentException.class, "threads is 0", () -> Engine.builder().threads(0));
    fails(IllegalArgumentException.class, "at most 1024", () -> Engine.builder().threads(1_025));
    Cell one = Cell.of("one size", "h' = tanh(x + h)");
    Cell apart = Cell.of("two sizes", "h' = tanh(u_h * h + b_h)");
    Cell together = Cell.of("one size backwards", "h' = tanh(u_h * h + b_h + x)");
    fails(
        IllegalArgumentException.class,
        "the same states and parameters",
        () -> Network.of(apart, 2, 6).bidirectional(together));
    Cell late = Cell.of("late", "p' = x\nh' = tanh(W_h x + V_h below(p))");
    fails(
        IllegalArgumentException.class,
        "reads p of the layer below",
        () -> Network.of(late, 2, 6).layers(2));
    fails(
        IllegalArgumentException.class,
        "the input of layer 0 has 3, its output 4",
        () -> Network.of(one, 3, 4));
    fails(
        IllegalArgumentException.class,
        "the input of layer 1 has 8, its output 4 in one direction",
        () -> Network.of(one, 4, 4).layers(2).bidirectional());
  }

  @Test
  void aBatchThatNoMemoryHolds() {
    Throwable e = assertThrows(Throwable.class, () -> model.newSession(Integer.MAX_VALUE).close());
    assertTrue(
        e instanceof OutOfMemoryError || e instanceof IllegalArgumentException, e.toString());
    assertEquals(N * H, session.run(new float[N * I]).length, "the model still works");
  }

  @Test
  void weightsThatDoNotFit() {
    fails(
        IllegalArgumentException.class,
        "no tensor weight_ih_l0, expected float32[32, 4]",
        () -> engine.compile(network, Weights.none()));
    fails(
        IllegalArgumentException.class,
        "bias_hh_l0 is float32[31], expected float32[32]",
        () -> engine.compile(network, weights.with("bias_hh_l0", new float[31], 31)));
    fails(
        IllegalArgumentException.class,
        "unexpected tensors [weight_ih_l1]",
        () -> engine.compile(network, weights.with("weight_ih_l1", new float[1], 1)));
    fails(
        IllegalArgumentException.class,
        "unexpected tensors [bias_ih_l0, bias_hh_l0]",
        () -> engine.compile(network.withoutBias(), weights));
  }

  @Test
  void parametersThatAreGivenTwice() {
    Weights both = weights.with("b_i_l0", new float[H], H);
    fails(
        IllegalArgumentException.class,
        "both b_i_l0 and bias_ih_l0",
        () -> engine.compile(network, both));
    Network unbiased = network.withoutBias();
    Weights stray =
        RecurrentCase.weights(unbiased, new SplittableRandom(1)).with("b_i_l0", new float[H], H);
    fails(
        IllegalArgumentException.class,
        "unexpected tensors [b_i_l0]",
        () -> engine.compile(unbiased, stray));
    fails(
        IllegalArgumentException.class,
        "there is a bias_hh_l0 already",
        () -> weights.renamed("bias_ih_l0", "bias_hh_l0"));
  }

  @Test
  void parametersMayComeOneByOne() {
    float[] x = RecurrentCase.uniform(3 * N * I, 1, new SplittableRandom(2));
    Weights single = Weights.none();
    float[] wih = weights.get("weight_ih_l0", 4 * H, I).toArray();
    float[] whh = weights.get("weight_hh_l0", 4 * H, H).toArray();
    float[] bih = weights.get("bias_ih_l0", 4 * H).toArray();
    float[] bhh = weights.get("bias_hh_l0", 4 * H).toArray();
    String gates = "ifgo";
    for (int g = 0; g < 4; g++) {
      float[] bias = new float[H];
      for (int j = 0; j < H; j++) {
        bias[j] = bih[g * H + j] + bhh[g * H + j];
      }
      single =
          single
              .with(
                  "W_" + gates.charAt(g) + "_l0",
                  java.util.Arrays.copyOfRange(wih, g * H * I, (g + 1) * H * I),
                  H,
                  I)
              .with(
                  "R_" + gates.charAt(g) + "_l0",
                  java.util.Arrays.copyOfRange(whh, g * H * H, (g + 1) * H * H),
                  H,
                  H)
              .with("b_" + gates.charAt(g) + "_l0", bias, H);
    }
    try (Model other = engine.compile(network, single);
        Session otherSession = other.newSession(N)) {
      assertArrayEquals(session.run(x), otherSession.run(x));
    }
  }

  @Test
  void aBackendThatDoesNotRunTheCell() {
    Cell cell = Cell.of("mine", "h' = tanh(W_h x) + 0.5 * h");
    Network mine = Network.of(cell, I, H);
    try (Engine onednn = Engine.open(Backend.ONEDNN)) {
      fails(
          IllegalArgumentException.class,
          "no backend runs the cell mine; backend onednn: oneDNN has no primitive for its"
              + " equations",
          () -> onednn.compile(mine, RecurrentCase.weights(mine, new SplittableRandom(1))));
    }
  }

  @Test
  void emptyRunsDoNothing() {
    session.state().set("h", filled(N * H, 0.5f));
    assertEquals(0, session.run(new float[0]).length);
    assertArrayEquals(filled(N * H, 0.5f), session.state().get("h"));
    float[] y = filled(3 * N * H, 9);
    session.run(new float[3 * N * I], y, new int[] {0, 0});
    assertArrayEquals(new float[3 * N * H], y);
    assertArrayEquals(filled(N * H, 0.5f), session.state().get("h"));
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    java.util.Arrays.fill(values, value);
    return values;
  }
}
