package io.kioku.bench.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/// What came out: a table, CSV, Markdown and a chart.
final class Report {
  private final Machine machine;
  private final List<Result> results;

  Report(Machine machine, List<Result> results) {
    this.machine = machine;
    this.results = results;
  }

  private static String label(Result result) {
    return result.contestant() + " " + result.precision();
  }

  /// The columns of kioku-native-bench, and what is known here beside them.
  String csv() {
    StringBuilder text =
        new StringBuilder(
            "contestant,precision,cell,T,N,I,H,micros,gflops,bound,share,ratio_to_best_peer\n");
    for (Result r : results) {
      Shape s = r.shape();
      text.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%d,%d,%d,%d,%.3f,%.2f,%s,%.3f,%.3f%n",
              r.contestant(),
              r.precision(),
              s.cell(),
              s.steps(),
              s.batch(),
              s.input(),
              s.hidden(),
              r.micros(),
              r.gflops(),
              r.bound(),
              r.share(),
              r.ratio()));
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
        "| shape (cell T N I H) | contestant | µs | GFLOP/s | of the machine | times the best peer |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (Result r : results) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.1f | %.1f | %.0f %% %s | %.2f |%n",
              r.shape(),
              label(r),
              r.micros(),
              r.gflops(),
              100 * r.share(),
              r.bound(),
              r.ratio()));
    }
    return text.append('\n').append(summary()).toString();
  }

  /// Geometric means of Kioku's ratios by kind of use.
  String summary() {
    StringBuilder text =
        new StringBuilder(
            "| kind of use | contestant | shapes | times the best f32 peer | at least | times ONNX"
                + " Runtime f32 | times ONNX Runtime int8 |\n|---|---|---|---|---|---|---|\n");
    Map<String, List<Result>> groups = new TreeMap<>();
    for (Result r : results) {
      if (r.isKioku()) {
        groups.computeIfAbsent(r.shape().group() + " | " + label(r), k -> new ArrayList<>()).add(r);
      }
    }
    groups.forEach((name, members) ->
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %d | %.2f | %.2f | %s | %s |%n",
                name,
                members.size(),
                geometricMean(members.stream().map(Result::ratio).toList()),
                members.stream().mapToDouble(Result::ratio).min().orElse(Double.NaN),
                against(members, "f32"),
                against(members, "int8"))));
    return text.toString();
  }

  private String against(List<Result> members, String precision) {
    List<Double> ratios = new ArrayList<>();
    for (Result member : members) {
      for (Result r : results) {
        if (r.contestant().equals("onnxruntime")
            && r.precision().equals(precision)
            && r.shape().equals(member.shape())) {
          ratios.add(r.micros() / member.micros());
        }
      }
    }
    return ratios.isEmpty() ? "" : String.format(Locale.ROOT, "%.2f", geometricMean(ratios));
  }

  private static double geometricMean(List<Double> values) {
    return Math.exp(values.stream().mapToDouble(Math::log).average().orElse(Double.NaN));
  }

  /// Writes compare.csv, compare.md and compare.png.
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("compare.csv"), csv());
    Files.writeString(folder.resolve("compare.md"), markdown());
    BitmapEncoder.saveBitmap(
        chart(), folder.resolve("compare.png").toString(), BitmapEncoder.BitmapFormat.PNG);
  }

  /// How many times as fast as the best peer each contestant is, shape by shape.
  private CategoryChart chart() {
    Set<String> shapes = new LinkedHashSet<>();
    Map<String, Map<String, Double>> ratios = new LinkedHashMap<>();
    for (Result r : results) {
      shapes.add(r.shape().toString());
      ratios
          .computeIfAbsent(label(r), k -> new LinkedHashMap<>())
          .put(r.shape().toString(), r.ratio());
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(Math.max(900, 160 + shapes.size() * 60))
            .height(640)
            .title("Times as fast as the fastest of ONNX Runtime, PyTorch and oneDNN in float32")
            .yAxisTitle("times")
            .xAxisTitle("cell T N I H")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setXAxisLabelRotation(60);
    chart.getStyler().setAvailableSpaceFill(0.9);
    List<String> names = List.copyOf(shapes);
    ratios.forEach((label, values) ->
        chart.addSeries(
            label, names, names.stream().map(s -> values.getOrDefault(s, 0.0)).toList()));
    return chart;
  }
}
