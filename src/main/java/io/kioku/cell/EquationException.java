package io.kioku.cell;

/// Equations that do not make a cell. The message names the line and column, shows the line with a
/// mark under the character, and says what would be right.
public final class EquationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// The characters that are shown on either side of the one in question.
  private static final int SHOWN = 100;

  private final int line;
  private final int column;

  EquationException(String cell, String text, int line, int column, String problem) {
    super(message(cell, text, line, column, problem));
    this.line = line;
    this.column = column;
  }

  /// The line in the cell's text, from 1.
  public int line() {
    return line;
  }

  /// The column in the line, from 1.
  public int column() {
    return column;
  }

  private static String message(String cell, String text, int line, int column, String problem) {
    String whole = text.lines().skip(line - 1L).findFirst().orElse("");
    int from = Math.max(0, column - 1 - SHOWN);
    int to = Math.min(whole.length(), column - 1 + SHOWN);
    String before = (from > 0 ? "…" : "") + whole.substring(from, column - 1);
    String after = whole.substring(column - 1, to) + (to < whole.length() ? "…" : "");
    // A tab stays a tab, so that the mark stands where the character does.
    return "cell %s, line %d, column %d: %s\n  %s%s\n  %s^"
        .formatted(cell, line, column, problem, before, after, before.replaceAll("[^\t]", " "));
  }
}
