package io.kioku.bench.layer;

import io.kioku.Precision;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;

/// Pictures of how many times as fast as the best peer Kioku is. Bars stand on 1 and are as long as
/// the logarithm of the ratio, so that twice as fast and half as fast look alike; the line is
/// [Aims#EACH].
///
/// One picture shows the means by kind of use and cell, and one for each kind of use and cell every
/// shape of it.
final class Charts {
  private static final List<Color> COLORS =
      List.of(
          new Color(0x08306b),
          new Color(0x2171b5),
          new Color(0x6baed6),
          new Color(0xc6dbef),
          new Color(0xfd8d3c),
          new Color(0xfdd0a2));

  /// Ratios that every picture reaches from and to, so that small differences look small.
  private static final double LEAST = 0.8;

  private static final double MOST = 1.6;
  private static final double MARGIN = 0.05; // of a doubling

  private Charts() {}

  /// Writes compare.png, and compare-USE-CELL.png or, but for float32,
  /// compare-USE-CELL-PRECISION.png.
  static void write(List<Result> results, Path folder) throws IOException {
    Map<Precision, Map<String, List<Result>>> all = new LinkedHashMap<>();
    for (Result r : results) {
      if (r.candidate().name().equals("kioku")) {
        all.computeIfAbsent(r.candidate().precision(), k -> new LinkedHashMap<>())
            .computeIfAbsent(r.group() + " " + r.shape().cell(), k -> new ArrayList<>())
            .add(r);
      }
    }
    save(means(all), folder, "compare");
    for (Precision precision : all.keySet()) {
      String name = precision.name().toLowerCase(Locale.ROOT);
      for (Map.Entry<String, List<Result>> use : all.get(precision).entrySet()) {
        if (use.getValue().stream().anyMatch(r -> !Double.isNaN(r.ratio()))) {
          String file =
              "compare-" + use.getKey().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
          save(
              shapes(use.getKey() + ", " + name, use.getValue()),
              folder,
              precision == Precision.F32 ? file : file + "-" + name);
        }
      }
    }
  }

  /// By kind of use and cell, a bar for each precision.
  private static CategoryChart means(Map<Precision, Map<String, List<Result>>> all) {
    Map<String, Map<String, Double>> series = new LinkedHashMap<>();
    all.forEach((precision, byUse) -> {
      Map<String, Double> means = new LinkedHashMap<>();
      byUse.forEach((use, results) ->
          means.put(use, Means.geometric(results.stream().mapToDouble(Result::floatRatio))));
      series.put(precision.name().toLowerCase(Locale.ROOT), means);
    });
    return chart(
        "Kioku by kind of use and cell: geometric means", "times the best peer in float32", series);
  }

  /// By size, a bar for each number of steps and streams.
  private static CategoryChart shapes(String title, List<Result> results) {
    Map<String, Map<String, Double>> series = new LinkedHashMap<>();
    for (Result r : results) {
      Shape s = r.shape();
      String size =
          s.input() == s.hidden()
              ? "H = " + s.hidden()
              : "I = %d, H = %d".formatted(s.input(), s.hidden());
      series
          .computeIfAbsent(
              "T = %d, N = %d".formatted(s.steps(), s.batch()), k -> new LinkedHashMap<>())
          .put(size, r.ratio());
    }
    return chart("Kioku: " + title, "times the best peer", series);
  }

  /// @param series the ratios of each one's categories; not all need have all
  private static CategoryChart chart(
      String title, String axis, Map<String, Map<String, Double>> series) {
    Set<String> categories = new LinkedHashSet<>();
    series.values().forEach(values -> categories.addAll(values.keySet()));
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(Math.max(1000, 230 + 130 * categories.size()))
            .height(560)
            .title(title)
            .yAxisTitle("%s (line: %.2f)".formatted(axis, Aims.EACH))
            .build();
    style(chart.getStyler());
    double least = Math.log(LEAST) / Math.log(2);
    double most = Math.log(MOST) / Math.log(2);
    for (Map.Entry<String, Map<String, Double>> one : series.entrySet()) {
      List<Double> powers = new ArrayList<>();
      for (String category : categories) {
        double ratio = one.getValue().getOrDefault(category, Double.NaN);
        double power = Math.log(ratio) / Math.log(2);
        powers.add(Double.isNaN(ratio) ? null : power);
        least = power < least ? power : least;
        most = power > most ? power : most;
      }
      chart.addSeries(one.getKey(), List.copyOf(categories), powers);
    }
    chart.getStyler().setYAxisMin(least - MARGIN).setYAxisMax(most + MARGIN);
    chart.addAnnotation(new AnnotationLine(Math.log(Aims.EACH) / Math.log(2), false, false));
    return chart;
  }

  private static void style(CategoryStyler styler) {
    styler.setSeriesColors(COLORS.toArray(Color[]::new));
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setPlotGridLinesColor(new Color(0xdddddd));
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setAvailableSpaceFill(0.85);
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
    styler.setYAxisTickMarkSpacingHint(60);
    styler.setYAxisTickLabelsFormattingFunction(
        power -> String.format(Locale.ROOT, "%.2f", Math.pow(2, power)));
    styler.setAnnotationLineColor(new Color(0xcb181d));
    styler.setAnnotationLineStroke(
        new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {6, 4}, 0));
  }

  private static void save(CategoryChart chart, Path folder, String name) throws IOException {
    ImageIO.write(
        BitmapEncoder.getBufferedImage(chart), "png", folder.resolve(name + ".png").toFile());
  }
}
