package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// What a command printed, and its exit code.
record Run(int exit, String out, String err) {
  static Run of(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Run run = to(out, arguments);
    return new Run(run.exit, out.toString(StandardCharsets.UTF_8), run.err);
  }

  /// Runs a command with another standard output.
  static Run to(OutputStream out, String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit = Main.run(out, new PrintStream(err, true, StandardCharsets.UTF_8), arguments);
    return new Run(exit, "", err.toString(StandardCharsets.UTF_8));
  }

  /// All went well, and nothing was complained of.
  String ok() {
    assertEquals("", err);
    assertEquals(0, exit);
    return out;
  }

  /// Exit code 2 and one line that has this part.
  Run refused(String part) {
    assertTrue(err.contains(part), err);
    assertTrue(err.startsWith("kioku: "), err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.endsWith(System.lineSeparator()), "the line has no end");
    assertEquals(2, exit);
    return this;
  }
}
