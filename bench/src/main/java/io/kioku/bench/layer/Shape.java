package io.kioku.bench.layer;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One layer in one direction and the size of its calls.
///
/// @param cell LSTM, GRU or RNN, as PyTorch computes them, or GRU_RESET_BEFORE, which it has not
/// @param steps T
/// @param batch N
/// @param input I
/// @param hidden H
record Shape(String cell, int steps, int batch, int input, int hidden) {
  private static final Map<String, Integer> GATES =
      Map.of("LSTM", 4, "GRU", 3, "GRU_RESET_BEFORE", 3, "RNN", 1);

  /// The shapes of a file by their groups: `cell T N I H` a line; `[name]` begins a group, the
  /// first one has the file's name; empty lines and those that begin with # are left out.
  ///
  /// @throws IllegalArgumentException if a line is something else; the message has its number
  static Map<String, List<Shape>> read(Path file) throws IOException {
    Map<String, List<Shape>> groups = new LinkedHashMap<>();
    String group = file.getFileName().toString().replaceFirst("[.]txt$", "");
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("[") && line.endsWith("]")) {
        group = line.substring(1, line.length() - 1);
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        Shape shape;
        try {
          shape = parse(List.of(line.split("\\s+", -1)));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "%s, line %d: %s".formatted(file, i + 1, e.getMessage()), e);
        }
        groups.computeIfAbsent(group, k -> new ArrayList<>()).add(shape);
      }
    }
    return groups;
  }

  /// @param words cell, T, N, I, H
  /// @throws IllegalArgumentException if they are something else
  static Shape parse(List<String> words) {
    if (words.size() == 5 && GATES.containsKey(words.get(0).toUpperCase(Locale.ROOT))) {
      try {
        int[] sizes = words.stream().skip(1).mapToInt(Integer::parseInt).toArray();
        if (Arrays.stream(sizes).min().getAsInt() > 0) {
          return new Shape(
              words.get(0).toUpperCase(Locale.ROOT), sizes[0], sizes[1], sizes[2], sizes[3]);
        }
      } catch (NumberFormatException e) {
        // said below
      }
    }
    throw new IllegalArgumentException(
        "'%s', expected LSTM, GRU, GRU_RESET_BEFORE or RNN, and T, N, I, H from 1"
            .formatted(String.join(" ", words)));
  }

  /// G.
  int gates() {
    return GATES.get(cell);
  }

  /// The cell in Kioku.
  Cell equations() {
    return switch (cell) {
      case "LSTM" -> Cells.LSTM;
      case "GRU" -> Cells.GRU;
      case "GRU_RESET_BEFORE" -> Cells.GRU_RESET_BEFORE;
      default -> Cells.RNN_TANH;
    };
  }

  /// Floating-point operations of one call: two for each product, gates' functions left out.
  double flops() {
    return 2.0 * steps * batch * gates() * hidden * ((double) input + hidden);
  }

  /// Floats of the output.
  long outputs() {
    return (long) steps * batch * hidden;
  }

  /// Whether the state is carried on from call to call.
  boolean isStep() {
    return steps == 1;
  }

  /// Numbers in the weights that every step reads: the recurrent ones; of a single step, those of
  /// the input too.
  double weightsOfStep() {
    return (double) gates() * hidden * (isStep() ? input + hidden : hidden);
  }

  @Override
  public String toString() {
    return "%s %d %d %d %d".formatted(cell, steps, batch, input, hidden);
  }
}
