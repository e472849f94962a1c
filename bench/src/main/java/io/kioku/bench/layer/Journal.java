package io.kioku.bench.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Rows of a CSV file, written as they are measured, so that a run that is interrupted can go on:
/// `NAME.csv`, and `NAME.run` with what the run was about, a line `key=value` each.
///
/// The rows of one contest are written at once, so that an interrupted run leaves all of them or
/// none. Should the last line be cut off all the same, its contest is taken to be missing.
final class Journal {
  private final Path csv;
  private final List<String> columns;
  private final List<Map<String, String>> kept;

  private Journal(Path csv, List<String> columns, List<Map<String, String>> kept) {
    this.csv = csv;
    this.columns = columns;
    this.kept = kept;
  }

  /// Begins anew.
  ///
  /// @param about the machine and the options, which a run that goes on must have in common
  static Journal begin(Path folder, String name, List<String> columns, Map<String, String> about)
      throws IOException {
    Files.createDirectories(folder);
    List<String> lines =
        about.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    Files.write(folder.resolve(name + ".run"), lines);
    Path csv = folder.resolve(name + ".csv");
    Files.writeString(csv, String.join(",", columns) + "\n");
    return new Journal(csv, columns, List.of());
  }

  /// Goes on with the file of an earlier run.
  ///
  /// @param contest the columns that rows of one contest have in common
  /// @throws IllegalStateException if there is none, or it was of another machine or with other
  ///   options; the message has the differences
  static Journal resume(
      Path folder,
      String name,
      List<String> columns,
      List<String> contest,
      Map<String, String> about)
      throws IOException {
    Path csv = folder.resolve(name + ".csv");
    try {
      checkSame(folder.resolve(name + ".run"), about);
      String text = Files.readString(csv);
      List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      if (lines.isEmpty() || !lines.getFirst().equals(String.join(",", columns))) {
        throw new IllegalStateException(csv + " has other columns, begin without --resume");
      }
      List<Map<String, String>> rows =
          new ArrayList<>(lines.stream().skip(1).map(line -> row(columns, line)).toList());
      if (!text.endsWith("\n") && !rows.isEmpty()) {
        Map<String, String> last = rows.getLast();
        rows.removeIf(row -> contest.stream().allMatch(key -> row.get(key).equals(last.get(key))));
      }
      Journal journal = new Journal(csv, columns, List.copyOf(rows));
      journal.finish(rows.stream().map(row -> List.copyOf(row.values())).toList());
      return journal;
    } catch (NoSuchFileException e) {
      throw new IllegalStateException(
          "there is no %s to go on with, begin without --resume".formatted(e.getMessage()), e);
    }
  }

  private static void checkSame(Path run, Map<String, String> about) throws IOException {
    Map<String, String> before = new LinkedHashMap<>();
    for (String line : Files.readAllLines(run)) {
      int at = line.indexOf('=');
      before.put(line.substring(0, Math.max(0, at)), line.substring(at + 1));
    }
    List<String> differences =
        about.keySet().stream()
            .filter(key -> !about.get(key).equals(before.get(key)))
            .map(key -> "%s was %s, is %s now".formatted(key, before.get(key), about.get(key)))
            .toList();
    if (!differences.isEmpty()) {
      throw new IllegalStateException(
          "%s cannot go on: %s".formatted(run, String.join("; ", differences)));
    }
  }

  private static Map<String, String> row(List<String> columns, String line) {
    String[] values = line.split(",", -1);
    if (values.length != columns.size()) {
      throw new IllegalStateException("'%s' is no row of %s".formatted(line, columns));
    }
    Map<String, String> row = new LinkedHashMap<>();
    for (int k = 0; k < values.length; k++) {
      row.put(columns.get(k), values[k]);
    }
    return row;
  }

  /// The rows of the earlier run, by column.
  List<Map<String, String>> kept() {
    return kept;
  }

  /// Writes the rows of one contest.
  void append(List<List<String>> rows) throws IOException {
    Files.writeString(csv, lines(rows), StandardOpenOption.APPEND);
  }

  /// Writes all rows anew: at the end of a run it is known what follows from all of them.
  void finish(List<List<String>> rows) throws IOException {
    Path next = csv.resolveSibling(csv.getFileName() + ".next");
    Files.writeString(next, String.join(",", columns) + "\n" + lines(rows), StandardCharsets.UTF_8);
    Files.move(next, csv, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String lines(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(String.join(",", row)).append('\n'));
    return text.toString();
  }
}
