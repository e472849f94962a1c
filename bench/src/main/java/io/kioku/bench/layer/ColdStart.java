package io.kioku.bench.layer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// From the start of a process to its first output: LSTM, T = 20, N = 1, I = H = 256, weights from
/// memory. Contestants in turn, a new JVM each.
///
///     bench/layers cold [ROUNDS]
public final class ColdStart {
  private static final List<String> CONTESTANTS =
      List.of("kioku f32", "onnxruntime f32", "pytorch f32");

  private ColdStart() {}

  /// @param args the number of rounds, 7 if there is none; or `first` and a contestant, for the
  ///   processes that are measured
  public static void main(String[] args) throws Exception {
    if (args.length == 2) {
      first(args[1]);
      return;
    }
    int rounds = args.length == 0 ? 7 : Integer.parseInt(args[0]);
    double[][] millis = new double[CONTESTANTS.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int c = 0; c < millis.length; c++) {
        long start = System.nanoTime();
        Process process = process(CONTESTANTS.get(c));
        if (process.inputReader(StandardCharsets.UTF_8).readLine() == null) {
          throw new IllegalStateException(CONTESTANTS.get(c) + " failed");
        }
        millis[c][round] = (System.nanoTime() - start) / 1e6;
        process.waitFor();
      }
    }
    for (int c = 0; c < millis.length; c++) {
      Arrays.sort(millis[c]);
      System.out.printf("%-16s %7.0f ms%n", CONTESTANTS.get(c), millis[c][rounds / 2]);
    }
  }

  private static Process process(String contestant) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dai.djl.offline=true");
    command.add("-Dkioku.natives=" + System.getProperty("kioku.natives"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ColdStart.class.getName(), "first", contestant));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static void first(String contestant) {
    Layer layer = Layer.of(new Shape("LSTM", 20, 1, 256, 256));
    try (LayerContestant runner = Candidate.parse(contestant).open(layer, 1)) {
      runner.run();
      System.out.println(runner.output()[0]);
    }
  }
}
