package io.kioku.cli;

import java.awt.Color;
import java.awt.Graphics2D;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;

/// A rectangle with bands that go from left to right, without anything around it: values over time.
final class TimePlot {
  private static final Color CLEAR = new Color(0, 0, 0, 0);

  private final XYChart chart;
  private final int width;
  private final int height;

  /// @param width in pixels: as many columns has each band
  /// @param min the value at the bottom
  /// @param max the value at the top
  TimePlot(int width, int height, double min, double max) {
    this.width = width;
    this.height = height;
    chart = new XYChartBuilder().width(width).height(height).build();
    XYStyler styler = chart.getStyler();
    styler.setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
    styler.setXAxisMin(0.0);
    styler.setXAxisMax((double) width);
    styler.setYAxisMin(min);
    styler.setYAxisMax(max);
    styler.setChartBackgroundColor(CLEAR);
    styler.setPlotBackgroundColor(CLEAR);
    styler.setPlotContentSize(1);
    styler.setPlotMargin(0);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesVisible(false);
    styler.setChartPadding(0);
    styler.setChartTitleVisible(false);
    styler.setLegendVisible(false);
    styler.setAxisTicksVisible(false);
    styler.setAxisTitlesVisible(false);
    styler.setMarkerSize(0);
  }

  /// Fills what is between two values in each column.
  void band(String name, double[] lows, double[] highs, Color color) {
    double[] x = new double[4 * width];
    double[] y = new double[4 * width];
    for (int column = 0; column < width; column++) { // there above, and back below
      int there = 2 * column;
      int back = 4 * width - 2 - 2 * column;
      x[there] = column;
      x[there + 1] = column + 1;
      y[there] = highs[column];
      y[there + 1] = highs[column];
      x[back] = column + 1;
      x[back + 1] = column;
      y[back] = lows[column];
      y[back + 1] = lows[column];
    }
    XYSeries series = chart.addSeries(name, x, y);
    series.setFillColor(color);
    series.setLineColor(color);
    series.setLineWidth(0.5f);
  }

  /// Draws it from (0, 0).
  void draw(Graphics2D graphics) {
    chart.paint(graphics, width, height);
  }
}
