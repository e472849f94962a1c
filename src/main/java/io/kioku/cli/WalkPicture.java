package io.kioku.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;

/// A walk as a picture: from top to bottom a title, a heat map of each quantity and the
/// predictions, all with the same columns, one for each byte.
final class WalkPicture {
  private static final int MARGIN = 24;
  private static final int RIGHT = 110; // of the columns: scales of colours
  private static final int LEAST_WIDTH = 960; // so that sentences fit
  private static final int TITLE = 84;
  private static final int GAP = 26;

  private static final int PANEL = 192; // about as high
  private static final int HIGHEST_ROW = 64;
  private static final int COLUMNS = 1000; // about as wide, together
  private static final int NARROWEST_COLUMN = 26; // so that predictions can be read
  private static final int WIDEST_COLUMN = 48;

  private WalkPicture() {}

  /// Draws it.
  ///
  /// @param units the rows, from top to bottom
  static BufferedImage of(Walk walk, List<Integer> units) {
    int column = Math.clamp(COLUMNS / walk.steps(), NARROWEST_COLUMN, WIDEST_COLUMN);
    int row = Math.clamp(Math.round((double) PANEL / units.size()), 1, HIGHEST_ROW);
    int height = row * units.size();
    int panel = Sheet.HEADING + height + GAP;
    BufferedImage image =
        new BufferedImage(
            Math.max(LEAST_WIDTH, Sheet.LEFT + column * walk.steps() + RIGHT),
            TITLE + panel * walk.guide().quantities().size() + PredictionPanel.HEIGHT + MARGIN,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
      Sheet sheet = new Sheet(graphics, new Pen(graphics), walk, column);
      drawTitle(sheet, units.size(), image.getWidth() - 2 * MARGIN);
      int y = TITLE;
      for (Quantity quantity : walk.guide().quantities()) {
        new QuantityPanel(sheet, units, height).draw(quantity, y);
        y += panel;
      }
      new PredictionPanel(sheet).draw(y);
    } finally {
      graphics.dispose();
    }
    return image;
  }

  private static void drawTitle(Sheet sheet, int rows, int width) {
    Walk walk = sheet.walk();
    Pen pen = sheet.pen();
    pen.style(Font.BOLD, 20, Pen.INK);
    String title =
        "What the %s remembers while it reads “%s”"
            .formatted(walk.cell(), ByteLabel.ofAll(walk.text()));
    pen.write(pen.fit(title, width), MARGIN, 36);
    pen.style(Font.PLAIN, 13, Pen.GREY);
    String units = rows == walk.units() ? "all " + rows : rows + " of " + walk.units();
    pen.write(
        ("Layer %d of %d, counted from 0. A column is a byte of the text (␣: a space), a row a unit (%s);"
                + " those on top remember longest.")
            .formatted(walk.layer(), walk.layers(), units),
        MARGIN,
        60);
  }
}
