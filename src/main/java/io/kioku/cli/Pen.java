package io.kioku.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;

/// Writes on a picture.
final class Pen {
  static final Color INK = new Color(0x222222);
  static final Color GREY = new Color(0x666666);

  private final Graphics2D graphics;

  /// @throws UserError if this machine has no fonts to write with
  static void checkFonts() {
    try {
      new Font(Font.SANS_SERIF, Font.PLAIN, 1).canDisplay('x');
    } catch (RuntimeException | LinkageError | InternalError e) { // all of which Java has for it
      throw new UserError(
          "a picture needs fonts, and Java finds none: install fontconfig and a font, such as"
              + " DejaVu Sans",
          e);
    }
  }

  /// @param graphics becomes set up for even, smooth writing that is the same each time
  Pen(Graphics2D graphics) {
    this.graphics = graphics;
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    style(Font.PLAIN, 13, INK);
  }

  /// How what follows is written.
  ///
  /// @param style as in [Font]
  Pen style(int style, int size, Color color) {
    graphics.setFont(new Font(Font.SANS_SERIF, style, size));
    graphics.setColor(color);
    return this;
  }

  int width(String text) {
    return graphics.getFontMetrics().stringWidth(text);
  }

  /// Writes to the right of x, on the line y.
  ///
  /// @return where the text ends
  int write(String text, int x, int y) {
    graphics.drawString(text, x, y);
    return x + width(text);
  }

  /// Writes to the left of x.
  void writeLeftOf(int x, int y, String text) {
    graphics.drawString(text, x - width(text), y);
  }

  /// Writes to both sides of x.
  void writeAround(int x, int y, String text) {
    graphics.drawString(text, x - width(text) / 2, y);
  }

  /// Writes a byte's label to both sides of x, in hexadecimal if the font lacks its sign.
  void writeByte(int x, int y, int symbol) {
    String label = ByteLabel.of(symbol);
    boolean isKnown = graphics.getFont().canDisplayUpTo(label) < 0;
    writeAround(x, y, isKnown ? label : "%02X".formatted(symbol));
  }

  /// The longest beginning of a text that fits into a width, with an ellipsis if that is not all.
  String fit(String text, int width) {
    if (width(text) <= width) {
      return text;
    }
    int end = text.length() - 1;
    while (end > 0 && width(text.substring(0, end) + "…") > width) {
      end--;
    }
    return text.substring(0, end) + "…";
  }
}
