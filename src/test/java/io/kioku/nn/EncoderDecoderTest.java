package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.GruCells;
import io.kioku.cell.LstmCells;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Decoding against sequences that PyTorch's layers gave one by one, without batches and padding,
/// and against the enumeration of all there are.
class EncoderDecoderTest {
  private static final Map<String, Cell> CELLS = Map.of("LSTM", Cells.LSTM, "GRU", Cells.GRU);
  private static final Golden SYMBOLS = Golden.read("seq2seq_bahdanau");
  private static final Golden FEATURES = Golden.read("seq2seq_luong");

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
    List<String> names = Golden.names("seq2seq_");
    assertTrue(names.size() >= 5, "only " + names);
    return names;
  }

  @ParameterizedTest
  @MethodSource("goldens")
  @Tag("tiers")
  void everyBackendFindsTheBeams(String name) {
    Golden golden = Golden.read(name);
    for (Backend backend : Backend.values()) {
      try (Engine own = Engine.open(backend);
          EncoderDecoder model = load(own, golden)) {
        assertFound(golden, "greedy", decode(model, golden, search(golden)), backend);
        assertFound(golden, "beam", decode(model, golden, search(golden).width(3)), backend);
      }
    }
  }

  /// With room for every sequence a search finds the best of all.
  @ParameterizedTest
  @MethodSource("goldens")
  void aBeamWideEnoughEnumeratesAll(String name) {
    Golden golden = Golden.read(name);
    int all = golden.size("sequences");
    try (EncoderDecoder model = load(engine, golden)) {
      List<List<Hypothesis>> found = decode(model, golden, search(golden).width(all));
      for (List<Hypothesis> each : found) {
        assertEquals(all, each.size());
        double sum = each.stream().mapToDouble(h -> Math.exp(h.logProbability())).sum();
        assertEquals(1, sum, 1e-5);
      }
      assertFound(golden, "all", found, Backend.REFERENCE);
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void aSourceIsDecodedTheSameInAnyBatch(String name) {
    Golden golden = Golden.read(name);
    int[] lengths = golden.integers("lengths");
    try (EncoderDecoder model = load(engine, golden)) {
      float[] x = features(model, golden);
      List<List<Hypothesis>> together = decode(model, golden, search(golden).width(3));
      try (SequenceDecoder single = model.newDecoder(1, search(golden).width(3))) {
        for (int n = 0; n < lengths.length; n++) {
          float[] alone = source(x, lengths, n, golden.size("I"));
          assertNear(together.get(n), single.decode(alone, null).getFirst());
          float[] padded = Arrays.copyOf(alone, alone.length + 2 * golden.size("I"));
          Arrays.fill(padded, alone.length, padded.length, 3);
          int[] length = {lengths[n]};
          assertNear(together.get(n), single.decode(padded, length).getFirst());
        }
      }
    }
  }

  /// A batch of sequences of different lengths runs in pieces, between which states are rounded.
  private static void assertNear(List<Hypothesis> expected, List<Hypothesis> actual) {
    assertEquals(
        expected.stream().map(Hypothesis::symbols).toList(),
        actual.stream().map(Hypothesis::symbols).toList());
    for (int k = 0; k < expected.size(); k++) {
      assertEquals(expected.get(k).logProbability(), actual.get(k).logProbability(), 2e-6);
      assertEquals(expected.get(k).score(), actual.get(k).score(), 2e-6);
    }
  }

  /// One source's steps of (S, N, I).
  private static float[] source(float[] x, int[] lengths, int n, int size) {
    float[] one = new float[lengths[n] * size];
    for (int s = 0; s < lengths[n]; s++) {
      System.arraycopy(x, (s * lengths.length + n) * size, one, s * size, size);
    }
    return one;
  }

  @Test
  void aDecoderKeepsNothing() {
    try (EncoderDecoder model = load(engine, FEATURES);
        SequenceDecoder decoder = model.newDecoder(2, search(FEATURES).width(3))) {
      float[] x = FEATURES.values("x");
      List<List<Hypothesis>> first = decoder.decode(x, FEATURES.integers("lengths"));
      decoder.decode(new float[2 * 3 * 9], null);
      assertEquals(first, decoder.decode(x, FEATURES.integers("lengths")));
    }
  }

  @Test
  void alphaRanksWithoutChangingWhatIsFound() {
    try (EncoderDecoder model = load(engine, SYMBOLS)) {
      Search wide = search(SYMBOLS).width(SYMBOLS.size("sequences"));
      for (Hypothesis h : decode(model, SYMBOLS, wide.alpha(0)).getFirst()) {
        assertEquals(h.logProbability(), h.score());
      }
      for (Hypothesis h : decode(model, SYMBOLS, wide.alpha(1)).getFirst()) {
        int length = h.symbols().size() + (h.isComplete() ? 1 : 0);
        assertEquals(h.logProbability() * 6 / (5 + length), h.score(), 1e-12);
      }
    }
  }

  @Test
  void sourcesThatMakeNoSenseAreRefused() {
    try (EncoderDecoder model = load(engine, SYMBOLS);
        SequenceDecoder decoder = model.newDecoder(2, search(SYMBOLS));
        EncoderDecoder other = load(engine, FEATURES);
        SequenceDecoder features = other.newDecoder(2, search(FEATURES))) {
      refused("1 sources, expected 2", () -> decoder.decode(new int[1][1]));
      refused("lengths[1] is 0, expected 1 to 1", () -> decoder.decode(new int[][] {{1}, {}}));
      refused("lengths[0] is 0, expected 1 to 1", () -> decoder.decode(new int[2][0]));
      assertThrows(IndexOutOfBoundsException.class, () -> decoder.decode(new int[][] {{1}, {7}}));
      refused(
          "x has 7 values, expected a multiple of N · I = 2 · 3",
          () -> features.decode(new float[7], null));
      refused("lengths[1] is 0, expected 1 to 2", () -> zero(features));
      refused(
          "3 lengths, expected one for each of 2 sequences",
          () -> features.decode(new float[12], new int[3]));
      refused(
          "the model has no tensor source.weight, expected sources as features (S, N, I)",
          () -> features.decode(new int[2][1]));
      refused("start is 4, expected 0 to 3", () -> model.newDecoder(1, Search.of(4, 1, 5)));
      refused("end is 9, expected 0 to 3", () -> model.newDecoder(1, Search.of(0, 9, 5)));
      refused("batch is 0, expected at least 1", () -> model.newDecoder(0, Search.of(0, 1, 5)));
    }
  }

  private static void zero(SequenceDecoder decoder) {
    decoder.decode(new float[12], new int[] {1, 0});
  }

  @Test
  void searchesThatMakeNoSenseAreRefused() {
    Search search = Search.of(0, 1, 5);
    assertEquals(Search.DEFAULT_ALPHA, search.alpha());
    assertEquals(1, search.width());
    refused("maxLength is 0, expected at least 1", () -> Search.of(0, 1, 0));
    refused("width is 0, expected at least 1", () -> search.width(0));
    refused("alpha is -1.0, expected a finite number from 0 up", () -> search.alpha(-1));
    refused("alpha is NaN, expected a finite number from 0 up", () -> search.alpha(Double.NaN));
    refused("start is -1 and end 1, expected symbols from 0 up", () -> Search.of(-1, 1, 5));
  }

  @Test
  void layoutsThatDoNotFitAreRefused() {
    Network two = Network.of(Cells.GRU, 3, 4).bidirectional();
    Network one = Network.of(Cells.GRU, 11, 5);
    refused(
        "decoder runs backwards, expected forwards only: what follows is not there yet",
        () -> layout(two, two, EncoderDecoder.Feeding.CONTEXT));
    refused(
        "encoder is " + two.batchFirst() + ", expected time first, and a cell without score",
        () -> layout(two.batchFirst(), one, EncoderDecoder.Feeding.CONTEXT));
    Network scored = Network.of(GruCells.AUGRU, 3, 4);
    refused(
        "encoder is " + scored + ", expected time first, and a cell without score",
        () -> layout(scored, one, EncoderDecoder.Feeding.CONTEXT));
    Weights weights = SYMBOLS.weights();
    refused(
        "decoder has inputSize 11, expected 3: 3 columns of target.weight and 0 of feeding NONE",
        () -> load(weights, two, one, EncoderDecoder.Feeding.NONE));
    refused(
        "decoder has inputSize 11, expected 16: 3 columns of target.weight and 13 of feeding ATTENTIONAL",
        () -> load(weights, two, one, EncoderDecoder.Feeding.ATTENTIONAL));
    refused(
        "encoder has inputSize 2, expected 3, the columns of source.weight",
        () -> load(weights, Network.of(Cells.GRU, 2, 4).bidirectional(), one, CONTEXT));
    refused(
        "bridge.weight has 5 rows, expected 10: 2 layers with outputs of 5",
        () -> load(weights, two, one.layers(2), CONTEXT));
    refused(
        "the weights under w.: head.weight is float32[4, 13], expected float32[4, 5]",
        () -> load(weights.with("combine.weight", new float[65], 5, 13), two, one, CONTEXT));
    refused(
        "the weights under w.: unexpected tensors [lstm.x], expected names that begin with"
            + " [attention., bridge., combine., decoder., encoder., head., source., target.]",
        () -> load(weights.with("lstm.x", new float[1], 1), two, one, CONTEXT));
    refused(
        one
            + " cannot take over the state of "
            + two
            + ", expected a tensor bridge.weight, or the same cell and layers, and as many units as"
            + " the encoder's output",
        () -> load(without(weights, "bridge."), two, one, CONTEXT));
  }

  private static final EncoderDecoder.Feeding CONTEXT = EncoderDecoder.Feeding.CONTEXT;

  private static Weights without(Weights weights, String prefix) {
    Weights left = Weights.of(Map.of(), "the weights under w.");
    for (String name : weights.names()) {
      if (!name.startsWith(prefix)) {
        var tensor = weights.find(name).orElseThrow();
        left = left.with(name, tensor.toArray(), tensor.shape());
      }
    }
    return left;
  }

  private void load(
      Weights weights, Network encoder, Network decoder, EncoderDecoder.Feeding feeding) {
    EncoderDecoder.load(engine, layout(encoder, decoder, feeding), weights).close();
  }

  private static EncoderDecoder.Layout layout(
      Network encoder, Network decoder, EncoderDecoder.Feeding feeding) {
    return new EncoderDecoder.Layout(encoder, decoder, Attention.Kind.ADDITIVE, feeding);
  }

  @Test
  void damagedWeightsAreToldOf() {
    Weights damaged = SYMBOLS.weights().with("head.bias", new float[] {0, Float.NaN, 0, 0}, 4);
    try (EncoderDecoder model = EncoderDecoder.load(engine, layout(SYMBOLS), damaged);
        SequenceDecoder decoder = model.newDecoder(1, search(SYMBOLS))) {
      refused(
          "the largest logit is NaN, expected a finite number; are the weights damaged?",
          () -> decoder.decode(new int[1][2]));
    }
  }

  @Test
  void whatIsClosedRefusesUse() {
    EncoderDecoder model = load(engine, SYMBOLS);
    SequenceDecoder closed = model.newDecoder(1, search(SYMBOLS));
    closed.close();
    closed.close();
    assertClosed("the sequence decoder is closed", () -> closed.decode(new int[1][1]));
    try (SequenceDecoder open = model.newDecoder(1, search(SYMBOLS))) {
      model.close();
      model.close();
      assertClosed("the encoder-decoder is closed", () -> open.decode(new int[1][1]));
    }
    assertClosed("the encoder-decoder is closed", () -> model.newDecoder(1, search(SYMBOLS)));
    engine.close();
    assertThrows(IllegalStateException.class, () -> load(engine, SYMBOLS));
  }

  private static Search search(Golden golden) {
    return Search.of(0, 1, golden.size("most")).alpha(Double.parseDouble(golden.text("alpha")));
  }

  private static EncoderDecoder load(Engine engine, Golden golden) {
    return EncoderDecoder.load(engine, layout(golden), golden.weights());
  }

  private static EncoderDecoder.Layout layout(Golden golden) {
    Network encoder = network(golden, golden.size("I"), golden.size("He"), golden.size("Pe"));
    int input = golden.size("E") + golden.size("fed");
    return new EncoderDecoder.Layout(
        Boolean.parseBoolean(golden.text("bidirectional")) ? encoder.bidirectional() : encoder,
        network(golden, input, golden.size("H"), golden.size("P")),
        Attention.Kind.valueOf(golden.text("kind")),
        EncoderDecoder.Feeding.valueOf(golden.text("feeding")));
  }

  private static Network network(Golden golden, int input, int hidden, int projection) {
    Cell cell = CELLS.get(golden.text("cell"));
    int layers = golden.size("layers");
    return projection == 0
        ? Network.of(cell, input, hidden).layers(layers)
        : Network.of(LstmCells.LSTMP, input, hidden).projection(projection).layers(layers);
  }

  private static List<List<Hypothesis>> decode(EncoderDecoder model, Golden golden, Search search) {
    int[] lengths = golden.integers("lengths");
    try (SequenceDecoder decoder = model.newDecoder(lengths.length, search)) {
      if (model.source().isEmpty()) {
        return decoder.decode(golden.values("x"), lengths);
      }
      return decoder.decode(sources(golden));
    }
  }

  private static int[][] sources(Golden golden) {
    int[] lengths = golden.integers("lengths");
    int[] all = golden.integers("sources"); // (N, S)
    int[][] sources = new int[lengths.length][];
    for (int n = 0; n < lengths.length; n++) {
      int from = n * (all.length / lengths.length);
      sources[n] = Arrays.copyOfRange(all, from, from + lengths[n]);
    }
    return sources;
  }

  private static float[] features(EncoderDecoder model, Golden golden) {
    if (model.source().isEmpty()) {
      return golden.values("x");
    }
    float[] table = golden.values("w.source.weight");
    int[] lengths = golden.integers("lengths");
    int[] all = golden.integers("sources");
    int steps = all.length / lengths.length;
    int size = golden.size("I");
    float[] x = new float[all.length * size];
    for (int i = 0; i < all.length; i++) {
      int row = i % steps * lengths.length + i / steps;
      System.arraycopy(table, all[i] * size, x, row * size, size);
    }
    return x;
  }

  private static void assertFound(
      Golden golden, String what, List<List<Hypothesis>> found, Backend backend) {
    int most = golden.size("most");
    int[] symbols = golden.integers(what + ".symbols");
    int count = symbols.length / found.size() / most;
    float[] scores = new float[found.size() * count];
    float[] logs = new float[scores.length];
    for (int i = 0; i < scores.length; i++) {
      Hypothesis h = found.get(i / count).get(i % count);
      String where = golden.name() + " " + what + " " + i + " on " + backend;
      assertEquals(written(symbols, i * most, most), h.symbols(), where);
      assertEquals(golden.flags(what + ".complete")[i], h.isComplete(), where);
      scores[i] = (float) h.score();
      logs[i] = (float) h.logProbability();
    }
    golden.assertNear(what + ".score", scores, backend);
    golden.assertNear(what + ".log", logs, backend);
  }

  private static List<Integer> written(int[] symbols, int from, int most) {
    List<Integer> written = new ArrayList<>();
    for (int i = from; i < from + most && symbols[i] >= 0; i++) {
      written.add(symbols[i]);
    }
    return written;
  }

  private static void assertClosed(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalStateException.class, action::run).getMessage());
  }

  private static void refused(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
