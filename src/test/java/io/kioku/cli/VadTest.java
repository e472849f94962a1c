package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.kioku.format.ElementType;
import io.kioku.onnx.Needs;
import io.kioku.onnx.Speech;
import io.kioku.onnx.TinyModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Speech, 2 s of silence, 2 s of noise, and the same speech in noise.
class VadTest {
  private static final double GAP = 4;
  private static final String V6 = "silero_vad_v6.onnx";

  @TempDir Path folder;

  static List<Path> models() {
    return Needs.sileroModels();
  }

  private static Run vad(Path file, Path model, String... more) {
    return Run.of(
        Stream.concat(
                Stream.of("vad", file.toString(), "--model", model.toString()), Stream.of(more))
            .toArray(String[]::new));
  }

  /// A file of 32-bit floats.
  private Path wav(int rate, float... samples) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(44 + samples.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(bytes.capacity() - 8);
    bytes.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    bytes.putShort((short) 3).putShort((short) 1).putInt(rate).putInt(4 * rate);
    bytes.putShort((short) 4).putShort((short) 32);
    bytes.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(samples.length * Float.BYTES);
    bytes.asFloatBuffer().put(samples);
    return Files.write(folder.resolve("speech.wav"), bytes.array());
  }

  /// Times and probabilities of the segments.
  private static List<double[]> segments(String text) {
    return text.lines()
        .skip(2)
        .filter(line -> line.startsWith(" "))
        .map(line ->
            Stream.of(line.strip().split(" +", -1)).mapToDouble(Double::parseDouble).toArray())
        .toList();
  }

  /// Speech is found where it is, and nowhere else.
  private static void check(List<double[]> segments, double length) {
    double speech = (length - GAP) / 2;
    double[] found = new double[2];
    for (double[] segment : segments) {
      assertEquals(segment[1] - segment[0], segment[2], 2e-3);
      assertTrue(segment[3] > 0.5 && segment[3] <= 1, Arrays.toString(segment));
      int half = segment[0] < speech ? 0 : 1;
      found[half] += segment[2];
      double begin = half * (speech + GAP);
      assertTrue(segment[0] >= begin - 0.3, Arrays.toString(segment));
      assertTrue(segment[1] <= begin + speech + 0.3, Arrays.toString(segment));
    }
    assertTrue(found[0] > 0.75 * speech, found[0] + " s of " + speech);
    assertTrue(found[1] > 0.6 * speech, found[1] + " s of " + speech);
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyModelFindsSpeech(Path model) throws IOException {
    float[] samples = Speech.samples(16_000);
    String text = vad(wav(16_000, samples), model).ok();
    check(segments(text), samples.length / 16_000.0);
    assertTrue(text.contains(" s at 16,000 Hz\n"), text);
    assertTrue(
        text.matches("(?s).*\\n\\d+ segments, [0-9.]+ s of speech \\(\\d+ %\\), found.*\\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "silero_vad_v6.onnx, 8000, at 8",
    "silero_vad_op18_ifless.onnx, 8000, at 8",
    "silero_vad_legacy.onnx, 8000, at 8",
    "silero_vad_half.onnx, 8000, resampled to 16",
    "silero_vad_16k_op15.onnx, 8000, resampled to 16",
    "silero_vad_v6.onnx, 11025, resampled to 16",
    "silero_vad_v6.onnx, 48000, resampled to 16"
  })
  void ratesAreTakenOrChanged(String model, int rate, String told) throws IOException {
    float[] samples = Speech.samples(rate);
    String text = vad(wav(rate, samples), Needs.silero(model)).ok();
    check(segments(text), (double) samples.length / rate);
    assertTrue(text.lines().findFirst().orElseThrow().contains(told + ",000 Hz"), text);
  }

  @ParameterizedTest
  @CsvSource({"32", "64", "96"})
  void olderModelsTakeLongerWindows(String window) throws IOException {
    float[] samples = Speech.samples(16_000);
    Path model = Needs.silero("silero_vad_legacy.onnx");
    String text = vad(wav(16_000, samples), model, "--window", window).ok();
    check(segments(text), samples.length / 16_000.0);
  }

  @Test
  void rulesChangeTheSegments() throws IOException {
    Path file = wav(16_000, Speech.samples(16_000));
    Path model = Needs.silero(V6);
    int usual = segments(vad(file, model).ok()).size();
    assertTrue(segments(vad(file, model, "--min-silence-ms=700").ok()).size() < usual);
    assertTrue(segments(vad(file, model, "--max-speech-s=1").ok()).size() > usual);
    assertTrue(
        segments(vad(file, model, "--min-speech-ms=100000").ok()).isEmpty(), "nothing is so long");
    double first = segments(vad(file, model).ok()).getFirst()[1];
    double padded = segments(vad(file, model, "--speech-pad-ms=50").ok()).getFirst()[1];
    assertEquals(first + 0.02, padded, 1e-9);
  }

  @Test
  void programsGetJson() throws IOException {
    float[] samples = Speech.samples(22_050);
    Path file = wav(22_050, samples);
    String text = vad(file, Needs.silero(V6), "--json").ok();
    List<String> all = new ArrayList<>();
    List<double[]> segments = new ArrayList<>();
    try (JsonParser json = new JsonFactory().createParser(text)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token.isScalarValue()) {
          all.add(json.currentName() + "=" + json.getText());
        }
        if (token.isNumeric()) {
          int place =
              List.of("start", "end", "duration", "probability").indexOf(json.currentName());
          if (place == 0) {
            segments.add(new double[4]);
          }
          if (place >= 0 && !segments.isEmpty()) { // the whole sound has a duration, too
            segments.getLast()[place] = json.getDoubleValue();
          }
        }
      }
    }
    check(segments, samples.length / 22_050.0);
    assertTrue(
        all.containsAll(
            List.of("sampleRate=22050", "modelSampleRate=16000", "window=0.032", "cutOff=false")),
        text);
  }

