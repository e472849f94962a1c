package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import io.kioku.nn.Checkpoints;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreTest {
  @TempDir Path folder;
  private Path text;

  @BeforeEach
  void write() throws IOException {
    text = Files.writeString(folder.resolve("text"), "Call me Ishmael.");
  }

  private Run score(Path file, String... more) {
    String[] all =
        Arrays.copyOf(
            new String[] {"score", "--backend=reference", file.toString()}, 3 + more.length);
    System.arraycopy(more, 0, all, 3, more.length);
    return Run.of(all);
  }

  @Test
  @Tag("tiers")
  void theHeldOutTextHasTheCardsScore() throws URISyntaxException {
    Path heldout = Path.of(ScoreTest.class.getResource("/io/kioku/moby-dick/heldout.txt").toURI());
    assertEquals(
        "2.091792 bits per byte (61164 bytes predicted)\n",
        Run.of("score", heldout.toString()).ok());
  }

  @Test
  void numbersAreTheSameInEveryLanguage() {
    String expected = score(text).ok();
    assertTrue(expected.matches("\\d\\.\\d{6} bits per byte \\(15 bytes predicted\\)\n"), expected);
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals(expected, score(text).ok());
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void anotherModelCanBeNamed() throws IOException {
    Path file = model(Checkpoints.random("lstm", 2, 3, 1));
    assertTrue(score(text, "--model", file.toString()).ok().contains("(15 bytes predicted)"));
  }

  @Test
  void textsThatCannotBeScoredAreRefused() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty"));
    Path one = Files.writeString(folder.resolve("one"), "a");
    Run.of("score").refused("Missing required parameter: 'FILE'");
    Run.of("score", "").refused("expected the name of a file, got ''");
    Run.of("score", "a\0b").refused("has characters that no file name has");
    Run.of("score", text.toString(), "--model=").refused("expected the name of a file, got ''");
    score(empty).refused("length 0, expected at least 2 bytes");
    score(one).refused("length 1, expected at least 2 bytes");
    score(folder.resolve("none")).refused("none: no such file");
    score(folder).refused(folder + ": is a directory");
    score(folder.resolve("two\nlines")).refused("two lines: no such file");
    Run.of("score", text.toString(), one.toString()).refused("Unmatched argument");
  }

  @Test
  void modelsThatCannotBeReadAreRefused() throws IOException {
    Path whole = model(Checkpoints.random("lstm", 2, 3, 1));
    byte[] bytes = Files.readAllBytes(whole);
    byte[] lying = bytes.clone();
    lying[7] = 127;
    refused("no such file", folder.resolve("none"));
    refused("is a directory", folder);
    refused("8 bytes", write("empty", new byte[0]));
    refused("cut off", write("cut", Arrays.copyOf(bytes, bytes.length - 1)));
    refused("header length", write("lying", lying));
    refused("kioku: ", write("text", "no model at all".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void modelsOfAnotherKindAreRefused() throws IOException {
    Map<String, Tensor> tensors = Checkpoints.random("gru", 2, 3, 1);
    Tensor embedding = tensors.remove("embedding.weight");
    refused("no tensor embedding.weight", model(tensors));
    tensors.put("embedding.weight", embedding);
    tensors.put("what\nis\tthis\u001b[31m", embedding);
    refused("unexpected tensor what is?this?[31m", model(tensors));
    tensors.clear();
    for (int i = 0; i < 1000; i++) {
      tensors.put("embedding.some-name-" + i, embedding);
    }
    Run run = refused("embedding.weight", model(tensors));
    assertTrue(run.err().length() < 1200, "a line of " + run.err().length());
    Map<String, Tensor> damaged = Checkpoints.random("lstm", 2, 3, 1);
    damaged.put("head.bias", Tensor.of(nans(256), 256));
    refused("NaN", model(damaged));
  }

  private static float[] nans(int count) {
    float[] nans = new float[count];
    Arrays.fill(nans, Float.NaN);
    return nans;
  }

  private Run refused(String part, Path model) {
    Run run = score(text, "--model", model.toString()).refused(part);
    assertEquals("", run.out());
    return run;
  }

  private Path model(Map<String, Tensor> tensors) throws IOException {
    Path file = folder.resolve("model.safetensors");
    new Safetensors(tensors, Map.of()).write(file);
    return file;
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
