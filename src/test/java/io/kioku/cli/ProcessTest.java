package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The command in a JVM of its own: what depends on the process, and on libraries that are not
/// loaded yet.
@Timeout(120)
class ProcessTest {
  private static final String PROPERTY = "kioku.natives";

  @TempDir Path folder;

  private Process start(String natives, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (natives != null) {
      command.add("-D" + PROPERTY + "=" + natives);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.kioku.cli.Main"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(folder.resolve("err").toFile()).start();
  }

  private Run finish(Process process) throws IOException, InterruptedException {
    String out;
    try (InputStream in = process.getInputStream()) {
      out = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    return new Run(process.waitFor(), out, Files.readString(folder.resolve("err")));
  }

  @Test
  void generatingDoesNotNeedOnednn() throws Exception {
    Path natives = Path.of(System.getProperty(PROPERTY));
    List<String> index = new ArrayList<>();
    for (String line : Files.readAllLines(natives.resolve("libraries.sha256"))) {
      String name = line.split("\\s+\\*?", 2)[1];
      if (!name.contains("dnnl") && !name.contains("onednn")) {
        index.add(line);
        Files.copy(natives.resolve(name), folder.resolve(name));
      }
    }
    Files.write(folder.resolve("libraries.sha256"), index);
    Run run =
        finish(
            start(
                folder.toString(),
                "generate",
                "--prompt=Call me",
                "--temperature=0",
                "--length=13"));
    assertEquals("Call me the ship was\n", run.ok());
  }

  @Test
  void withoutNativesInfoTellsTheRestAndWhatIsMissing() throws Exception {
    String nowhere = folder.resolve("nowhere").toString();
    Run run = finish(start(nowhere, "info")).refused(nowhere);
    assertTrue(run.out().contains(Runtime.version().toString()), run.out());
    assertTrue(run.out().contains("platform"), run.out());
    assertFalse(run.out().contains("oneDNN"), run.out());
  }

  @Test
  void withoutNativesCellsAreListedAndWhatIsMissing() throws Exception {
    String nowhere = folder.resolve("nowhere").toString();
    String list = finish(start(nowhere, "cells")).ok();
    assertTrue(list.contains("\nonednn, libkioku cannot be used here: Kioku's native"), list);
    assertTrue(list.contains(nowhere), list);
    String page = finish(start(nowhere, "cells", "--show=lstm")).ok();
    assertTrue(page.contains("\n  reference  yes, in plain Java"), page);
    assertTrue(page.contains("\n  libkioku   yes, but not here: Kioku's native"), page);
    assertTrue(page.contains("\n  N = 1:   none, for want of native libraries"), page);
    assertEquals(
        Run.of("cells", "--markdown").ok(), finish(start(nowhere, "cells", "--markdown")).ok());
  }

  @Test
  void withoutNativesTheReferenceStillComputes() throws Exception {
    String nowhere = folder.resolve("nowhere").toString();
    finish(start(nowhere, "generate", "--prompt=x")).refused(nowhere);
    Run run = finish(start(nowhere, "generate", "--prompt=x", "--length=0", "--backend=reference"));
    assertEquals("x\n", run.ok());
  }

  @Test
  void whenTheReaderLeavesItEndsQuietly() throws Exception {
    Process process =
        start(null, "generate", "--prompt=Call me", "--length=1000000000", "--backend=reference");
    try (InputStream in = process.getInputStream()) {
      assertEquals("Call me", new String(in.readNBytes(7), StandardCharsets.UTF_8));
    }
    assertEquals(0, process.waitFor());
    assertEquals("", Files.readString(folder.resolve("err")));
  }
}