  @Test
  void aPictureIsDrawn() throws IOException {
    Path file = wav(16_000, Speech.samples(16_000));
    Path picture = folder.resolve("picture.png");
    String text = vad(file, Needs.silero(V6), "--out", picture.toString()).ok();
    assertTrue(text.endsWith("picture.png: 1294 × 598 pixels\n"), text);
    BufferedImage image = ImageIO.read(picture.toFile());
    assertTrue(count(image, 0xFBE3CC) > 10_000, "segments are shaded");
    assertTrue(count(image, 0x0072B2) > 50_000, "there is sound, and probability");
  }

  private static int count(BufferedImage image, int color) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        count += (image.getRGB(x, y) & 0xFFFFFF) == color ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void soundsWithoutSpeechHaveNoSegments() throws IOException {
    Path model = Needs.silero(V6);
    Path picture = folder.resolve("picture.png");
    for (int length : new int[] {0, 1, 511, 512, 16_000}) {
      String text = vad(wav(16_000, new float[length]), model, "--out=" + picture).ok();
      assertTrue(text.contains("\n0 segments, 0.000 s of speech (0 %)"), text);
      assertFalse(text.contains("probability"), text);
    }
  }

  @Test
  void whatIsWrongIsToldInOneLine() throws IOException {
    Path model = Needs.silero(V6);
    Path file = wav(16_000, 0.1f, Float.NaN);
    vad(file, model).refused("speech.wav: a sample at about 0.00 s is NaN");
    vad(file, model, "--threshold=1.5").refused("the threshold is 1.5, expected between 0 and 1");
    vad(file, model, "--exit-threshold=0.9").refused("the exit threshold is 0.9, expected above 0");
    vad(file, model, "--window=64").refused("--window is 64, but this model takes one of [32]");
    vad(file, model, "--out=x.jpg").refused("--out is x.jpg, expected a name that ends in .png");
    vad(wav(500, 1), model).refused("has 500 samples a second, expected 1000 to 384000");
    vad(model, model).refused("silero_vad_v6.onnx: is no WAV file");
    vad(folder.resolve("none.wav"), model).refused("none.wav: no such file");
    vad(file, folder.resolve("none.onnx")).refused("none.onnx: no such file");
    Run.of("vad", file.toString()).refused("Missing required option: '--model=FILE.onnx'");
  }

  @Test
  void otherModelsAreRefused() throws IOException {
    Path file = wav(16_000, 0.1f);
    TinyModel other =
        new TinyModel(17).input("x", ElementType.FLOAT, 2).output("y").node("Neg", "x", "y");
    Path model = Files.write(folder.resolve("other.onnx"), other.bytes());
    vad(file, model).refused("other.onnx is no model of Silero VAD: it has the inputs [x]");
    vad(file, file).refused("speech.wav is no ONNX model, or damaged");
  }
}
