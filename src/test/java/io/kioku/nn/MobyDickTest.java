package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Precision;
import io.kioku.format.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The bundled model gives the numbers of its card, which PyTorch computed in double.
class MobyDickTest {
  private static final double BITS_PER_BYTE = 2.091792255086886;
  private static final int PREDICTED = 61164;
  private static final String GREEDY = " the ship was".repeat(20).substring(0, 200);

  private static final byte[] PROMPT = "Call me".getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest
  @EnumSource
  @Tag("tiers")
  void logitsAndStatesAreTheCards(Backend backend) throws IOException {
    Map<String, Tensor> goldens = Checkpoints.read("/io/kioku/moby-dick/goldens.safetensors");
    float[] expected = goldens.get("logits").toArray();
    byte[] text = Arrays.copyOf(Checkpoints.heldout(), 64);
    float[] logits = new float[256];
    try (Engine engine = Engine.open(backend);
        LanguageModel model = LanguageModel.load(engine, Checkpoints.mobyDick());
        TextStream stream = model.newStream()) {
      for (int t = 0; t < 64; t++) {
        stream.next(text[t], logits);
        float[] row = Arrays.copyOfRange(expected, t * 256, (t + 1) * 256);
        assertArrayEquals(row, logits, 1e-4f, "after byte " + t);
      }
      checkState(goldens, stream);
      // The same bytes at once.
      stream.state().clear();
      stream.next(text, logits);
      assertArrayEquals(Arrays.copyOfRange(expected, 63 * 256, 64 * 256), logits, 1e-4f);
      checkState(goldens, stream);
    }
  }

  private static void checkState(Map<String, Tensor> goldens, TextStream stream) {
    assertArrayEquals(goldens.get("h_n").toArray(), stream.state().get("h"), 1e-5f);
    assertArrayEquals(goldens.get("c_n").toArray(), stream.state().get("c"), 1e-4f);
  }

  @ParameterizedTest
  @EnumSource(names = "REFERENCE", mode = EnumSource.Mode.EXCLUDE)
  @Tag("tiers")
  void bitsPerByteAreTheCards(Backend backend) throws IOException {
    checkScore(backend);
  }

  @ParameterizedTest
  @CsvSource({"BF16, 0.003", "INT8, 0.01"})
  @Tag("tiers")
  void bitsPerByteInFewerBits(Precision precision, double share) throws IOException {
    try (Engine engine = Engine.open();
        LanguageModel model = LanguageModel.load(engine, Checkpoints.mobyDick(), precision)) {
      double bits = model.score(Checkpoints.heldout()).bitsPerByte();
      assertEquals(BITS_PER_BYTE, bits, share * BITS_PER_BYTE);
      assertNotEquals(BITS_PER_BYTE, bits, 1e-7); // float32 is nearer
    }
  }

  /// By itself because it takes long and does not depend on the instruction set.
  @Test
  void bitsPerByteOfTheReferenceAreTheCards() throws IOException {
    checkScore(Backend.REFERENCE);
  }

  private static void checkScore(Backend backend) throws IOException {
    try (Engine engine = Engine.open(backend);
        LanguageModel model = LanguageModel.load(engine, Checkpoints.mobyDick())) {
      Score score = model.score(Checkpoints.heldout());
      assertEquals(PREDICTED, score.predicted());
      // The card asks for 4 decimals; PyTorch's own float32 is 1e-8 away.
      assertEquals(BITS_PER_BYTE, score.bitsPerByte(), 1e-6);
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("tiers")
  void greedyTextIsTheCards(Backend backend) throws IOException {
    assertEquals(GREEDY, generate(backend, 200, new Sampler(0, 1)));
  }

  @ParameterizedTest
  @EnumSource
  @Tag("tiers")
  void oneSeedGivesOneText(Backend backend) throws IOException {
    String text = generate(backend, 100, new Sampler(0.7, 1));
    assertEquals(
        ", you well ship stroke a bodized in the tooming to be last-side of a casting to the sure"
            + " to be arm\n"
            + "i",
        text);
  }

  private static String generate(Backend backend, int length, Sampler sampler) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Engine engine = Engine.open(backend);
        LanguageModel model = LanguageModel.load(engine, Checkpoints.mobyDick());
        TextStream stream = model.newStream()) {
      stream.generate(PROMPT, length, sampler, out);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
