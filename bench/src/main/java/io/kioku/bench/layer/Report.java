package io.kioku.bench.layer;

import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.Styler;

/// What came out: a table, CSV, Markdown and a chart.
final class Report {
  private final Machine machine;
  private final Map<String, List<Result>> groups;
  private final List<Result> results;

  /// @param groups the results by group of shapes
  Report(Machine machine, Map<String, List<Result>> groups) {
    this.machine = machine;
    this.groups = groups;
    results = groups.values().stream().flatMap(List::stream).toList();
  }

  /// The columns of kioku-native-bench, and what is known here beside them.
  String csv() {
    StringBuilder text =
        new StringBuilder(
            "contestant,precision,cell,T,N,I,H,micros,gflops,bound,share,ratio_to_best_peer,"
                + "ratio_to_best_f32_peer,difference\n");
    for (Result r : results) {
      Shape s = r.shape();
      text.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%d,%d,%d,%d,%.3f,%.2f,%s,%.3f,%.3f,%.3f,%.2e%n",
              r.candidate().name(),
              r.candidate().precisionName(),
              s.cell(),
              s.steps(),
              s.batch(),
              s.input(),
              s.hidden(),
              r.micros(),
              r.gflops(),
              r.bound().by(),
              r.share(),
              r.ratio(),
              r.floatRatio(),
              r.difference()));
    }
    return text.toString();
  }

  /// One line a shape and contestant; then how Kioku compares by groups of shapes.
  String markdown() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "One core (%s): %.0f GFLOP/s of float32 multiply-adds; reads %.0f GB/s from L2,"
                    + " %.0f from L3, %.0f from memory.%n%n",
                machine.isa(),
                machine.gflops(),
                machine.l2(),
                machine.l3(),
                machine.memory()));
    text.append(
        "| shape (cell T N I H) | contestant | µs | GFLOP/s | of the machine | times the best peer"
            + " | times the best f32 peer | difference |\n|---|---|---|---|---|---|---|---|\n");
    for (Result r : results) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.1f | %.1f | %.0f %% %s | %s | %.2f | %.1e |%n",
              r.shape(),
              r.candidate().label(),
              r.micros(),
              r.gflops(),
              100 * r.share(),
              r.bound().by(),
              number(r.ratio()),
              r.floatRatio(),
              r.difference()));
    }
    return text.append('\n').append(summary()).toString();
  }

  /// Geometric means of the ratios by groups of shapes, and how far outputs were off.
  private String summary() {
    StringBuilder text =
        new StringBuilder(
            "| shapes | contestant | number | times the best peer | at least | times the best f32"
                + " peer | times ONNX Runtime f32 | largest difference |\n"
                + "|---|---|---|---|---|---|---|---|\n");
    groups.forEach((group, members) -> {
      Map<Candidate, List<Result>> contestants = new LinkedHashMap<>();
      for (Result r : members) {
        contestants.computeIfAbsent(r.candidate(), k -> new ArrayList<>()).add(r);
      }
      Map<Shape, Double> runtime = new LinkedHashMap<>();
      contestants
          .getOrDefault(Candidate.JUDGE, List.of())
          .forEach(r -> runtime.put(r.shape(), r.micros()));
      contestants.forEach((candidate, its) ->
          text.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %s | %d | %s | %s | %s | %s | %.1e |%n",
                  group,
                  candidate.label(),
                  its.size(),
                  number(geometricMean(its, Result::ratio)),
                  number(
                      its.stream()
                          .mapToDouble(Result::ratio)
                          .filter(r -> !Double.isNaN(r))
                          .min()
                          .orElse(Double.NaN)),
                  number(geometricMean(its, Result::floatRatio)),
                  number(geometricMean(its, r -> runtime.get(r.shape()) / r.micros())),
                  its.stream().mapToDouble(Result::difference).max().orElse(Double.NaN))));
    });
    return text.toString();
  }

  private static String number(double ratio) {
    return Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio);
  }

  /// Of those that are numbers.
  private static double geometricMean(List<Result> results, ToDoubleFunction<Result> ratio) {
    return Math.exp(
        results.stream()
            .mapToDouble(ratio)
            .filter(r -> !Double.isNaN(r))
            .map(Math::log)
            .average()
            .orElse(Double.NaN));
  }

  /// Writes compare.csv, compare.md and compare.png.
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("compare.csv"), csv());
    Files.writeString(folder.resolve("compare.md"), markdown());
    try (OutputStream picture = Files.newOutputStream(folder.resolve("compare.png"))) {
      BitmapEncoder.saveBitmap(chart(), picture, BitmapEncoder.BitmapFormat.PNG);
    }
  }

  /// How many times as fast as the best peer in float32 each contestant is, shape by shape.
  private CategoryChart chart() {
    Set<String> shapes = new LinkedHashSet<>();
    Map<String, Map<String, Double>> ratios = new LinkedHashMap<>();
    for (Result r : results) {
      shapes.add(r.shape().toString());
      ratios
          .computeIfAbsent(r.candidate().label(), k -> new LinkedHashMap<>())
          .put(r.shape().toString(), r.floatRatio());
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(Math.max(900, 300 + shapes.size() * 20))
            .height(720)
            .title("Times as fast as the fastest of ONNX Runtime, PyTorch and oneDNN in float32")
            .yAxisTitle("times")
            .xAxisTitle("cell T N I H")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setOverlapped(true);
    chart.getStyler().setXAxisTickMarkSpacingHint(1); // a label for each shape
    chart.getStyler().setXAxisLabelRotation(90);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Scatter);
    List<String> names = List.copyOf(shapes);
    ratios.forEach((label, values) ->
        chart.addSeries(
            label, names, names.stream().map(s -> values.getOrDefault(s, Double.NaN)).toList()));
    return chart;
  }
}
