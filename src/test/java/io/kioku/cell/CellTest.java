package io.kioku.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CellTest {
  private static final String LSTM_IN_OTHER_WORDS =
      """
      # the same cell, upside down
      h' = tanh(s') * q
      s' = p * k + s * j
      q = sigmoid(b_q + A_q x + B_q h)
      k = tanh(B_k h + A_k x + b_k)
      j = sigmoid(A_j x + b_j + B_j h)
      p = sigmoid(b_p + A_p x + B_p h)
      """;

  @Test
  void stacksAreThoseOfPyTorch() {
    assertEquals(
        Map.of(
            "weight_ih", List.of("W_i", "W_f", "W_g", "W_o"),
            "weight_hh", List.of("R_i", "R_f", "R_g", "R_o"),
            "bias_ih", List.of("b_i", "b_f", "b_g", "b_o"),
            "bias_hh", List.of("b_i", "b_f", "b_g", "b_o")),
        stacks(Cells.LSTM));
    assertEquals(
        Map.of(
            "weight_ih", List.of("W_r", "W_z", "W_n"),
            "weight_hh", List.of("R_r", "R_z", "R_n"),
            "bias_ih", List.of("b_r", "b_z", "b_n"),
            "bias_hh", List.of("b_r", "b_z", "d_n")),
        stacks(Cells.GRU));
    assertEquals(
        Map.of("weight_ih", List.of("W_h"), "bias_ih", List.of("b_h")), stacks(Cells.LINEAR));
  }

  private static Map<String, List<String>> stacks(Cell cell) {
    return cell.stacks().stream()
        .collect(
            Collectors.toMap(Stack::name, s -> s.blocks().stream().map(Parameter::name).toList()));
  }

  @Test
  void sizesFollowFromUse() {
    Cell cell = Cell.of("c", "h' = tanh(W_a (p_x * x) + R_a h) * q_h");
    assertEquals(
        List.of(
            new Parameter("W_a", Size.HIDDEN, Size.INPUT),
            new Parameter("p_x", Size.INPUT, null),
            new Parameter("R_a", Size.HIDDEN, Size.HIDDEN),
            new Parameter("q_h", Size.HIDDEN, null)),
        cell.parameters());
    assertFalse(cell.inputIsOutput());
    assertTrue(Cell.of("c", "h' = tanh(x + h)").inputIsOutput());
  }

  @Test
  void statesBeginWithTheOutput() {
    assertEquals(List.of("h", "c"), Cells.LSTM.states());
    assertEquals(List.of("h", "n", "m"), Cell.of("c", "n' = x\nm' = n\nh' = m'").states());
  }

  @Test
  void sameCellsAreFoundWhateverTheirNamesAndOrder() {
    Cell other = Cell.of("other", LSTM_IN_OTHER_WORDS);
    assertTrue(Cells.LSTM.sameAs(other));
    Map<String, String> names = Cells.LSTM.namesIn(other);
    assertEquals("A_p", names.get("W_i"));
    assertEquals("B_j", names.get("R_f"));
    assertEquals("b_k", names.get("b_g"));
    assertEquals("s", names.get("c"));
  }

  @Test
  void differentCellsAreNotTheSame() {
    for (Cell a : Cells.all()) {
      for (Cell b : Cells.all()) {
        assertEquals(a.equals(b), a.sameAs(b), a + " and " + b);
      }
    }
    // One gate's weight used twice is not an LSTM, nor is one whose forget and input gate are
    // swapped in a sum of both.
    assertFalse(Cells.LSTM.sameAs(Cell.of("tied", LSTM_IN_OTHER_WORDS.replace("A_j", "A_p"))));
    assertFalse(Cells.LSTM.sameAs(Cell.of("other", LSTM_IN_OTHER_WORDS.replace("s * j", "s * q"))));
    assertThrows(IllegalArgumentException.class, () -> Cells.LSTM.namesIn(Cells.GRU));
  }

  @Test
  void subtractionKeepsItsOrder() {
    assertFalse(Cell.of("a", "h' = W_h x - h").sameAs(Cell.of("b", "h' = h - W_h x")));
    assertTrue(Cell.of("a", "h' = W_h x - h").sameAs(Cell.of("b", "h' = V_k x - h")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          h' = tnah(x)                | 1 |  6 | unknown function tnah; known are sigmoid, tanh
          h' = W_h + 1                | 1 | 10 | the matrix W_h needs a vector after it
          h' = a                      | 1 |  6 | unknown name a
          h' = c'                     | 1 |  6 | unknown name c'
          h' = tanh(W_i x) tanh(h)    | 1 | 18 | expected an operator
          h' = (1 - x                 | 1 | 12 | expected ')' but found the end of the line
          h' = W x + W h              | 1 |  6 | W multiplies vectors of different sizes
          x = 3                       | 1 |  1 | x is the layer's input
          h' = $                      | 1 |  6 | is not part of the equation language
          h' =                        | 1 |  5 | expected a name, a number or '('
          h' 1                        | 1 |  4 | expected '=' after h'
          W_x = h                     | 1 |  1 | expected a name in lower case
          h' = tanh(x, h)             | 1 |  6 | tanh takes 1 argument, not 2
          h' = max(x)                 | 1 |  6 | max takes 2 arguments, not 1
          h' = W_h (2 * 3)            | 1 |  6 | the matrix W_h multiplies a number
          h' = x + 1e99               | 1 | 10 | is larger than a float32
          h' = x + bias_ih            | 1 | 10 | is the name of a tensor that stacks parameters
          h' = 1..5 * x               | 1 |  8 | is not part of the equation language
          c' = x                      | 1 |  1 | no equation for h'
          h' = a;a = b;b = a          | 3 |  5 | a depends on itself within one step
          h' = x;h' = h               | 2 |  1 | h' is defined already, in line 1
          h' = x;h = 1                | 2 |  1 | cannot both have equations
          """)
  void errorsPointAtTheCharacter(String text, int line, int column, String message) {
    EquationException e =
        assertThrows(EquationException.class, () -> Cell.of("mine", text.replace(";", "\n")));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(line + ":" + column, e.line() + ":" + e.column(), e.getMessage());
    List<String> shown = e.getMessage().lines().toList();
    assertEquals(" ".repeat(column + 1) + "^", shown.getLast(), e.getMessage());
  }

  @Test
  void hostileTextsEndInAMessage() {
    for (String text :
        new String[] {
          "h' = " + "(".repeat(100_000),
          "h' = " + "-".repeat(100_000) + "x",
          "h' = " + "W ".repeat(100_000) + "x",
          "h' = " + "x + ".repeat(100_000) + "x",
          "h' = " + "x - ".repeat(100_000) + "x",
          "h' = " + "tanh(".repeat(5_000) + "x" + ")".repeat(5_000),
          "a = x\n".repeat(100_000),
          "\n".repeat(1_000_000)
        }) {
      assertThrows(EquationException.class, () -> Cell.of("hostile", text));
    }
  }

  /// Each line doubles the last: as a tree this would have 2^200 nodes.
  @Test
  void sharedValuesStayShared() {
    StringBuilder text = new StringBuilder("a0 = W_a x\n");
    for (int i = 1; i <= 200; i++) {
      text.append("a%d = tanh(a%d) * a%d\n".formatted(i, i - 1, i - 1));
    }
    Cell cell = Cell.of("doubling", text + "h' = a200");
    assertTrue(cell.nodes().size() < 500, () -> cell.nodes().size() + " nodes");
    assertTrue(cell.sameAs(Cell.of("again", text.toString().replace("W_a", "V_b") + "h' = a200")));
  }

  /// A message shows an expression cut off, not 2^26 terms of it.
  @Test
  void messagesStayShort() {
    StringBuilder text = new StringBuilder("v0 = h * h\n");
    for (int i = 1; i <= 26; i++) {
      text.append("v%d = v%d * v%d\n".formatted(i, i - 1, i - 1));
    }
    EquationException e =
        assertThrows(EquationException.class, () -> Cell.of("c", text + "h' = W_a x + W_a v26"));
    assertTrue(e.getMessage().length() < 1_000, () -> e.getMessage().length() + " characters");
  }

  @Test
  void cellsOfTheSameTextAreEqual() {
    Cell again = Cell.of("LSTM", Cells.LSTM.equations());
    assertEquals(Cells.LSTM, again);
    assertEquals(Cells.LSTM.hashCode(), again.hashCode());
  }

  @Test
  void numbersAreFoldedAndExponentsRead() {
    Cell cell = Cell.of("c", "h' = (1 - 2 * 3e-2) * x");
    List<Node> constants =
        cell.nodes().stream().filter(n -> n.operation() == Operation.CONSTANT).toList();
    assertTrue(constants.stream().anyMatch(n -> n.value() == 1 - 2 * 3e-2), constants.toString());
  }
}
