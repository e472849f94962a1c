package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cells;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateTest {
  private final Network network = Network.of(Cells.LSTM, 5, 9).layers(2).bidirectional();
  private final SplittableRandom random = new SplittableRandom(1);
  private final Engine engine = Engine.open();
  private final Model model = engine.compile(network, RecurrentCase.weights(network, random));

  @AfterEach
  void close() {
    model.close();
    engine.close();
  }

  private float[] input(int steps, int batch) {
    return RecurrentCase.uniform(steps * batch * 5, 1, random);
  }

  @Test
  void hasPyTorchsShape() {
    try (Session session = model.newSession(3)) {
      float[] h = RecurrentCase.uniform(4 * 3 * 9, 1, random);
      session.state().set("h", h);
      assertArrayEquals(h, session.state().get("h"));
      assertArrayEquals(new float[4 * 3 * 9], session.state().get("c"));
      session.state().clear(1);
      float[] cleared = h.clone();
      for (int block = 0; block < 4; block++) {
        Arrays.fill(cleared, (block * 3 + 1) * 9, (block * 3 + 2) * 9, 0);
      }
      assertArrayEquals(cleared, session.state().get("h"));
    }
  }

  @Test
  void segmentsHoldTheSameAsArrays() {
    try (Session session = model.newSession(3)) {
      State state = session.state();
      float[] c = RecurrentCase.uniform(4 * 3 * 9, 1, random);
      state.set("c", MemorySegment.ofArray(c));
      assertArrayEquals(c, state.get("c"));
      assertArrayEquals(new float[4 * 3 * 9], state.get("h"));
      float[] read = new float[c.length];
      state.get("c", MemorySegment.ofArray(read));
      assertArrayEquals(c, read);
      MemorySegment few = MemorySegment.ofArray(new float[5]);
      String message =
          assertThrows(IllegalArgumentException.class, () -> state.get("c", few)).getMessage();
      assertEquals(
          "20 bytes for c, expected 108 floats: [4, 3, 9] (layers · directions, N, size)", message);
      assertThrows(IllegalArgumentException.class, () -> state.set("c", few));
    }
  }

  @Test
  void aSnapshotBringsBackTheSameFuture() {
    try (Session session = model.newSession(2)) {
      session.run(input(3, 2));
      State snapshot = session.state().copy();
      float[] x = input(4, 2);
      float[] first = session.run(x);
      assertFalse(Arrays.equals(first, session.run(x)), "the state should have moved on");
      session.state().restore(snapshot);
      assertArrayEquals(first, session.run(x));
    }
  }

  /// A stream leaves a batch in the middle, waits, and goes on elsewhere, in another place of
  /// another batch.
  @Test
  void aStreamMovesBetweenBatches() {
    Network forward = Network.of(Cells.LSTM, 5, 9).layers(2);
    Weights weights = RecurrentCase.weights(forward, random);
    float[] a = input(4, 1);
    float[] b = input(4, 1);
    try (Model mover = engine.compile(forward, weights);
        Session alone = mover.newSession(1);
        Session three = mover.newSession(3);
        Session two = mover.newSession(2)) {
      alone.run(a);
      float[] expected = alone.run(b);

      float[] x = input(4, 3);
      for (int t = 0; t < 4; t++) {
        System.arraycopy(a, t * 5, x, (t * 3 + 2) * 5, 5);
      }
      three.run(x);
      State waiting = mover.newState(1);
      three.state().copyRow(2, waiting, 0);
      two.run(input(2, 2));
      waiting.copyRow(0, two.state(), 0);
      x = input(4, 2);
      for (int t = 0; t < 4; t++) {
        System.arraycopy(b, t * 5, x, t * 2 * 5, 5);
      }
      float[] y = two.run(x);
      for (int t = 0; t < 4; t++) {
        CaseResult.assertNear(
            Arrays.copyOfRange(expected, t * 9, (t + 1) * 9),
            Arrays.copyOfRange(y, t * 2 * 9, t * 2 * 9 + 9),
            2e-6,
            "step " + t);
      }
    }
  }

  @Test
  void resizingKeepsTheFirstRows() {
    try (Session session = model.newSession(2)) {
      session.run(input(3, 2));
      State before = session.state().copy();
      session.resize(50);
      State row = model.newState(1);
      session.state().copyRow(49, row, 0);
      assertArrayEquals(new float[36], row.get("h"));
      session.resize(2);
      assertArrayEquals(before.get("c"), session.state().get("c"));
      session.resize(1);
      session.resize(2);
      session.state().copyRow(1, row, 0);
      assertArrayEquals(new float[36], row.get("h"), "a row that comes back begins at zero");
    }
  }

  @Test
  void isSavedAndLoaded(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("state.safetensors");
    try (Session session = model.newSession(3);
        Session other = model.newSession(3);
        Session smaller = model.newSession(2)) {
      session.run(input(3, 3));
      session.state().save(file);
      other.state().load(file);
      assertArrayEquals(session.state().get("h"), other.state().get("h"));
      assertArrayEquals(session.state().get("c"), other.state().get("c"));
      IOException e = assertThrows(IOException.class, () -> smaller.state().load(file));
      assertTrue(
          e.getMessage().contains("state h is float32[4, 3, 9], expected float32[4, 2, 9]"),
          e.getMessage());
      Files.write(file, new byte[] {1, 2, 3});
      assertThrows(IOException.class, () -> other.state().load(file));
      assertArrayEquals(
          session.state().get("h"), other.state().get("h"), "an error changes nothing");
    }
  }

  @Test
  void aSaveThatFailsLeavesNothingBehind(@TempDir Path folder) throws IOException {
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Files.createFile(taken.resolve("file"));
    assertThrows(IOException.class, () -> model.newState(1).save(taken));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void mistakesAreNamed(@TempDir Path folder) throws IOException {
    State state = model.newState(2);
    assertThrows(IllegalArgumentException.class, () -> state.get("s"));
    assertThrows(IllegalArgumentException.class, () -> state.set("h", new float[3]));
    assertThrows(IndexOutOfBoundsException.class, () -> state.clear(2));
    assertThrows(IndexOutOfBoundsException.class, () -> state.copyRow(-1, state, 0));
    assertThrows(IllegalArgumentException.class, () -> state.restore(model.newState(3)));
    Network gru = Network.of(Cells.GRU, 5, 9).layers(2).bidirectional();
    state.save(folder.resolve("lstm"));
    try (Model other = engine.compile(gru, RecurrentCase.weights(gru, random))) {
      assertThrows(IllegalArgumentException.class, () -> state.copyRow(0, other.newState(1), 0));
    }
  }
}
