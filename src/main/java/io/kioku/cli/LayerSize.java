package io.kioku.cli;

import io.kioku.Network;
import io.kioku.cell.Cell;
import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The sizes of a layer as users write them: `64x256`, 64 features and 256 units.
///
/// @param input I
/// @param hidden H
record LayerSize(int input, int hidden) {
  private static final Pattern WRITTEN = Pattern.compile("([1-9][0-9]{0,6})[xX]([1-9][0-9]{0,6})");

  /// Reads what users write.
  static final class Converter implements ITypeConverter<LayerSize> {
    @Override
    public LayerSize convert(String value) {
      Matcher written = WRITTEN.matcher(value);
      if (!written.matches()) {
        throw new TypeConversionException(
            "expected I and H from 1 to 9999999, as in 64x256, got '%s'".formatted(value));
      }
      return new LayerSize(Integer.parseInt(written.group(1)), Integer.parseInt(written.group(2)));
    }
  }

  /// The nearest sizes that a cell can have: H is a multiple of its modules, and I is H if it
  /// combines both.
  LayerSize fitting(Cell cell) {
    int modules = Math.max(1, cell.periods().size());
    int units = Math.max(1, Math.round(hidden / (float) modules)) * modules;
    return new LayerSize(cell.inputIsOutput() ? units : input, units);
  }

  /// How a cell's fitting sizes differ from these, and why; empty if they do not.
  String change(Cell cell) {
    LayerSize fit = fitting(cell);
    List<String> changes = new ArrayList<>();
    if (fit.hidden != hidden) {
      changes.add("H must be a multiple of %d".formatted(cell.periods().size()));
    }
    if (fit.input != input) {
      changes.add("I must be H");
    }
    return changes.isEmpty()
        ? ""
        : "%s instead of %s: %s".formatted(fit, this, String.join(", ", changes));
  }

  /// A layer with these sizes.
  ///
  /// @param option where the sizes come from, for messages
  /// @throws UserError if it is too large
  Network network(Cell cell, String option) {
    try {
      return Network.of(cell, input, hidden);
    } catch (IllegalArgumentException e) {
      throw new UserError(option + ": " + e.getMessage(), e);
    }
  }

  /// What backends see of it.
  LayerSpec spec(Cell cell) {
    return new LayerSpec(cell, input, hidden, hidden);
  }

  @Override
  public String toString() {
    return input + "x" + hidden;
  }
}
