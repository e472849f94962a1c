package io.kioku.bench.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// What came out: tables, CSV and charts.
final class Report {
  private final Machine machine;
  private final List<String> notes;
  private final List<Result> results;

  /// @param notes about the machine's peaks
  Report(Machine machine, List<String> notes, List<Measured> all) {
    this.machine = machine;
    this.notes = notes;
    results = Result.of(all, machine);
  }

  /// Of compare.csv, see [Result#COLUMNS].
  List<List<String>> rows() {
    return results.stream().map(Result::row).toList();
  }

  /// The machine; one line a shape and contestant; how Kioku compares by groups of shapes; what it
  /// aims at.
  String markdown() {
    StringBuilder text = new StringBuilder(machine.markdown());
    notes.forEach(note -> text.append("- ").append(note).append('\n'));
    text.append(notes.isEmpty() ? "" : "\n");
    text.append(
        "| shape (cell T N I H) | contestant | µs | GFLOP/s | of the machine | times the best peer"
            + " | times the best f32 peer | difference |\n|---|---|---|---|---|---|---|---|\n");
    for (Result r : results) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.1f | %.1f | %.0f %% %s | %s | %s | %.1e%s |%n",
              r.shape(),
              r.candidate().label(),
              r.micros(),
              r.measured().gflops(),
              100 * r.share(),
              r.bound().by(),
              Means.text(r.ratio()),
              Means.text(r.floatRatio()),
              r.measured().difference(),
              r.measured().agrees() ? "" : " **computes something else**"));
    }
    return text.append('\n').append(summary()).append('\n').append(aims()).toString();
  }

  private String aims() {
    return new Aims(results, machine).markdown();
  }

  /// Geometric means of the ratios by groups of shapes, and how far outputs were off.
  private String summary() {
    StringBuilder text =
        new StringBuilder(
            "| shapes | contestant | number | times the best peer | at least | times the best f32"
                + " peer | times ONNX Runtime f32 | times its own f32 | largest difference | computes"
                + " something else |\n|---|---|---|---|---|---|---|---|---|---|\n");
    Map<String, Map<Candidate, List<Result>>> groups = new LinkedHashMap<>();
    for (Result r : results) {
      groups
          .computeIfAbsent(r.group(), k -> new LinkedHashMap<>())
          .computeIfAbsent(r.candidate(), k -> new ArrayList<>())
          .add(r);
    }
    groups.forEach((group, contestants) -> {
      Map<Shape, Double> runtime = new LinkedHashMap<>();
      contestants
          .getOrDefault(Candidate.JUDGE, List.of())
          .forEach(r -> runtime.put(r.shape(), r.micros()));
      contestants.forEach((candidate, its) ->
          text.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %s | %d | %s | %s | %s | %s | %s | %.1e | %s |%n",
                  group,
                  candidate.label(),
                  its.size(),
                  mean(its, Result::ratio),
                  Means.text(Means.least(its.stream().mapToDouble(Result::ratio))),
                  mean(its, Result::floatRatio),
                  mean(
                      its,
                      r ->
                          r.measured().agrees() ? runtime.get(r.shape()) / r.micros() : Double.NaN),
                  mean(its, Result::gain),
                  its.stream().mapToDouble(r -> r.measured().difference()).max().orElseThrow(),
                  others(its))));
    });
    return text.toString();
  }

  private static String others(List<Result> results) {
    long count = results.stream().filter(r -> !r.measured().agrees()).count();
    return count == 0 ? "" : "at %d".formatted(count);
  }

  private static String mean(List<Result> results, ToDoubleFunction<Result> ratio) {
    return Means.text(Means.geometric(results.stream().mapToDouble(ratio)));
  }

  /// Writes compare.md and the charts; [Journal] has written the rows.
  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("compare.md"), markdown());
    Charts.write(results, folder);
  }
}
