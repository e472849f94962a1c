package io.kioku.cli;

import java.util.List;

/// Rows of text in columns that are as wide as they must be.
final class Columns {
  private static final String GAP = "  ";

  private Columns() {}

  /// Each row a line, indented.
  ///
  /// @param rows of one length
  static String lines(String indent, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      text.append(indent);
      for (int column = 0; column < row.size(); column++) {
        String cell = harmless(row.get(column));
        if (column == row.size() - 1) {
          text.append(cell).append('\n');
        } else {
          text.append(padded(cell, width(rows, column))).append(GAP);
        }
      }
    }
    return text.toString();
  }

  /// Names from files may have characters that make a terminal do something.
  private static String harmless(String cell) {
    return cell.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
  }

  /// Numbers end where their column does, all else begins there.
  private static String padded(String cell, int width) {
    String pad = " ".repeat(width - cell.length());
    return cell.matches("[0-9,]+") ? pad + cell : cell + pad;
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
