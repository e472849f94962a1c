package io.kioku.bench.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Starts `kioku-native-bench`, whose path is the property `kioku.bench.native`.
final class NativeBench {
  private NativeBench() {}

  /// A process whose complaints are this one's.
  static Process start(String... arguments) throws IOException {
    List<String> command =
        Stream.concat(Stream.of(System.getProperty("kioku.bench.native")), Stream.of(arguments))
            .toList();
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /// What the machine can do, see [Machine#of].
  static Map<String, String> peak() throws IOException, InterruptedException {
    Process process = start("peak");
    Map<String, String> values = new HashMap<>();
    for (String line : process.inputReader(StandardCharsets.UTF_8).readAllLines()) {
      values.put(line.substring(0, line.indexOf(',')), line.substring(line.indexOf(',') + 1));
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException("kioku-native-bench peak failed");
    }
    return values;
  }
}
