package io.kioku.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

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

  /// Two norms of the same values are one only if they add the same number.
  @Test
  void anEpsilonIsPartOfANorm() {
    Cell usual = Cell.of("usual", "h' = tanh(norm(W_h x + R_h h))");
    assertTrue(usual.sameAs(Cell.of("said", "h' = tanh(norm(W_h x + R_h h, eps=0.00001))")));
    assertFalse(usual.sameAs(Cell.of("other", "h' = tanh(norm(W_h x + R_h h, eps=1e-3))")));
    Cell both = Cell.of("both", "u = W_h x\nh' = norm(u) + norm(u, eps=1e-12) * norm(u, eps=1e-5)");
    assertEquals(
        List.of("norm(W_h(x))", "norm(W_h(x), eps=1.0E-12)"),
        both.nodes().stream()
            .filter(n -> n.operation() == Operation.NORM)
            .map(Node::toString)
            .toList());
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

  @Test
  void cellsOfTheSameTextAreEqual() {
    Cell again = Cell.of("LSTM", Cells.LSTM.equations());
    assertEquals(Cells.LSTM, again);
    assertEquals(Cells.LSTM.hashCode(), again.hashCode());
  }

  @Test
  void everyFunctionIsInTheDocumentation() throws IOException {
    String language = Files.readString(Path.of("docs/equations.md"));
    for (Functions function : Functions.values()) {
      assertTrue(language.contains("`" + function.text() + "("), function.text());
    }
  }

  @Test
  void numbersAreFoldedAndExponentsRead() {
    Cell cell = Cell.of("c", "h' = (1 - 2 * 3e-2) * x");
    List<Node> constants =
        cell.nodes().stream().filter(n -> n.operation() == Operation.CONSTANT).toList();
    assertTrue(constants.stream().anyMatch(n -> n.value() == 1 - 2 * 3e-2), constants.toString());
  }
}
