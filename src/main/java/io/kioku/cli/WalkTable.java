package io.kioku.cli;

import java.util.List;
import java.util.Locale;

/// A walk as a table for the terminal, of at most 100 columns.
final class WalkTable {
  /// How many units are shown if nothing is said.
  static final int UNITS = 16;

  private static final int WIDTH = 100;
  private static final int GUESSES = Walk.GUESSES * 9; // columns
  private static final String BLOCKS = "▁▂▃▄▅▆▇█";
  private static final String RESET = "\u001b[0m";
  private static final String BOLD = "\u001b[1m";
  private static final String RED = "\u001b[31m";
  private static final String BLUE = "\u001b[34m";

  private final Walk walk;
  private final List<Integer> units;
  private final boolean isColored;
  private final ColorScale scale;

  /// @param units whose states are shown, from left to right
  WalkTable(Walk walk, List<Integer> units, boolean isColored) {
    this.walk = walk;
    this.units = units;
    this.isColored = isColored;
    this.scale = ColorScale.of(walk, walk.guide().state());
  }

  /// How many units there is room for.
  static int room(Walk walk) {
    return WIDTH - GUESSES - guessesAt(walk, 0);
  }

  /// Where the guesses begin.
  private static int guessesAt(Walk walk, int units) {
    return 4 + 7 * walk.guide().quantities().size() + units + 2;
  }

  @Override
  public String toString() {
    StringBuilder table = new StringBuilder();
    head(table);
    for (int t = 0; t < walk.steps(); t++) {
      row(table, t);
    }
    table.append(
        "The best guess was right %d of %d times.\n"
            .formatted(walk.rightGuesses(), walk.steps() - 1));
    return table.toString();
  }

  private void head(StringBuilder table) {
    String state = walk.guide().state().name();
    table.append(
        """
        %s, layer %d of %d, counted from 0: means of size over all %d units after each byte;
        the %s of %d units, from the longest memory (%s) to the shortest (%s);
        and the model's guesses of the next byte, the right one marked ✓.
        %s: %s %s … %s %s

        """
            .formatted(
                walk.cell(),
                walk.layer(),
                walk.layers(),
                walk.units(),
                state,
                units.size(),
                walk.memoryInBytes(units.getFirst()),
                walk.memoryInBytes(units.getLast()),
                state,
                BLOCKS.charAt(0),
                scale.labels().getFirst(),
                BLOCKS.charAt(7),
                scale.labels().getLast()));
    StringBuilder line = new StringBuilder("    ");
    for (Quantity quantity : walk.guide().quantities()) {
      line.append("%-7s".formatted(quantity.brief()));
    }
    String strip = "%s of %d units".formatted(walk.guide().state().brief(), units.size());
    line.append(strip.length() <= units.size() ? strip : "");
    while (line.length() < guessesAt(walk, units.size()) + 1) {
      line.append(' ');
    }
    table.append(line).append("guesses\n");
  }

  private void row(StringBuilder table, int step) {
    table.append(" %-3s".formatted(ByteLabel.of(walk.symbol(step))));
    for (Quantity quantity : walk.guide().quantities()) {
      double mean = walk.mean(quantity, step);
      double part = mean / ColorScale.of(walk, quantity).max();
      table.append("%-7s".formatted(number(mean) + block(part)));
    }
    for (int unit : units) {
      double value = walk.value(walk.guide().state(), step, unit);
      double part = (value - scale.min()) / (scale.max() - scale.min());
      paint(table, value < 0 ? BLUE : RED, String.valueOf(block(part)));
    }
    table.append("  ");
    for (Prediction guess : walk.predictions(step)) {
      boolean isRight = walk.isRight(step, guess);
      String cell =
          "%s%-2s%3d%%"
              .formatted(isRight ? "✓" : " ", ByteLabel.of(guess.symbol()), guess.percent());
      paint(table, isRight ? BOLD : "", cell);
      table.append("  ");
    }
    table.setLength(table.length() - 2);
    table.append('\n');
  }

  /// At most 4 characters, unless it is 10 000 or more.
  private static String number(double value) {
    return String.format(
        Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
  }

  private static char block(double part) {
    return BLOCKS.charAt((int) Math.clamp(part * BLOCKS.length(), 0, BLOCKS.length() - 1));
  }

  private void paint(StringBuilder table, String color, String text) {
    if (isColored && !color.isEmpty()) {
      table.append(color).append(text).append(RESET);
    } else {
      table.append(text);
    }
  }
}
