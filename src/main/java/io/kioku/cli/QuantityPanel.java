package io.kioku.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.util.List;

/// The part of a picture that shows one quantity: its name, a heat map, how long the units of the
/// first and the last row remember, and the scale of colours.
///
/// @param sheet where it is drawn
/// @param units the rows, from top to bottom
/// @param height of the heat map, a multiple of the rows
record QuantityPanel(Sheet sheet, List<Integer> units, int height) {
  private static final int SCALE_WIDTH = 14;
  private static final int SCALE_HEIGHT = 128;
  private static final int LINE = 15;

  void draw(Quantity quantity, int top) {
    sheet.drawHeading("%s:".formatted(quantity.title()), quantity.meaning(), top);
    int y = top + Sheet.HEADING;
    int width = sheet.right() - Sheet.LEFT;
    Graphics2D place = (Graphics2D) sheet.graphics().create(Sheet.LEFT, y, width, height);
    HeatMap.draw(place, sheet.walk(), quantity, units, width, height);
    place.dispose();
    frame(Sheet.LEFT, y, width, height);
    drawMemory(y);
    drawScale(ColorScale.of(sheet.walk(), quantity), y);
  }

  private void frame(int x, int y, int width, int high) {
    sheet.graphics().setColor(Pen.GREY);
    sheet.graphics().drawRect(x - 1, y - 1, width + 1, high + 1);
  }

  private void drawMemory(int y) {
    sheet.drawRowName("longest memory,", y + LINE - 3);
    sheet.drawRowName(memory(units.getFirst()), y + 2 * LINE - 3);
    if (units.size() > 1) {
      sheet.drawRowName("shortest memory,", y + height - LINE - 4);
      sheet.drawRowName(memory(units.getLast()), y + height - 4);
    }
  }

  private String memory(int unit) {
    return "about " + sheet.walk().memoryInBytes(unit);
  }

  private void drawScale(ColorScale scale, int y) {
    int x = sheet.right() + 20;
    int high = Math.min(height, SCALE_HEIGHT);
    Color[] colors = scale.colors().toArray(Color[]::new);
    float[] places = new float[colors.length];
    for (int k = 0; k < places.length; k++) {
      places[k] = (float) k / (places.length - 1);
    }
    sheet.graphics().setPaint(new LinearGradientPaint(x, y + high, x, y, places, colors));
    sheet.graphics().fillRect(x, y, SCALE_WIDTH, high);
    frame(x, y, SCALE_WIDTH, high);
    sheet.pen().style(Font.PLAIN, 12, Pen.INK);
    List<String> labels = scale.labels();
    sheet.pen().write(labels.get(2), x + 20, y + 10);
    sheet.pen().write(labels.get(1), x + 20, y + high / 2 + 4);
    sheet.pen().write(labels.get(0), x + 20, y + high);
  }
}
