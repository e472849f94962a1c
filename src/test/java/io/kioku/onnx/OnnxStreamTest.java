package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// Streams are rows that any session of their model runs, alone or side by side.
class OnnxStreamTest {
  private static final int INPUT = 3;
  private static final int HIDDEN = 4;

  /// An LSTM with both states in and out, `(1, N, H)` each, and a counter of chunks, `(N)`.
  private static TinyModel lstm() {
    SplittableRandom random = new SplittableRandom(1);
    return new TinyModel(17)
        .input("x", ElementType.FLOAT, -1, -2, INPUT)
        .input("h0", ElementType.FLOAT, 1, -2, HIDDEN)
        .input("c0", ElementType.FLOAT, 1, -2, HIDDEN)
        .input("count", ElementType.INT64, -2)
        .constant("W", uniform(random, 4 * HIDDEN * INPUT), 1, 4 * HIDDEN, INPUT)
        .constant("R", uniform(random, 4 * HIDDEN * HIDDEN), 1, 4 * HIDDEN, HIDDEN)
        .longs("one", 1)
        .node(
            "LSTM",
            List.of("x", "W", "R", "", "", "h0", "c0"),
            List.of("y", "hn", "cn"),
            Map.of("hidden_size", HIDDEN))
        .node("Add", "count one", "countN")
        .output("y")
        .output("hn")
        .output("cn")
        .output("countN");
  }

  private static OnnxModel load() {
    return OnnxModel.builder()
        .state("h0", "hn")
        .state("c0", "cn")
        .state("count", "countN")
        .load(MemorySegment.ofArray(lstm().bytes()));
  }

