package io.kioku.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What a user may have meant by a name that is none.
final class Nearest {
  /// Longer names are like nothing that we know.
  private static final int LONGEST = 60;

  private Nearest() {}

  /// The names that contain this one, or else those with the fewest letters to change, whatever the
  /// case.
  static List<String> of(String name, List<String> known) {
    String wanted = name.toUpperCase(Locale.ROOT);
    if (wanted.isEmpty() || wanted.length() > LONGEST) {
      return List.of();
    }
    List<String> longer =
        known.stream().filter(k -> k.toUpperCase(Locale.ROOT).contains(wanted)).toList();
    if (!longer.isEmpty()) {
      return longer;
    }
    int least = known.stream().mapToInt(k -> distance(wanted, k)).min().orElse(0);
    return known.stream().filter(k -> distance(wanted, k) == least).toList();
  }

  /// Letters to insert, delete or replace: Levenshtein's distance, row by row.
  private static int distance(String a, String known) {
    String b = known.toUpperCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
