package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cells;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private static final String[] GENERATE = {
    "generate", "--backend=reference", "--prompt=abc", "--length=5"
  };

  @Test
  void aCommandIsNeeded() {
    Run.of().refused("Missing required subcommand (see kioku --help)");
    Run.of("generat").refused("Unmatched argument at index 0: 'generat'");
    Run.of("--speed").refused("Unknown option: '--speed'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "generate",
        "score",
        "explain",
        "cells",
        "run",
        "show",
        "vad",
        "conformance",
        "info"
      })
  void eachCommandHasHelpAndVersion(String command) {
    assertTrue(Run.of("--help").ok().contains("  " + command));
    assertTrue(Run.of(command, "--help").ok().startsWith("Usage: kioku " + command));
    assertTrue(Run.of(command, "--version").ok().startsWith("kioku "));
  }

  @Test
  void helpNamesDefaultsAndBackends() {
    String help = Run.of("generate", "--help").ok().replaceAll("\\s+", " ");
    assertTrue(help.contains("reference, onednn, libkioku"), help);
    assertTrue(help.contains("default 400"), help);
    assertTrue(help.contains("default 0.7"), help);
  }

  @Test
  void whenNobodyReadsItEndsQuietly() {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    Run run = Run.to(failing(seen, new IOException("Broken pipe")), GENERATE);
    assertEquals("", run.err());
    assertEquals(0, run.exit());
    assertEquals("abc", seen.toString(StandardCharsets.UTF_8).substring(0, 3));
    assertEquals(5, seen.size());
  }

  @Test
  void outputThatCannotBeWrittenIsToldOf() {
    Run.to(
            failing(new ByteArrayOutputStream(), new IOException("No space left on device")),
            GENERATE)
        .refused("cannot write to standard output: No space left on device");
  }

  @Test
  void bugsAreNotTheUsersErrors() {
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int value) {
            throw new UnsupportedOperationException("a bug");
          }
        };
    Run run = Run.to(out, GENERATE);
    assertEquals(1, run.exit());
    assertTrue(run.err().contains("UnsupportedOperationException: a bug"), run.err());
  }

  /// A standard output that takes 5 bytes.
  private static OutputStream failing(ByteArrayOutputStream seen, IOException problem) {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        if (seen.size() == 5) {
          throw problem;
        }
        seen.write(value);
      }
    };
  }

  @Test
  void infoTellsHowALayerIsPlanned() {
    String plan = Run.of("info", "--plan", "lstm:64x512", "--batch", "3", "--steps", "50").ok();
    assertTrue(plan.contains("I = 64, H = 512, N = 3, T = 50, f32"), plan);
    assertTrue(plan.matches("(?s).*onednn +yes, .*libkioku +yes, .*planned +\\w+: .{20,}"), plan);
    assertTrue(plan.matches("(?s).*memory +\\d{4,5}\\.\\d KiB of packed weights, .*"), plan);
    String bytes = Run.of("info", "--plan", "gru:8x16", "--precision", "INT8").ok();
    assertTrue(bytes.matches("(?s).*onednn +no: .*planned +libkioku: .*"), bytes);
    assertTrue(bytes.contains("oneDNN has LSTM and GRU with the reset before the product"), bytes);
    String dynamic = Run.of("info", "--plan", "lstm:8x512", "--precision", "int8").ok();
    assertTrue(dynamic.contains("no: oneDNN needs fixed scales: compile with a Cal"), dynamic);
    String fixed =
        Run.of("info", "--plan", "lstm:8x512", "--precision", "int8", "--calibrated").ok();
    assertTrue(fixed.contains("int8, calibrated"), fixed);
    assertTrue(fixed.matches("(?s).*onednn +(yes|no: oneDNN's products in 8 bits need).*"), fixed);
    Run.of("info", "--plan", "lstm:3x4", "--calibrated").refused("is for --precision int8");
    String tuned = Run.of("info", "--plan", "lstm:3x5", "--tune").ok();
    assertTrue(tuned.contains("measured on this machine to be the fastest from N=1 on"), tuned);
    assertTrue(Run.of("info", "--plan", "lstm:3x5").ok().contains("measured on this machine"));
    Run.of("info", "--plan", "lstm").refused("expected a cell, I and H, as in lstm:64x256");
    Run.of("info", "--plan", "lstm:0x3").refused("expected I and H from 1");
    Run.of("info", "--plan", "lsm:3x4").refused("there is no cell 'lsm', but LSTM");
    Run.of("info", "--plan", "lstm:9999999x9999999").refused("--plan: ");
    Run.of("info", "--batch", "3").refused("--plan=CELL:IxH");
    Run.of("info", "--plan", "lstm:3x4", "--steps", "0").refused("expected at least 1");
  }

  @Test
  @Tag("tiers")
  void infoTellsWhatComputesHere() {
    String info = Run.of("info").ok();
    assertTrue(info.contains(Runtime.version().toString()), info);
    assertTrue(info.matches("(?s).*ISA +(scalar|avx\\w+|amx|neon\\w*) in use, .*"), info);
    assertTrue(info.matches("(?s).*BLAS +OpenBLAS \\d.*oneDNN +\\d+\\.\\d+\\.\\d+.*"), info);
    assertTrue(info.matches("(?s).*loaded .*kioku_onednn.*"), info);
    for (String name : new String[] {Cells.LSTM.name(), Cells.GRU.name(), Cells.RNN_RELU.name()}) {
      assertTrue(
          info.matches(
              "(?s).*"
                  + name
                  + " +N = 1: +(onednn|libkioku): .*\\R +N = 32: (onednn|libkioku): .*"),
          name + " in " + info);
    }
    assertTrue(info.endsWith("\nother cells       kioku cells, kioku cells --show NAME\n"), info);
    assertTrue(info.lines().count() < 40, info);
  }
}
