package io.kioku.bench.layer;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The cells of the reports in which Kioku is compared with itself.
final class BenchCells {
  /// A user's own: an LSTM but for its last line, so that it is none of the known cells.
  static final Cell OWN_LSTM =
      Cell.of(
          "OWN_LSTM",
          """
          i  = sigmoid(W_i x + R_i h + b_i)
          f  = sigmoid(W_f x + R_f h + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + b_o)
          c' = f * c + i * g
          h' = o * tanh(c') - 0.001 * c'
          """);

  /// A GRU but for its last line.
  static final Cell OWN_GRU =
      Cell.of(
          "OWN_GRU",
          """
          r  = sigmoid(W_r x + R_r h + b_r)
          z  = sigmoid(W_z x + R_z h + b_z)
          n  = tanh(W_n x + b_n + r * (R_n h + d_n))
          h' = (1 - z) * n + z * h - 0.001 * n
          """);

  private static final int ANY = 64; // sizes at which products are counted

  private BenchCells() {}

  /// One of Kioku's, one of the two above, or a file with equations.
  ///
  /// @throws IllegalArgumentException if it is none of them
  static Cell find(String name) {
    Optional<Cell> known =
        Stream.concat(Stream.of(OWN_LSTM, OWN_GRU), Cells.all().stream())
            .filter(cell -> cell.name().equalsIgnoreCase(name))
            .findFirst();
    return known.orElseGet(() -> read(Path.of(name)));
  }

  private static Cell read(Path file) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          "'%s' is neither a cell nor a file with one; kioku cells lists them".formatted(file));
    }
    try {
      String name = file.getFileName().toString().replaceFirst("[.][^.]*$", "");
      return Cell.of(name, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The well-known cell with as many products of x and h as this one; the LSTM if there is none.
  static Cell likeIt(Cell cell) {
    return List.of(Cells.LSTM, Cells.GRU, Cells.RNN_TANH).stream()
        .filter(known -> products(known) == products(cell))
        .findFirst()
        .orElse(Cells.LSTM);
  }

  /// Multiply-adds of a step of one stream, I = H.
  static long products(Cell cell) {
    return cell.parameters().stream()
        .filter(Parameter::isMatrix)
        .mapToLong(p -> (long) p.rows().of(ANY, ANY, ANY) * p.columns().of(ANY, ANY, ANY))
        .sum();
  }

  /// Whether it normalises rows, each of which must be whole before anything follows.
  static boolean hasNorm(Cell cell) {
    return cell.equations().contains("norm(");
  }
}
