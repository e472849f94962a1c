package io.kioku.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.List;

/// The part of a picture that shows what the model expected after each byte, and what came.
///
/// @param sheet where it is drawn
record PredictionPanel(Sheet sheet) {
  private static final int ROW = 34;
  private static final int LAST_ROW = 26;
  private static final List<String> NAMES = List.of("1st guess", "2nd guess", "3rd guess");

  /// Told from the blue of the others by the colour-blind too.
  private static final Color RIGHT = new Color(0xD55E00);

  /// How much room it takes.
  static final int HEIGHT = Sheet.HEADING + Walk.GUESSES * ROW + LAST_ROW;

  void draw(int top) {
    Walk walk = sheet.walk();
    sheet.drawHeading(
        "Prediction of the next byte:",
        "how sure the model is, in %%; a frame means that it came (1st guess: %d of %d times)"
            .formatted(walk.rightGuesses(), walk.steps() - 1),
        top);
    sheet.drawRowName("having read", top + Sheet.HEADING - 9);
    int y = top + Sheet.HEADING;
    for (int k = 0; k < Walk.GUESSES; k++) {
      sheet.drawRowName(NAMES.get(k), y + 20);
      for (int t = 0; t < walk.steps(); t++) {
        drawGuess(t, walk.predictions(t).get(k), y);
      }
      y += ROW;
    }
    sheet.drawRowName("what came", y + 20);
    sheet.drawText(1, y + 20);
  }

  private void drawGuess(int step, Prediction guess, int y) {
    Graphics2D graphics = sheet.graphics();
    int x = sheet.left(step) + 1;
    int width = sheet.column() - 2;
    graphics.setColor(shade(guess.probability()));
    graphics.fillRect(x, y + 1, width, ROW - 2);
    if (sheet.walk().isRight(step, guess)) {
      graphics.setColor(RIGHT);
      graphics.drawRect(x, y + 1, width - 1, ROW - 3);
      graphics.drawRect(x + 1, y + 2, width - 3, ROW - 5);
    }
    Pen pen = sheet.pen();
    pen.style(Font.BOLD, 13, Pen.INK);
    pen.writeByte(sheet.middle(step), y + 15, guess.symbol());
    pen.style(Font.PLAIN, 10, Pen.INK);
    pen.writeAround(sheet.middle(step), y + 28, String.valueOf(guess.percent()));
  }

  /// From white to a blue on which black can be read.
  private static Color shade(double probability) {
    return new Color((float) (1 - 0.45 * probability), (float) (1 - 0.25 * probability), 1);
  }
}
