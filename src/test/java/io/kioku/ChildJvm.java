package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A JVM beside the one that tests run in, with the same class path.
public final class ChildJvm {
  /// Options with which what grows is native: the heap is taken in full at the start, and code is
  /// compiled once and soon. The optimising compiler takes some ten megabytes of its own, late
  /// where other programs keep the processors busy.
  public static final List<String> STEADY =
      List.of(
          "-Xms64m",
          "-Xmx64m",
          "-XX:+AlwaysPreTouch",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1");

  private ChildJvm() {}

  record Ended(int exit, String output) {}

  /// Runs a main class with this JVM's natives; it must succeed.
  ///
  /// @return the lines that it printed
  public static List<String> run(List<String> options, Class<?> main, String... args)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(options);
    all.add("--enable-native-access=ALL-UNNAMED");
    all.add("-Dkioku.natives=" + System.getProperty("kioku.natives"));
    Ended ended = start(all, Map.of(), main, args);
    assertEquals(0, ended.exit, ended.output);
    return ended.output.lines().toList();
  }

  /// Runs a main class to its end, whatever that is. Options may replace the class path.
  static Ended start(
      List<String> options, Map<String, String> environment, Class<?> main, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(options);
    command.add(main.getName());
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }
}
