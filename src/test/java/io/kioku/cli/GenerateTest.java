package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.Safetensors;
import io.kioku.nn.Checkpoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GenerateTest {
  private static final String GREEDY = "Call me the ship was the ship was";

  @TempDir Path folder;

  private static Run reference(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "generate";
    all[1] = "--backend";
    all[2] = "reference";
    System.arraycopy(more, 0, all, 3, more.length);
    return Run.of(all);
  }

  private static Run greedy(String backend) {
    return Run.of(
        "generate",
        "--prompt",
        "Call me",
        "--temperature",
        "0",
        "--length",
        "26",
        "--backend",
        backend);
  }

  /// Both became one backend.
  @ParameterizedTest
  @ValueSource(strings = {"blas", "Fused"})
  void aBackendsOldNameIsTakenWithANote(String old) {
    PrintStream console = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      assertEquals(GREEDY + "\n", greedy(old).ok());
    } finally {
      System.setErr(console);
    }
    assertEquals(
        "kioku: backend " + old + " is called libkioku now" + System.lineSeparator(),
        said.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "onednn", "libkioku", "ONEDNN", "Libkioku"})
  @Tag("tiers")
  void aBackendIsNamedInAnyCase(String backend) {
    assertEquals(GREEDY + "\n", greedy(backend).ok());
  }

  @Test
  @Tag("tiers")
  void withoutABackendOneIsChosen() {
    assertEquals(
        GREEDY + "\n",
        Run.of("generate", "--prompt=Call me", "--temperature=0", "--length=26").ok());
  }

  @Test
  void oneSeedGivesOneTextAndAnotherAnother() {
    String text = reference("--prompt", "Call me", "--length", "60", "--seed", "-3").ok();
    assertEquals(text, reference("--prompt", "Call me", "--length", "60", "--seed", "-3").ok());
    assertNotEquals(text, reference("--prompt", "Call me", "--length", "60", "--seed", "4").ok());
    assertTrue(text.startsWith("Call me") && text.endsWith("\n"), text);
  }

  @Test
  void nothingSaidTheSeedIsOne() {
    assertEquals(
        reference("--prompt", "A", "--length", "30").ok(),
        reference("--prompt", "A", "--length", "30", "--seed", "1", "--temperature", "0.7").ok());
  }

  @Test
  void noLengthPrintsThePrompt() {
    assertEquals("a √ @b\n", reference("--prompt", "a √ @b", "--length", "0").ok());
    assertEquals("@b\n", reference("--prompt", "@b", "--length", "0").ok());
    assertEquals("-x\n", reference("--prompt", "-x", "--length", "0").ok());
  }

  @Test
  void theLengthIsInBytes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Run.to(out, "generate", "--backend=reference", "--prompt", "√", "--length", "7").ok();
    assertEquals(3 + 7 + 1, out.size());
  }

  @Test
  void eachByteIsPrintedAsItComes() {
    StringBuilder writes = new StringBuilder();
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int value) {
            writes.append('1');
          }

          @Override
          public void write(byte[] bytes, int from, int count) {
            writes.append(count);
          }
        };
    Run.to(out, "generate", "--backend=reference", "--prompt", "Call", "--length", "5").ok();
    assertEquals("4" + "1".repeat(5) + "1", writes.toString());
  }

  @Test
  void anotherModelCanBeNamed() throws IOException {
    Path file = folder.resolve("gru.safetensors");
    new Safetensors(Checkpoints.random("gru", 3, 5, 2), Map.of()).write(file);
    String model = "--model=" + file;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Run.to(out, "generate", "--backend=reference", "--prompt=x", "--length=20", model).ok();
    assertEquals(22, out.size());
  }

  @Test
  void argumentsThatMakeNoSenseAreRefused() {
    reference().refused("Missing required option: '--prompt=TEXT'");
    refused("--prompt is empty", "--prompt", "");
    refused("UTF-8 locale", "--prompt", "caf\uFFFD");
    refused("--length is -1, expected 0 to 2147483647", "--prompt=x", "--length", "-1");
    refused("'2147483648' is not an int", "--prompt=x", "--length", "2147483648");
    refused("'many' is not an int", "--prompt=x", "--length", "many");
    refused("--temperature is NaN", "--prompt=x", "--temperature", "NaN");
    refused("--temperature is -0.5", "--prompt=x", "--temperature", "-0.5");
    refused("--temperature is Infinity", "--prompt=x", "--temperature", "Infinity");
    refused("'warm' is not a double", "--prompt=x", "--temperature", "warm");
    refused("'one' is not a long", "--prompt=x", "--seed", "one");
    refused("Unmatched argument", "--prompt=x", "more");
    refused("Unknown option: '--lenght=3'", "--prompt=x", "--lenght=3");
    refused("only once", "--prompt=x", "--prompt=y");
    Run.of("generate", "--prompt=x", "--backend=cuda")
        .refused("expected reference, onednn, libkioku, got 'cuda'");
  }

  private static void refused(String part, String... arguments) {
    assertEquals("", reference(arguments).refused(part).out());
  }
}
