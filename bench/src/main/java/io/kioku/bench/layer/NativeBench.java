package io.kioku.bench.layer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// `kioku-native-bench` as a process beside this one, which is idle while others are timed.
final class NativeBench implements AutoCloseable {
  private final Process process;
  private final BufferedWriter to;
  private final BufferedReader from;

  /// @param program the path of kioku-native-bench
  NativeBench(String program) {
    try {
      process = start(program, "serve");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    to = process.outputWriter(StandardCharsets.UTF_8);
    from = process.inputReader(StandardCharsets.UTF_8);
  }

  private static Process start(String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("OMP_NUM_THREADS", "1");
    return builder.start();
  }

  /// What the machine can do: `gflops`, `l2_bytes`, `l2_gbs`, `l3_bytes`, `l3_gbs`, `memory_gbs`,
  /// and the name of its instruction set as `isa`.
  static Map<String, String> peak(String program) throws IOException, InterruptedException {
    Process process = start(program, "peak");
    Map<String, String> values = new HashMap<>();
    for (String line : process.inputReader(StandardCharsets.UTF_8).readAllLines()) {
      values.put(line.substring(0, line.indexOf(',')), line.substring(line.indexOf(',') + 1));
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException("kioku-native-bench peak failed");
    }
    return values;
  }

  /// Microseconds a call; the first time of a shape, its output is compared with libkioku's.
  ///
  /// @param contestant onednn or libkioku
  double micros(String contestant, String precision, Shape shape) {
    try {
      to.write("%s %s %s\n".formatted(contestant, precision, shape));
      to.flush();
      String line = from.readLine();
      if (line == null) {
        throw new IllegalStateException("kioku-native-bench ended at " + shape);
      }
      return Double.parseDouble(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
