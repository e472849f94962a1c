package io.kioku.cli;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.HeatMapStyler;

/// A rectangle of coloured cells without anything around it: one column for each step of a walk,
/// one row for each of some units.
final class HeatMap {
  /// Below any distance of ticks. XChart places ticks that are not seen too, in a width that is
  /// less than nothing for a single column, and would divide by how many of them have room.
  private static final int NO_SPACING = Integer.MIN_VALUE;

  private HeatMap() {}

  /// Draws it from (0, 0).
  ///
  /// @param units from top to bottom
  static void draw(
      Graphics2D graphics,
      Walk walk,
      Quantity quantity,
      List<Integer> units,
      int width,
      int height) {
    ColorScale scale = ColorScale.of(walk, quantity);
    HeatMapChart chart = new HeatMapChartBuilder().width(width).height(height).build();
    HeatMapStyler styler = chart.getStyler();
    styler.setRangeColors(scale.colors().toArray(Color[]::new));
    styler.setMin(scale.min());
    styler.setMax(scale.max());
    styler.setPlotContentSize(1);
    styler.setPlotMargin(0);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesVisible(false);
    styler.setChartPadding(0);
    styler.setChartTitleVisible(false);
    styler.setLegendVisible(false);
    styler.setAxisTicksVisible(false);
    styler.setXAxisTickMarkSpacingHint(NO_SPACING);
    styler.setAxisTitlesVisible(false);
    styler.setAntiAlias(false); // cells meet without seams
    chart.addSeries(
        quantity.name(),
        numbers(walk.steps()),
        numbers(units.size()),
        cells(walk, quantity, units));
    chart.paint(graphics, width, height);
  }

  /// (column, row from the bottom, value)
  private static List<Number[]> cells(Walk walk, Quantity quantity, List<Integer> units) {
    List<Number[]> cells = new ArrayList<>();
    for (int t = 0; t < walk.steps(); t++) {
      for (int row = 0; row < units.size(); row++) {
        double value = walk.value(quantity, t, units.get(row));
        cells.add(new Number[] {t, units.size() - 1 - row, value});
      }
    }
    return cells;
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
