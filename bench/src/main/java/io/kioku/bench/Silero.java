package io.kioku.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs [SileroBenchmark] in rounds, the contestants in turn, a new JVM each, and prints the
/// medians.
public final class Silero {
  private Silero() {}

  /// @param args the number of rounds; 5 if there is none
  public static void main(String[] args) throws RunnerException {
    int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
    Map<String, List<Double>> micros = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      Collection<RunResult> results =
          new Runner(
                  new OptionsBuilder()
                      .include(SileroBenchmark.class.getName())
                      .jvmArgsAppend(
                          "--enable-native-access=ALL-UNNAMED",
                          "-Dkioku.natives=" + System.getProperty("kioku.natives"),
                          "-Dkioku.bench.silero=" + System.getProperty("kioku.bench.silero"))
                      .shouldFailOnError(true)
                      .verbosity(VerboseMode.SILENT)
                      .build())
              .run();
      for (RunResult result : results) {
        String key =
            "%s, batch %2s"
                .formatted(
                    result.getParams().getParam("contestant"),
                    result.getParams().getParam("batch"));
        micros
            .computeIfAbsent(key, k -> new ArrayList<>())
            .add(result.getPrimaryResult().getScore());
      }
      System.err.println("round " + (round + 1) + " of " + rounds);
    }
    micros.forEach((name, values) ->
        System.out.printf("%-24s %9.1f us a chunk of the batch%n", name, median(values)));
    double kioku = median(micros.get("kioku, batch  1"));
    double kioku64 = median(micros.get("kioku, batch 64"));
    System.out.printf(
        "kioku / onnxruntime: %.2f (batch 1), %.2f (batch 64)%n",
        kioku / median(micros.get("onnxruntime, batch  1")),
        kioku64 / median(micros.get("onnxruntime, batch 64")));
    System.out.printf(
        "kioku, a stream's chunk in a batch of 64 / alone: %.2f%n", kioku64 / 64 / kioku);
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
