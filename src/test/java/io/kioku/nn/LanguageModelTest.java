package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.State;
import io.kioku.Trace;
import io.kioku.Weights;
import io.kioku.format.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Scoring, streams and their ends, on a small model.
class LanguageModelTest {
  private Engine engine;
  private LanguageModel model;

  @BeforeEach
  void open() {
    engine = Engine.open(Backend.REFERENCE);
    model = LanguageModel.load(engine, Weights.of(Checkpoints.random("lstm", 3, 5, 2)));
  }

  @AfterEach
  void close() {
    model.close();
    engine.close();
  }

  private static byte[] text(int length) {
    byte[] text = new byte[length];
    new Random(length).nextBytes(text);
    return text;
  }

  /// Lengths on both sides of where one piece of the text ends.
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 256, 257, 258, 259, 512, 513, 514, 1000})
  void aScoreIsTheMeanOverAllBytesButTheFirst(int length) {
    byte[] text = text(length);
    float[] logits = new float[256];
    double bits = 0;
    try (TextStream stream = model.newStream()) {
      for (int i = 1; i < length; i++) {
        stream.next(text[i - 1], logits);
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        bits -= Math.log(Math.exp(logits[text[i] & 0xff]) / sum) / Math.log(2);
      }
    }
    Score score = model.score(text);
    assertEquals(length - 1, score.predicted());
    assertEquals(bits / (length - 1), score.bitsPerByte(), 1e-6);
  }

  @Test
  void progressCountsTheBytesRead() throws IOException {
    List<Long> seen = new ArrayList<>();
    model.score(new ByteArrayInputStream(text(600)), seen::add);
    assertEquals(600, seen.getLast());
    assertTrue(seen.size() > 1, "told only at the end: " + seen);
    assertEquals(seen.stream().sorted().toList(), seen);
  }

  @Test
  void textsTooShortToPredictAreRefused() {
    for (int length : new int[] {0, 1}) {
      var e = assertThrows(IllegalArgumentException.class, () -> model.score(new byte[length]));
      assertTrue(e.getMessage().contains("length " + length), e.getMessage());
    }
  }

  @Test
  void largeLogitsDoNotOverflow() {
    Map<String, Tensor> tensors = Checkpoints.random("lstm", 3, 5, 1);
    float[] bias = new float[256];
    bias['a'] = 1e6f;
    tensors.put("head.bias", Tensor.of(bias, 256));
    try (LanguageModel sure = LanguageModel.load(engine, Weights.of(tensors))) {
      assertEquals(0, sure.score("aa".getBytes(StandardCharsets.UTF_8)).bitsPerByte());
      double wrong = sure.score("ab".getBytes(StandardCharsets.UTF_8)).bitsPerByte();
      assertEquals(1e6 / Math.log(2), wrong, 10);
    }
  }

  @Test
  void damagedWeightsAreToldOf() {
    Map<String, Tensor> tensors = Checkpoints.random("lstm", 3, 5, 1);
    float[] bias = new float[256];
    bias[9] = Float.NaN;
    tensors.put("head.bias", Tensor.of(bias, 256));
    try (LanguageModel damaged = LanguageModel.load(engine, Weights.of(tensors));
        TextStream stream = damaged.newStream()) {
      assertThrows(IllegalArgumentException.class, () -> damaged.score(text(3)));
      assertThrows(
          IllegalArgumentException.class,
          () -> stream.generate(text(1), 1, new Sampler(0, 1), new ByteArrayOutputStream()));
    }
  }

  @Test
  void bytesAtOnceAndOneByOneAreTheSame() {
    byte[] text = text(700);
    float[] atOnce = new float[256];
    float[] oneByOne = new float[256];
    try (TextStream a = model.newStream();
        TextStream b = model.newStream()) {
      a.next(text, atOnce);
      for (byte value : text) {
        b.next(value, oneByOne);
      }
      assertArrayEquals(oneByOne, atOnce, 1e-5f);
      assertArrayEquals(b.state().get("c"), a.state().get("c"), 1e-5f);
    }
  }

  @Test
  void aStreamGoesOnFromItsState() {
    float[] expected = new float[256];
    float[] logits = new float[256];
    try (TextStream stream = model.newStream();
        TextStream other = model.newStream()) {
      stream.next(text(10), logits);
      State then = stream.state().copy();
      stream.next((byte) 7, expected);
      other.state().restore(then);
      other.next((byte) 7, logits);
      assertArrayEquals(expected, logits);
      stream.state().clear();
      stream.next((byte) 7, logits);
      assertFalse(Arrays.equals(expected, logits), "clearing changed nothing");
    }
  }

  @Test
  void generatedTextIsReadByTheStreamToo() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] prompt = text(5);
    float[] logits = new float[256];
    try (TextStream a = model.newStream();
        TextStream b = model.newStream()) {
      a.generate(prompt, 20, new Sampler(1, 5), out);
      assertEquals(20, out.size());
      b.next(prompt, logits);
      b.next(out.toByteArray(), logits);
      assertArrayEquals(b.state().get("h"), a.state().get("h"), 1e-5f);
    }
  }

  @Test
  void anotherSeedGivesAnotherText() throws IOException {
    assertEquals(generated(1), generated(1));
    assertFalse(generated(1).equals(generated(2)), "the seed changes nothing");
  }

  private String generated(long seed) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TextStream stream = model.newStream()) {
      stream.generate(text(3), 50, new Sampler(1, seed), out);
    }
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void argumentsThatMakeNoSenseAreRefused() {
    try (TextStream stream = model.newStream()) {
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      Sampler sampler = new Sampler(0, 1);
      var out = new ByteArrayOutputStream();
      assertThrows(refused, () -> stream.next((byte) 1, new float[255]));
      assertThrows(refused, () -> stream.next(new byte[1], new float[257]));
      assertThrows(refused, () -> stream.next(new byte[0], new float[256]));
      assertThrows(refused, () -> stream.generate(new byte[0], 1, sampler, out));
      assertThrows(refused, () -> stream.generate(new byte[1], -1, sampler, out));
      assertEquals(0, out.size());
      assertArrayEquals(new float[10], stream.state().get("h"));
    }
  }

  @Test
  void whatIsClosedRefusesUse() {
    float[] logits = new float[256];
    TextStream closed = model.newStream();
    closed.close();
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.next((byte) 1, logits));
    assertThrows(IllegalStateException.class, () -> closed.next(new byte[1], logits));
    try (TextStream stream = model.newStream()) {
      model.close();
      model.close();
      assertThrows(IllegalStateException.class, () -> stream.next((byte) 1, logits));
    }
    assertThrows(IllegalStateException.class, () -> model.newStream());
    assertThrows(IllegalStateException.class, () -> model.score(text(5)));
  }

  @Test
  @Timeout(60)
  void aSecondCallerIsRefused() throws InterruptedException {
    AtomicBoolean refused = new AtomicBoolean();
    byte[] text = text(256);
    try (TextStream stream = model.newStream()) {
      Runnable reader =
          () -> {
            float[] logits = new float[256];
            while (!refused.get()) {
              try {
                stream.next(text, logits);
              } catch (IllegalStateException e) {
                refused.set(true);
              }
            }
          };
      Thread other = new Thread(reader);
      other.start();
      reader.run();
      other.join();
    }
    assertTrue(refused.get());
  }

  @ParameterizedTest
  @EnumSource
  @Tag("tiers")
  void aStepAllocatesNothing(Backend backend) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    float[] logits = new float[256];
    int steps = 1000;
    try (Engine own = Engine.open(backend);
        LanguageModel small =
            LanguageModel.load(own, Weights.of(Checkpoints.random("lstm", 3, 5, 1)));
        TextStream stream = small.newStream()) {
      long least = Long.MAX_VALUE;
      // The first rounds run interpreted, in which a native call boxes its arguments.
      for (int round = 0; round < 100 && least >= steps; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < steps; i++) {
          stream.next((byte) i, logits);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertTrue(least < steps, least + " bytes in " + steps + " steps");
    }
  }

  @Test
  void aTraceShowsWhatTheLayersDo() {
    byte[] text = text(5);
    float[] logits = new float[LanguageModel.VOCABULARY];
    float[] expected = new float[LanguageModel.VOCABULARY];
    try (TextStream stream = model.newStream();
        TextStream untraced = model.newStream();
        Trace trace = stream.trace(Set.of(1), 1, 4)) {
      stream.next(text, logits);
      untraced.next(Arrays.copyOf(text, 4), expected);
      assertEquals(3, trace.steps());
      float[] hidden = trace.values(1, 0, "h'");
      float[] state = untraced.state().get("h");
      assertArrayEquals(
          Arrays.copyOfRange(state, 5, 10), Arrays.copyOfRange(hidden, 10, 15), 1e-6f);
      untraced.next(text[4], expected);
      assertArrayEquals(expected, logits, 1e-6f);
    }
  }

  @Test
  void aTraceOfNoLayerOrOfAClosedStreamIsRefused() {
    TextStream stream = model.newStream();
    assertThrows(IndexOutOfBoundsException.class, () -> stream.trace(Set.of(2), 0, 1));
    assertThrows(IllegalArgumentException.class, () -> stream.trace(Set.of(), 0, 1));
    stream.close();
    assertThrows(IllegalStateException.class, () -> stream.trace(Set.of(0), 0, 1));
  }
}
