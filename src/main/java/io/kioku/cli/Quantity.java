package io.kioku.cli;

import java.util.Locale;

/// One of the values that a cell computes for each unit, and what it means to a reader who does not
/// know the cell.
///
/// @param equation the left side of its equation
/// @param symbol its letter
/// @param name in words
/// @param brief the name in 6 characters
/// @param meaning what large and small values say
/// @param kind which values it has
record Quantity(
    String equation, String symbol, String name, String brief, String meaning, Kind kind) {
  /// The values that there are.
  enum Kind {
    /// From 0 to 1: how much passes.
    GATE,
    /// From -1 to 1.
    SIGNED,
    /// Of any size, below 0 and above.
    UNBOUNDED
  }

  static Quantity gate(String symbol, String brief, String meaning) {
    return new Quantity(symbol, symbol, brief + " gate", brief, meaning, Kind.GATE);
  }

  static Quantity signed(String equation, String name, String brief, String meaning) {
    return new Quantity(equation, equation.substring(0, 1), name, brief, meaning, Kind.SIGNED);
  }

  /// The name as a title, with its letter: `Forget gate f`.
  String title() {
    return "%s%s %s"
        .formatted(name.substring(0, 1).toUpperCase(Locale.ROOT), name.substring(1), symbol);
  }
}
