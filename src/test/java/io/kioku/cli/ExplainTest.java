package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Trace;
import io.kioku.Weights;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import io.kioku.nn.Checkpoints;
import io.kioku.nn.LanguageModel;
import io.kioku.nn.TextStream;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainTest {
  private static final String TEXT = "Call me Ishmael.";
  private static final int HIDDEN = 7;

  @TempDir Path folder;

  private static Run reference(String... more) {
    return Run.of(
        Stream.concat(Stream.of("explain", "--backend", "reference"), Stream.of(more))
            .toArray(String[]::new));
  }

  private Path model(String prefix) throws IOException {
    Path file = folder.resolve(prefix + ".safetensors");
    new Safetensors(Checkpoints.random(prefix, 3, HIDDEN, 2), Map.of()).write(file);
    return file;
  }

  private static void withModel(String prefix, Consumer<LanguageModel> use) {
    Map<String, Tensor> tensors = Checkpoints.random(prefix, 3, HIDDEN, 2);
    try (Engine engine = Engine.open(Backend.REFERENCE);
        LanguageModel model = LanguageModel.load(engine, Weights.of(tensors))) {
      use.accept(model);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// The lines of a table that are about a byte.
  private static List<String> rows(String table) {
    List<String> lines = table.lines().toList();
    int head =
        IntStream.range(0, lines.size())
            .filter(i -> lines.get(i).isEmpty())
            .findFirst()
            .orElseThrow();
    return lines.subList(head + 2, lines.size() - 1);
  }

  @Test
  void theTableShowsTheTextByteByByte() {
    String table = reference("--text", "Call me\n\té.").ok();
    assertEquals(
        List.of("C", "a", "l", "l", "␣", "m", "e", "⏎", "09", "C3", "A9", "."),
        rows(table).stream().map(row -> row.substring(1, 4).strip()).toList());
    assertTrue(table.startsWith("LSTM, layer 1 of 2,"), table);
    assertTrue(table.endsWith("of 11 times.\n"), table);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru"})
  void predictionsAreTheModels(String prefix) throws IOException {
    List<String> rows =
        rows(reference("--text", TEXT, "--units=3", "--model=" + model(prefix)).ok());
    float[] logits = new float[LanguageModel.VOCABULARY];
    withModel(
        prefix,
        model -> {
          try (TextStream stream = model.newStream()) {
            for (int t = 0; t < TEXT.length(); t++) {
              stream.next((byte) TEXT.charAt(t), logits);
              assertTrue(rows.get(t).endsWith(guesses(logits, TEXT, t)), rows.get(t));
            }
          }
        });
  }

  private static String guesses(float[] logits, String text, int step) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    StringBuilder guesses = new StringBuilder();
    for (int symbol : best(logits)) {
      boolean isRight = step + 1 < text.length() && text.charAt(step + 1) == symbol;
      guesses
          .append(guesses.isEmpty() ? "" : "  ")
          .append(isRight ? "✓" : " ")
          .append("%-2s".formatted(ByteLabel.of(symbol)))
          .append("%3d%%".formatted(Math.round(100 * Math.exp(logits[symbol]) / sum)));
    }
    return guesses.toString();
  }

  private static int[] best(float[] logits) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble(symbol -> -logits[symbol]))
        .limit(3)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({"lstm, f", "gru, z"})
  void unitsAreSortedByMemory(String prefix, String gate) {
    withModel(
        prefix,
        model -> {
          Walk walk = Walk.through(model, bytes(TEXT), 1);
          double[] memory = memory(model, gate);
          List<Integer> units = walk.byMemory(HIDDEN);
          assertEquals(HIDDEN, Set.copyOf(units).size());
          for (int k = 0; k < HIDDEN; k++) {
            assertEquals(
                memory[units.get(k)], walk.memory(units.get(k)), 1e-6 * memory[units.get(k)]);
            assertTrue(k == 0 || memory[units.get(k)] <= memory[units.get(k - 1)], "row " + k);
          }
          assertEquals(List.of(units.getFirst()), walk.byMemory(1));
          assertEquals(List.of(units.getFirst(), units.get(3), units.getLast()), walk.byMemory(3));
        });
  }

  @Test
  void aUnitThatNeverForgetsIsOnTop() throws IOException {
    Map<String, Tensor> tensors = Checkpoints.random("lstm", 3, HIDDEN, 1);
    float[] biases = new float[4 * HIDDEN];
    biases[HIDDEN + 4] = 1000; // the forget gate's, of unit 4
    tensors.put("lstm.bias_ih_l0", Tensor.of(biases, 4 * HIDDEN));
    Path file = folder.resolve("model.safetensors");
    new Safetensors(tensors, Map.of()).write(file);
    String table = reference("--model=" + file).ok();
    assertTrue(table.contains("from the longest memory (∞ bytes) to the shortest (0."), table);
  }

  /// The time constants of a gate's means.
  private static double[] memory(LanguageModel model, String gate) {
    try (TextStream stream = model.newStream();
        Trace trace = stream.trace(Set.of(1), 0, TEXT.length())) {
      stream.next(bytes(TEXT), new float[LanguageModel.VOCABULARY]);
      float[] values = trace.values(1, 0, gate);
      double[] memory = new double[HIDDEN];
      for (int k = 0; k < values.length; k++) {
        memory[k % HIDDEN] += values[k] / TEXT.length();
      }
      return Arrays.stream(memory).map(mean -> -1 / Math.log(mean)).toArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "libkioku"})
  @Tag("tiers")
  void backendsGiveOneTable(String backend) {
    for (String layer : new String[] {"0", "1"}) {
      assertEquals(
          reference("--text", TEXT, "--layer", layer).ok(),
          Run.of("explain", "--backend", backend, "--text", TEXT, "--layer", layer).ok());
    }
  }

  @Test
  void theTableFitsIntoATerminal() throws IOException {
    String text = "It is a long text é that has\n all sorts of bytes \u0001.";
    for (String table :
        List.of(
            reference().ok(),
            reference("--text", text, "--units=25").ok(),
            reference("--text", text, "--units=7", "--model=" + model("gru")).ok())) {
      table.lines().forEach(line -> assertTrue(line.length() <= 100, line));
      assertFalse(table.contains("\u001b"), table);
    }
  }

  @Test
  void coloursChangeNothingElse() {
    withModel(
        "lstm",
        model -> {
          Walk walk = Walk.through(model, bytes(TEXT), 0);
          String plain = new WalkTable(walk, walk.byMemory(5), false).toString();
          String colored = new WalkTable(walk, walk.byMemory(5), true).toString();
          assertNotEquals(plain, colored);
          assertEquals(plain, colored.replaceAll("\u001b\\[\\d+m", ""));
        });
  }

  @Test
  void layersDiffer() {
    assertEquals(reference("--text=ab").ok(), reference("--text=ab", "--layer=1").ok());
    assertNotEquals(reference("--text=ab").ok(), reference("--text=ab", "--layer=0").ok());
  }

  @ParameterizedTest
  @CsvSource({"lstm, 1, 1", "lstm, 2, 7", "gru, 16, 3", "gru, 60, 7", "lstm, 256, 7"})
  void aPictureIsDrawn(String prefix, int length, int units) throws IOException {
    Path file = folder.resolve("picture.PNG");
    String text = "q".repeat(length);
    String result =
        reference("--text", text, "--out=" + file, "--units=" + units, "--model=" + model(prefix))
            .ok();
    BufferedImage image = ImageIO.read(file.toFile());
    String size = "%d × %d pixels".formatted(image.getWidth(), image.getHeight());
    assertTrue(result.startsWith(file + ": " + size), result);
    assertTrue(image.getWidth() >= Math.max(900, 26 * length), size);
    assertTrue(image.getHeight() > 700 && image.getHeight() < 2500, size);
    assertTrue(colors(image).size() > 50, "it is blank");
  }

  private static Set<Integer> colors(BufferedImage image) {
    Set<Integer> colors = new HashSet<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colors.add(image.getRGB(x, y));
      }
    }
    return colors;
  }

  @Test
  void oneTextGivesOnePictureAndAnotherAnother() throws IOException {
    byte[] first = picture("a.png", TEXT);
    assertArrayEquals(first, picture("a.png", TEXT)); // which it replaces
    assertFalse(Arrays.equals(first, picture("b.png", "Call me Ahab....")));
  }

  private byte[] picture(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    reference("--text", text, "--out=" + file, "--model=" + model("lstm")).ok();
    return Files.readAllBytes(file);
  }

  /// Each cell of a heat map has its value's colour, from edge to edge.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 30})
  void aHeatMapHasOneCellForEachStepAndUnit(int length) {
    withModel(
        "lstm",
        model -> {
          Walk walk = Walk.through(model, Arrays.copyOf(bytes(TEXT + TEXT), length), 1);
          Quantity forget = walk.guide().keeping();
          List<Integer> units = walk.byMemory(HIDDEN);
          BufferedImage image =
              new BufferedImage(48 * length, 4 * HIDDEN, BufferedImage.TYPE_INT_RGB);
          HeatMap.draw(
              image.createGraphics(), walk, forget, units, image.getWidth(), image.getHeight());
          for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
              double value = walk.value(forget, x / 48, units.get(y / 4));
              assertEquals(
                  color(ColorScale.of(walk, forget), value), image.getRGB(x, y) & 0xFFFFFF);
            }
          }
        });
  }

  private static int color(ColorScale scale, double value) {
    double place =
        (value - scale.min()) / (scale.max() - scale.min()) * (scale.colors().size() - 1);
    int below = (int) place;
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = scale.colors().get(below).getRGB() >> shift & 0xFF;
      int to = scale.colors().get(below + 1).getRGB() >> shift & 0xFF;
      color |= (int) (from + (place - below) * (to - from)) << shift;
    }
    return color;
  }

  @Test
  void argumentsThatMakeNoSenseAreRefused() {
    refused("--text is empty", "--text", "");
    refused("UTF-8 locale", "--text", "caf\uFFFD");
    refused("--text has 257 bytes, expected 1 to 256", "--text", "x".repeat(257));
    refused("--text has 258 bytes, expected 1 to 256", "--text", "é".repeat(129));
    refused("--layer is 2, expected 0 to 1", "--layer=2");
    refused("--layer is -1, expected 0 to 1", "--layer=-1");
    refused("'last' is not an int", "--layer=last");
    refused("--units is 0, expected 1 to 25", "--units=0");
    refused("--units is 26, expected 1 to 25; --out has room for more", "--units=26");
    refused("--units is 257, expected 1 to 256", "--units=257", "--out=" + folder.resolve("a.png"));
    refused("Unmatched argument", "more");
  }

  @Test
  void filesThatCannotBeWrittenAreRefused() throws IOException {
    Path directory = Files.createDirectory(folder.resolve("d.png"));
    Path file = Files.writeString(folder.resolve("file"), "text");
    refused("is a directory", "--out=" + directory);
    refused("expected a name that ends in .png", "--out=" + folder.resolve("a.jpg"));
    refused("expected a name that ends in .png", "--out=" + folder.resolve("a"));
    refused("expected the name of a file", "--out=");
    refused("none: is not a directory", "--text=x", "--out=" + folder.resolve("none/a.png"));
    refused("file: is not a directory", "--text=x", "--out=" + file.resolve("a.png"));
    // as from a folder that takes no new files, such as /proc
    IOException unexplained = new NoSuchFileException("/proc/.kioku-1.tmp");
    assertEquals(
        "/proc/a.png: cannot be written",
        UserError.writing(Path.of("/proc/a.png"), unexplained).getMessage());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(Set.of(directory, file), Set.copyOf(left.toList()));
    }
  }

  @Test
  void aModelThatGivesNoNumbersIsRefused() throws IOException {
    Map<String, Tensor> damaged = Checkpoints.random("lstm", 2, 3, 1);
    float[] nans = new float[256];
    Arrays.fill(nans, Float.NaN);
    damaged.put("head.bias", Tensor.of(nans, 256));
    Path file = folder.resolve("damaged.safetensors");
    new Safetensors(damaged, Map.of()).write(file);
    refused("NaN", "--model=" + file);
  }

  private static void refused(String part, String... arguments) {
    assertEquals("", reference(arguments).refused(part).out());
  }
}
