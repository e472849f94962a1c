package io.kioku.cell;

/// Equations that do not make a cell. The message names the line and column, shows the line with a
/// mark under the character, and says what would be right.
public final class EquationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

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
    String shown = text.lines().skip(line - 1L).findFirst().orElse("");
    return "cell %s, line %d, column %d: %s\n  %s\n  %s^"
        .formatted(cell, line, column, problem, shown, " ".repeat(column - 1));
  }
}
