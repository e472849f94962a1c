package io.kioku.cli;

import java.awt.Font;
import java.awt.Graphics2D;

/// Where a walk is drawn: one column for each byte, with the names of rows to the left.
///
/// @param graphics of the picture
/// @param pen that writes on it
/// @param walk what is drawn
/// @param column how wide a column is
record Sheet(Graphics2D graphics, Pen pen, Walk walk, int column) {
  /// Where the first column begins.
  static final int LEFT = 150;

  /// How much room a heading and the text below it take.
  static final int HEADING = 44;

  private static final int SPACE = 10;

  /// Where the last column ends.
  int right() {
    return LEFT + column * walk.steps();
  }

  /// Where the column of a step begins.
  int left(int step) {
    return LEFT + column * step;
  }

  /// The middle of the column of a step.
  int middle(int step) {
    return left(step) + column / 2;
  }

  /// A name, what it means, and the text.
  void drawHeading(String name, String meaning, int top) {
    pen.style(Font.BOLD, 14, Pen.INK);
    int end = pen.write(name, LEFT, top + 14);
    pen.style(Font.PLAIN, 13, Pen.GREY);
    pen.write(meaning, end + SPACE, top + 14);
    drawText(0, top + HEADING - 9);
  }

  /// The text on the line y, from one of its bytes on.
  void drawText(int from, int y) {
    pen.style(Font.BOLD, 14, Pen.INK);
    for (int t = from; t < walk.steps(); t++) {
      pen.writeByte(middle(t - from), y, walk.symbol(t));
    }
  }

  /// What a row is, on the line y.
  void drawRowName(String name, int y) {
    pen.style(Font.PLAIN, 12, Pen.GREY);
    pen.writeLeftOf(LEFT - SPACE, y, name);
  }
}
