package io.kioku.cell;

import java.util.ArrayList;
import java.util.List;

/// One equation: its tokens, where its right side begins, and the periods of its state's modules.
record Line(List<Token> tokens, int right, List<Integer> periods) {
  /// The most steps after which all modules compute together again: what a float32 counts exactly.
  private static final long MAX_CYCLE = 1 << 24;

  /// Reads the left side: `name =` or `state' [period, …] =`.
  static Line of(CellParser cell, List<Token> tokens) {
    List<Integer> periods = new ArrayList<>();
    int at = 1;
    if (tokens.get(at).is("[")) {
      do {
        periods.add(period(cell, tokens.get(at + 1), periods));
        at += 2;
      } while (tokens.get(at).is(","));
      if (!tokens.get(at).is("]")) {
        throw cell.error(tokens.get(at), "expected ',' or ']' but found " + tokens.get(at).shown());
      }
      at++;
    }
    if (!tokens.get(at).is("=")) {
      throw cell.error(tokens.get(at), "expected '=' after " + tokens.get(0).text());
    }
    if (!periods.isEmpty() && !tokens.get(0).text().endsWith("'")) {
      throw cell.error(
          tokens.get(0),
          "only a state has periods: write %s'[…] = …".formatted(tokens.get(0).text()));
    }
    return new Line(tokens, at + 1, List.copyOf(periods));
  }

  private static int period(CellParser cell, Token token, List<Integer> before) {
    if (token.kind() != Token.Kind.NUMBER || !token.text().matches("[1-9][0-9]{0,8}")) {
      throw cell.error(
          token, "expected a period, a whole number from 1 up, but found " + token.shown());
    }
    int period = Integer.parseInt(token.text());
    if (!before.isEmpty() && period < before.getLast()) {
      throw cell.error(
          token,
          "period %d is after %d: write the fastest module first"
              .formatted(period, before.getLast()));
    }
    long cycle = cycle(before);
    if (cycle / greatestCommonDivisor(cycle, period) * period > MAX_CYCLE) {
      throw cell.error(
          token,
          "the periods come together only after more than %d steps: choose others"
              .formatted(MAX_CYCLE));
    }
    return period;
  }

  /// The steps after which the modules of some periods compute together again: their least common
  /// multiple.
  static long cycle(List<Integer> periods) {
    long cycle = 1;
    for (int period : periods) {
      cycle = cycle / greatestCommonDivisor(cycle, period) * period;
    }
    return cycle;
  }

  private static long greatestCommonDivisor(long a, long b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }

  /// The name on the left.
  Token name() {
    return tokens.getFirst();
  }

  /// What stands on the right, and the end of the line.
  List<Token> expression() {
    return tokens.subList(right, tokens.size());
  }
}