  private static float[] uniform(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  /// Runs a chunk of two steps of the streams; every stream's input depends on its number and the
  /// chunk's.
  private static void chunk(OnnxSession session, List<OnnxStream> streams, int[] numbers, int c) {
    int count = streams.size();
    float[] x = new float[2 * count * INPUT];
    for (int t = 0; t < 2; t++) {
      for (int n = 0; n < count; n++) {
        for (int i = 0; i < INPUT; i++) {
          x[(t * count + n) * INPUT + i] = (float) Math.sin(numbers[n] * 7 + c * 3 + t * 2 + i);
        }
      }
    }
    session.set("x", x, 2, count, INPUT);
    session.run(streams);
  }

  @Test
  void aStreamIsTheSameInAnyBatch() {
    try (OnnxModel model = load();
        OnnxSession alone = model.newSession();
        OnnxSession batched = model.newSession()) {
      List<OnnxStream> single = new ArrayList<>();
      List<OnnxStream> shared = new ArrayList<>();
      for (int n = 0; n < 5; n++) {
        single.add(model.newStream());
        shared.add(model.newStream());
      }
      for (int c = 0; c < 6; c++) {
        for (int n = 0; n < 5; n++) {
          chunk(alone, List.of(single.get(n)), new int[] {n}, c);
        }
        // they come in other orders, and in batches of other sizes
        int cut = c % 5;
        int[] order = {(c + 4) % 5, (c + 3) % 5, (c + 2) % 5, (c + 1) % 5, c % 5};
        run(batched, shared, order, 0, cut, c);
        run(batched, shared, order, cut, 5, c);
      }
      for (int n = 0; n < 5; n++) {
        assertArrayEquals(
            single.get(n).get("h0").toFloats(), shared.get(n).get("h0").toFloats(), 1e-6f);
        assertArrayEquals(
            single.get(n).get("c0").toFloats(), shared.get(n).get("c0").toFloats(), 1e-6f);
        assertArrayEquals(new long[] {6}, shared.get(n).get("count").toLongs());
      }
    }
  }

  private static void run(
      OnnxSession session, List<OnnxStream> streams, int[] order, int from, int to, int c) {
    if (from == to) {
      return;
    }
    int[] numbers = Arrays.copyOfRange(order, from, to);
    List<OnnxStream> batch = new ArrayList<>();
    for (int number : numbers) {
      batch.add(streams.get(number));
    }
    chunk(session, batch, numbers, c);
  }

  @Test
  void aStateIsCopiedReadWrittenAndCleared() {
    try (OnnxModel model = load();
        OnnxSession session = model.newSession()) {
      OnnxStream stream = model.newStream();
      chunk(session, List.of(stream), new int[] {1}, 0);
      OnnxStream copy = stream.copy();
      NdArray kept = stream.get("h0");
      assertArrayEquals(new long[] {1, 1, HIDDEN}, kept.shape());
      chunk(session, List.of(stream), new int[] {1}, 1);
      assertEquals(kept, copy.get("h0"));
      assertTrue(!kept.equals(stream.get("h0")));
      chunk(session, List.of(copy), new int[] {1}, 1);
      assertEquals(stream.get("c0"), copy.get("c0"));

      OnnxStream written = model.newStream();
      for (String part : List.of("h0", "c0", "count")) {
        written.set(part, stream.get(part));
      }
      chunk(session, List.of(written), new int[] {1}, 2);
      chunk(session, List.of(stream), new int[] {1}, 2);
      assertEquals(stream.get("h0"), written.get("h0"));

      stream.clear();
      assertEquals(model.newStream().get("h0"), stream.get("h0"));
      assertEquals(NdArray.of(new long[] {0}, 1), stream.get("count"));
    }
  }

  @Test
  void wrongUseIsSaid() {
    try (OnnxModel model = load();
        OnnxModel other = load();
        OnnxSession session = model.newSession()) {
      OnnxStream stream = model.newStream();
      session.set("x", new float[2 * INPUT], 1, 2, INPUT);
      assertSays(IllegalStateException.class, "twice", () -> session.run(List.of(stream, stream)));
      assertSays(IllegalArgumentException.class, "no streams", () -> session.run(List.of()));
      assertSays(
          IllegalArgumentException.class,
          "stream 1 is of another model",
          () -> session.run(List.of(stream, other.newStream())));
      assertSays(IllegalArgumentException.class, "no state 'x'", () -> stream.get("x"));
      assertSays(
          IllegalArgumentException.class,
          "expected float[1, 1, 4]",
          () -> stream.set("h0", NdArray.of(new float[4], 4)));
      session.run(List.of(stream, model.newStream())); // nothing of that has left a mark
      assertSays(
          OnnxException.class, "", () -> session.run(List.of(stream))); // x still has two rows
      assertEquals(NdArray.of(new long[] {1}, 1), stream.get("count"), "a failure keeps the state");
    }
  }

  /// The list of a run is read when its first stream is in use already.
  @Test
  void aStreamHasOneCallerAtATime() {
    try (OnnxModel model = load();
        OnnxSession session = model.newSession();
        OnnxSession other = model.newSession()) {
      OnnxStream stream = model.newStream();
      OnnxStream second = model.newStream();
      other.set("x", new float[INPUT], 1, 1, INPUT);
      List<Executable> uses =
          List.of(
              () -> other.run(stream),
              () -> stream.get("count"),
              () -> stream.set("count", NdArray.of(new long[1], 1)),
              stream::clear,
              stream::copy);
      List<OnnxStream> batch =
          new AbstractList<>() {
            @Override
            public OnnxStream get(int n) {
              if (n == 1) {
                uses.forEach(use -> assertSays(IllegalStateException.class, "in use", use));
              }
              return n == 0 ? stream : second;
            }

            @Override
            public int size() {
              return 2;
            }
          };
      session.set("x", new float[2 * INPUT], 1, 2, INPUT);
      session.run(batch);
      other.run(stream);
      other.run(second);
      assertEquals(NdArray.of(new long[] {2}, 1), stream.get("count"));
      assertEquals(NdArray.of(new long[] {2}, 1), second.get("count"));
    }
  }

  @Test
  void whatCannotBeAStateIsRefused() {
    byte[] bytes = lstm().bytes();
    for (String[] names :
        new String[][] {
          {"nothing", "hn", "no input 'nothing'"},
          {"h0", "nothing", "no output 'nothing'"},
          {"x", "y", "at most the batch may be open"}
        }) {
      assertSays(
          IllegalArgumentException.class,
          names[2],
          () ->
              OnnxModel.builder()
                  .state(names[0], names[1])
                  .load(MemorySegment.ofArray(bytes))
                  .close());
    }
    try (OnnxModel model = lstm().load()) {
      assertSays(IllegalStateException.class, "no state is bound", model::newStream);
    }
  }

  @Test
  void anOutputOfAnotherShapeIsNoState() {
    TinyModel model =
        new TinyModel(17)
            .input("h", ElementType.FLOAT, -1, 2)
            .longs("axis", 0)
            .node("Unsqueeze", "h axis", "more")
            .output("more");
    MemorySegment bytes = MemorySegment.ofArray(model.bytes());
    assertSays(
        IllegalArgumentException.class,
        "state input 'h' has shape [d1, 2], and output 'more', which carries it on, [1, d1, 2]",
        () -> OnnxModel.builder().state("h", "more").load(bytes).close());
    TinyModel integers =
        new TinyModel(17).input("h", ElementType.FLOAT, 2).node("Shape", "x", "y").output("y");
    MemorySegment other =
        MemorySegment.ofArray(integers.input("x", ElementType.FLOAT, 1, 1).bytes());
    assertSays(
        IllegalArgumentException.class,
        "state input 'h' has type float, and output 'y', which carries it on, int64",
        () -> OnnxModel.builder().state("h", "y").load(other).close());
  }

  @Test
  void threadsShareAModel() throws Exception {
    try (OnnxModel model = load();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<List<NdArray>>> results = new ArrayList<>();
      for (int k = 0; k < 8; k++) {
        results.add(
            threads.submit(() -> {
              try (OnnxSession session = model.newSession()) {
                List<OnnxStream> streams = List.of(model.newStream(), model.newStream());
                for (int c = 0; c < 200; c++) {
                  chunk(session, streams, new int[] {1, 2}, c);
                }
                return List.of(streams.get(0).get("h0"), streams.get(1).get("c0"));
              }
            }));
      }
      List<NdArray> first = results.getFirst().get();
      for (Future<List<NdArray>> result : results) {
        assertEquals(first, result.get());
      }
    }
  }

  private static void assertSays(Class<? extends Exception> type, String part, Executable run) {
    Exception e = assertThrows(type, run);
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }
}
