package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CellsTest {
  private static final Path DOCUMENT = Path.of("docs/cells.md");
  private static final String COMMAND = "./kioku cells --markdown > docs/cells.md";

  @TempDir Path folder;

  static List<Cell> cells() {
    return Cells.all();
  }

  @Test
  void everyCellHasALine() {
    List<String> lines = Run.of("cells").ok().lines().toList();
    for (Cell cell : Cells.all()) {
      assertEquals(
          1, lines.stream().filter(l -> l.startsWith(cell.name() + " ")).count(), cell.name());
    }
    assertLine(
        lines, "LSTM h, c 526,336 reference, onednn, libkioku Hochreiter & Schmidhuber 1997; .*");
    assertLine(lines, "MUT1 h 263,168 reference, libkioku Józefowicz, Zaremba & Sutskever 2015");
    assertLine(lines, "parameters of one layer of 256x256 .*");
  }

  @Test
  void sizesThatACellCannotHaveAreTheNearestAndSaidSo() {
    List<String> lines = Run.of("cells", "--size", "3x5").ok().lines().toList();
    assertLine(lines, "LSTM h, c 200 .*"); // 4 (5 · 3 + 5 · 5 + 5 + 5)
    assertLine(lines, "SRU h, c 95 .*"); // 3 · 5 · 5 + 4 · 5
    assertLine(lines, "CLOCKWORK: 3x4 instead of 3x5: H must be a multiple of 4");
    assertLine(lines, "MUT1, MUT2, SRU: 5x5 instead of 3x5: I must be H");
    String clockwork = Run.of("cells", "--show=clockwork", "--size=3X1").ok();
    assertTrue(clockwork.contains("I = 3, H = 4 (3x4 instead of 3x1: H must"), clockwork);
    assertTrue(Run.of("cells", "--show=sru", "--size=3x4").ok().contains("(4x4 instead of 3x4"));
  }

  private static void assertLine(List<String> lines, String pattern) {
    assertTrue(
        lines.stream().anyMatch(l -> l.replaceAll(" +", " ").matches(pattern)),
        () -> pattern + " is no line of\n" + String.join("\n", lines));
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aPageHasTheEquationsAndEveryTensorAsTheNetworkNamesIt(Cell cell) {
    String page =
        Run.of("cells", "--show", cell.name().toLowerCase(Locale.ROOT), "--size", "12x12").ok();
    assertTrue(page.startsWith(cell.name() + ": " + cell.source() + "\n"), page);
    cell.equations()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> assertTrue(page.contains("\n" + line + "\n"), line));
    Network network = Network.of(cell, 12, 12);
    List<String> tensors =
        page.lines().filter(l -> l.matches("  \\w+_l0 .*")).map(CellsTest::nameAndShape).toList();
    assertEquals(
        network.parameters().entrySet().stream()
            .map(p ->
                p.getKey()
                    + Arrays.stream(p.getValue())
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(", ", " (", ")")))
            .toList(),
        tensors);
  }

  private static String nameAndShape(String line) {
    return line.strip().replaceFirst("\\).*", ")").replaceFirst(" +", " ");
  }

  /// The engine decides; this page only tells.
  @ParameterizedTest
  @MethodSource("cells")
  void thePlanIsTheEngines(Cell cell) {
    Network network = Network.of(cell, 128, 128);
    Weights weights = Weights.none();
    for (var parameter : network.parameters().entrySet()) {
      int count = (int) Arrays.stream(parameter.getValue()).reduce(1, Math::multiplyExact);
      weights = weights.with(parameter.getKey(), new float[count], parameter.getValue());
    }
    String page = Run.of("cells", "--show", cell.name(), "--size=128x128").ok();
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, weights)) {
      assertTrue(page.contains("\n  N = 1:   " + model.plan(0, 1) + "\n"), page);
      assertTrue(page.contains("\n  N = 32:  " + model.plan(0, 32) + "\n"), page);
    }
    for (Backend backend : Backend.values()) {
      boolean runs;
      try (Engine engine = Engine.open(backend);
          Model model = engine.compile(network, weights)) {
        runs = model.network().equals(network);
      } catch (IllegalArgumentException e) {
        runs = false;
      }
      String name = backend.name().toLowerCase(Locale.ROOT);
      assertTrue(page.matches("(?s).*\n  " + name + " +" + (runs ? "yes" : "no") + "[,:].*"), page);
    }
  }

  @Test
  void unknownNamesSuggestTheNearest() {
    Run.of("cells", "--show=CIFGG").refused("there is no cell 'CIFGG', but CIFG; kioku cells");
    Run.of("cells", "--show=dg-lstm").refused("'dg-lstm', but DGLSTM;");
    Run.of("cells", "--show=augru_reset").refused("AUGRU_RESET_BEFORE, AUGRU_RESET_AFTER;");
    Run.of("cells", "--show=").refused("there is no cell ''; kioku cells");
    Run.of("cells", "--show=" + "x".repeat(100_000)).refused("there is no cell 'xxx");
  }

  @Test
  void argumentsThatMakeNoSenseAreRefused() {
    String expected = "expected I and H from 1 to 9999999, as in 64x256, got '";
    for (String size : new String[] {"", "64", "0x4", "-1x4", "4x", "4x4x4", "a", "99999999x1"}) {
      Run.of("cells", "--size=" + size).refused(expected + size + "'");
    }
    Run.of("cells", "--size=9999999x9999999").refused("--size: inputSize 9999999 and hiddenSize");
    Run.of("cells", "--show=LSTM", "--markdown").refused("kioku: --show=NAME, --markdown are");
    Run.of("cells", "LSTM").refused("Unmatched argument");
  }

  @Test
  void aUsersEquationsGiveTheSamePage() throws IOException {
    String page = page("# Ours\nh' = tanh(W_h x + R_h h + b_h)\n", "--size=3x4");
    assertEquals(
        Run.of("cells", "--show=RNN_TANH", "--size=3x4").ok().replace("RNN_TANH: Elman 1990", ""),
        page.replace("my.cell: Ours", ""));
    String marked = page("\uFEFFh' = x + below(c)\r\nc' = score * h\r\n", "--size=3x4");
    assertTrue(marked.startsWith("my.cell\n\nh' = x + below(c)\nc' = score * h\n\nI = 4"), marked);
    assertTrue(marked.contains("\n  below(c)  (4)  the new c of the layer below\n"), marked);
    assertTrue(marked.contains("\n  score     (1)  behind the features in each row\n"), marked);
    assertTrue(marked.contains("\ntensors of one layer, 0 parameters\n"), marked);
  }

  private String page(String text, String... more) throws IOException {
    return run(text.getBytes(StandardCharsets.UTF_8), more).ok();
  }

  private Run run(byte[] bytes, String... more) throws IOException {
    Path file = Files.write(folder.resolve("my.cell"), bytes);
    String[] all =
        Arrays.copyOf(new String[] {"cells", "--file", file.toString()}, 3 + more.length);
    System.arraycopy(more, 0, all, 3, more.length);
    return Run.of(all);
  }

  @Test
  void wrongEquationsAreShownWithTheirPlace() throws IOException {
    Run run = run("c' = h\nh' = tnah(c')\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(2, run.exit());
    assertEquals("", run.out());
    List<String> lines = run.err().lines().toList();
    assertEquals(3, lines.size(), run.err());
    assertTrue(
        lines.get(0).startsWith("kioku: cell my.cell, line 2, column 6: unknown function tnah"),
        run.err());
    assertEquals(List.of("  h' = tnah(c')", "       ^"), lines.subList(1, 3));
  }

  @Test
  void whatATerminalWouldObeyIsNotPrinted() throws IOException {
    Run run = run("h' = \u001b[31m\u202e\u009b\u0007x".getBytes(StandardCharsets.UTF_8));
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("column 6: U+001B is not part of"), run.err());
    assertTrue(run.err().lines().noneMatch(l -> l.matches(".*[\\p{Cc}\\p{Cf}].*")), run.err());
  }

  @Test
  void whatIsNoTextIsRefused() throws IOException {
    run(new byte[0]).refused("my.cell: is empty, expected equations, as h' = ");
    run(new byte[] {' ', '\n'}).refused("my.cell: is empty");
    run(new byte[] {'h', 0}).refused("my.cell: is no text in UTF-8, as byte 1 shows");
    run("h' = ä".getBytes(StandardCharsets.ISO_8859_1)).refused("UTF-8, as byte 5 shows");
    run(new byte[] {'h', (byte) 0xE2, (byte) 0x88}).refused("UTF-8, as byte 1 shows");
    byte[] full = new byte[64 * 1024];
    Arrays.fill(full, (byte) 'a');
    assertTrue(run(full).err().contains("column 65537: expected '='"));
    run(Arrays.copyOf(full, full.length + 1)).refused("my.cell: is larger than 65536 bytes");
    Run.of("cells", "--file", folder.toString()).refused(": is a directory, expected a file");
    Run.of("cells", "--file", folder.resolve("none").toString()).refused("none: no such file");
    Run.of("cells", "--file=").refused("expected the name of a file, got ''");
  }

  @Test
  void theDocumentIsWhatTheEquationsGive() throws IOException {
    List<String> wanted = Run.of("cells", "--markdown").ok().lines().toList();
    List<String> found = Files.readAllLines(DOCUMENT);
    int same = 0;
    while (same < Math.min(wanted.size(), found.size())
        && wanted.get(same).equals(found.get(same))) {
      same++;
    }
    assertTrue(
        wanted.equals(found),
        "%s is not what the cells' equations give from line %d on; write it anew: %s"
            .formatted(DOCUMENT, same + 1, COMMAND));
    assertTrue(wanted.stream().noneMatch(line -> line.contains("null")));
  }
}
