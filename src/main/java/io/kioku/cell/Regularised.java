package io.kioku.cell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What a cell that was trained with random noise computes when it is used: the noise's
/// expectation. Each method rewrites a cell's equations.
public final class Regularised {
  private Regularised() {}

  /// Zoneout: Krueger et al., *Zoneout: Regularizing RNNs by Randomly Preserving Hidden
  /// Activations*, 2016. In training a unit keeps its state with a probability z; its expectation
  /// is `s' = z * s + (1 - z) * (the new s)`. Other equations read the new value, as in the paper.
  ///
  /// @param rates z for each state that has one, from 0 to 1
  /// @throws IllegalArgumentException if a state is not the cell's, a rate is none, or the cell has
  ///   modules with periods
  public static Cell zoneout(Cell cell, Map<String, Double> rates) {
    if (!cell.periods().isEmpty()) {
      throw new IllegalArgumentException(
          "cell %s has modules that keep their state by their periods: zoneout is for others"
              .formatted(cell));
    }
    rates.forEach((state, rate) -> {
      if (!cell.states().contains(state)) {
        throw new IllegalArgumentException(
            "cell %s has no state %s; it has %s".formatted(cell, state, cell.states()));
      }
      checkRate("zoneout of " + state, rate);
    });
    StringBuilder text = new StringBuilder();
    for (List<Token> line : lines(cell)) {
      text.append(rewritten(line, rates, cell)).append('\n');
    }
    for (String state : cell.states()) { // in their order, whatever that of the map
      if (rates.containsKey(state)) {
        String keep = Activation.text(rates.get(state));
        text.append(
            "%1$s' = %2$s * %1$s + (1 - %2$s) * %3$s\n".formatted(state, keep, fresh(state, cell)));
      }
    }
    return Cell.of(cell.name() + "+zoneout", "# " + cell.source() + ", zoneout\n" + text);
  }

  /// Variational dropout: Gal & Ghahramani, *A Theoretically Grounded Application of Dropout in
  /// Recurrent Neural Networks*, 2016. In training one mask for all steps drops elements of what
  /// enters the matrix products; its expectation is a factor on them. Frameworks that scale the
  /// survivors in training, as PyTorch does, need no such factor: there the cell is used as it is.
  ///
  /// @param input the probability with which an element of `x` is dropped, from 0 to 1
  /// @param recurrent the same of all else that a matrix multiplies
  /// @throws IllegalArgumentException if a rate is none
  public static Cell dropout(Cell cell, double input, double recurrent) {
    checkRate("dropout of the input", input);
    checkRate("recurrent dropout", recurrent);
    StringBuilder text = new StringBuilder();
    for (List<Token> line : lines(cell)) {
      String[] before = new String[line.size() + 1];
      Arrays.fill(before, "");
      for (int at = 0; at < line.size(); at++) {
        if (line.get(at).isMatrix()) {
          int inner = at + 1;
          while (line.get(inner).is("(") && line.get(inner + 2).is(")")) {
            inner++;
          }
          boolean isInput = line.get(inner).text().equals("x");
          before[at + 1] += "(" + Activation.text(1 - (isInput ? input : recurrent)) + " * ";
          int end = operandEnd(line, at + 1);
          before[end] = ")" + before[end];
        }
      }
      for (int at = 0; at < line.size(); at++) {
        text.append(before[at]).append(line.get(at).text()).append(' ');
      }
      text.append('\n');
    }
    return Cell.of(cell.name() + "+dropout", "# " + cell.source() + ", dropout\n" + text);
  }

  /// The token after an operand: a name, a number, a call, a product or what stands in parentheses.
  private static int operandEnd(List<Token> line, int at) {
    if (line.get(at).isMatrix()) {
      return operandEnd(line, at + 1);
    }
    int open = line.get(at).is("(") ? at : at + 1;
    if (!line.get(open).is("(")) {
      return at + 1;
    }
    int depth = 0;
    for (int k = open; ; k++) {
      depth += line.get(k).is("(") ? 1 : line.get(k).is(")") ? -1 : 0;
      if (depth == 0) {
        return k + 1;
      }
    }
  }

  private static String rewritten(List<Token> line, Map<String, Double> rates, Cell cell) {
    StringBuilder text = new StringBuilder();
    for (Token token : line) {
      boolean isNew = token.text().endsWith("'");
      String state = isNew ? token.text().substring(0, token.text().length() - 1) : "";
      text.append(rates.containsKey(state) ? fresh(state, cell) : token.text()).append(' ');
    }
    return text.toString();
  }

  /// A name for a state's value before some of it is kept, which no other value has.
  private static String fresh(String state, Cell cell) {
    String name = state + "_new";
    while (cell.equations().contains(name)) {
      name += "w";
    }
    return name;
  }

  private static List<List<Token>> lines(Cell cell) {
    List<List<Token>> lines = new ArrayList<>();
    int count = (int) cell.equations().lines().count();
    for (int number = 1; number <= count; number++) {
      List<Token> tokens = Token.scan(cell.name(), cell.equations(), number);
      if (tokens.size() > 1) {
        lines.add(tokens);
      }
    }
    return lines;
  }

  private static void checkRate(String what, double rate) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException(
          "%s is %s, expected a probability from 0 to 1".formatted(what, rate));
    }
  }
}
