package io.kioku.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Lstm.Coupling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// The builders of variants: which of them are the known cells, what they are called, and what they
/// refuse. VariantsAgreeTest runs them.
class VariantsTest {
  private static final double NONE = Double.POSITIVE_INFINITY;

  /// Every way to combine peepholes, coupling and projection.
  public static List<Lstm> lstms() {
    List<Lstm> all = new ArrayList<>();
    for (String peepholes : List.of("", "i", "f", "o", "if", "io", "fo", "ifo")) {
      Lstm plain = Lstm.plain().peepholes(peepholes);
      for (Lstm lstm :
          List.of(
              plain,
              plain.coupled(Coupling.INPUT_FROM_FORGET),
              plain.coupled(Coupling.FORGET_FROM_INPUT))) {
        all.add(lstm);
        all.add(lstm.project());
      }
    }
    return all;
  }

  @Test
  void optionsMakeTheKnownCells() {
    Lstm coupled = Lstm.plain().coupled(Coupling.INPUT_FROM_FORGET);
    assertSame(Cells.LSTM, Lstm.plain().cell());
    assertSame(LstmCells.LSTM_PEEPHOLE, Lstm.plain().peepholes("ifo").cell());
    assertSame(LstmCells.LSTM_PEEPHOLE, Lstm.plain().peepholes("ofi").cell());
    assertSame(LstmCells.CIFG, coupled.cell());
    assertSame(LstmCells.CIFG_PEEPHOLE, coupled.peepholes("fo").cell());
    assertSame(LstmCells.LSTMP, Lstm.plain().project().cell());
    assertSame(LstmCells.LSTMP_PEEPHOLE, Lstm.plain().project().peepholes("ifo").cell());
    assertSame(Cells.GRU, new Gru(true, Activation.SIGMOID, Activation.TANH, NONE).cell());
    assertSame(
        Cells.GRU_RESET_BEFORE, new Gru(false, Activation.SIGMOID, Activation.TANH, NONE).cell());
    assertSame(Cells.RNN_TANH, new Rnn(Activation.TANH, NONE).cell());
    assertSame(Cells.RNN_RELU, new Rnn(Activation.of("Relu"), NONE).cell());
    assertSame(GruCells.GRU_RELU, new Gru(true, Activation.SIGMOID, Activation.RELU, NONE).cell());
    assertSame(
        GruCells.GRU_RELU_RESET_BEFORE,
        new Gru(false, Activation.SIGMOID, Activation.RELU, NONE).cell());
  }

  private static void assertSame(Cell known, Cell variant) {
    assertTrue(known.sameAs(variant), () -> known + ":\n" + variant.equations());
    // The same names, so that weights by name fit both.
    known.namesIn(variant).forEach((name, named) -> assertEquals(name, named));
    assertEquals(known.stacks(), variant.stacks(), known.name());
  }

  /// A gate that is one less the other has no peephole, whether asked for or not: of the 48
  /// choices, 16 are in vain.
  @Test
  void differentOptionsAreDifferentCells() {
    List<Cell> distinct = new ArrayList<>();
    for (Lstm lstm : lstms()) {
      Cell cell = lstm.cell();
      if (distinct.stream().noneMatch(cell::sameAs)) {
        distinct.add(cell);
      }
    }
    assertEquals(32, distinct.size());
  }

  @Test
  void optionsThatDoNothingLeaveTheCellAsItIs() {
    assertEquals(Cells.LSTM.name(), Lstm.plain().cell().name());
    assertSame(Cells.LSTM, Lstm.plain().forgetBias(0).clipGates(NONE).coupled(null).cell());
    assertSame(
        Cells.LSTM, Lstm.plain().clipMemory(NONE).clipActivations(NONE).clipProjection(1).cell());
    assertFalse(Cells.LSTM.sameAs(Lstm.plain().clipActivations(3).cell()));
    assertFalse(Cells.LSTM.sameAs(Lstm.plain().clipMemory(3).cell()));
    assertFalse(LstmCells.LSTMP.sameAs(Lstm.plain().project().clipProjection(3).cell()));
    assertFalse(Cells.LSTM.sameAs(Lstm.plain().forgetBias(1).cell()));
    assertFalse(Cells.GRU.sameAs(new Gru(true, Activation.SIGMOID, Activation.TANH, 3).cell()));
    assertFalse(Cells.RNN_TANH.sameAs(new Rnn(Activation.TANH, 3).cell()));
  }

  @Test
  void theClipIsBeforeEveryActivation() {
    String text = Lstm.plain().clipActivations(2.5).cell().equations();
    assertEquals(5, text.split("clip\\(.*, 2\\.5\\)").length - 1, text);
    assertTrue(text.contains("tanh(clip(c', 2.5))"), text);
  }

  @Test
  void aClipOfTheGatesLeavesTheMemory() {
    Cell cell = Lstm.plain().clipGates(2.5).cell();
    String text = cell.equations();
    assertEquals(4, text.split("clip\\(.*, 2\\.5\\)").length - 1, text);
    assertTrue(text.contains("tanh(c')"), text);
    assertEquals("LSTM+clipGates(2.5)", cell.name());
  }

  /// cell_clip and proj_clip of TensorFlow: what is kept is within its limit.
  @Test
  void aClipOfTheMemoryIsWhatIsKept() {
    Cell cell = Lstm.plain().clipMemory(2.5).projectWithBias().clipProjection(1.5).cell();
    assertEquals(
        """
        # an LSTM with options: LSTMP+projectionBias+clipMemory(2.5)+clipProjection(1.5)
        i  = sigmoid(W_i x + R_i h + b_i)
        f  = sigmoid(W_f x + R_f h + b_f)
        g  = tanh(W_g x + R_g h + b_g)
        o  = sigmoid(W_o x + R_o h + b_o)
        c' = clip(f * c + i * g, 2.5)
        h' = clip(P_h (o * tanh(c')) + b_h, 1.5)
        """,
        cell.equations());
    Stack projection = cell.stacks().getLast();
    assertEquals("weight_hr", projection.name());
    assertEquals(List.of("P_h"), projection.blocks().stream().map(Parameter::name).toList());
  }

  @Test
  void aTimeGateIsThatOfThePhasedLstm() {
    assertSame(LstmCells.PHASED_LSTM, Lstm.plain().peepholes("ifo").phased(0.001).cell());
    assertTrue(Lstm.plain().phased(0).cell().equations().contains("k  = open * min(u, 2 - u)\n"));
    assertRefused("the leak is -1.0, expected a number from 0 to 1", () -> Lstm.plain().phased(-1));
    assertRefused(
        "an LSTM with a time gate keeps units of the output, so it cannot have a projection",
        () -> Lstm.plain().phased(0).project().cell());
  }

  @Test
  void namesSayTheOptions() {
    Lstm lstm =
        Lstm.plain()
            .project()
            .coupled(Coupling.INPUT_FROM_FORGET)
            .peepholes("fo")
            .forgetBias(-1)
            .clipActivations(0.001)
            .activations(Activation.of("HardSigmoid", 0.25), Activation.TANH, Activation.RELU);
    assertEquals(
        "LSTMP+coupled+peepholes(fo)+forgetBias(-1.0)+clipActivations(0.001)+hardsigmoid,tanh,relu",
        lstm.cell().name());
    assertEquals("# an LSTM with options: " + lstm.cell(), "# " + lstm.cell().source());
  }

  @Test
  void activationsAreFoundByTheirNames() {
    assertEquals(Activation.SIGMOID, Activation.of("Sigmoid"));
    assertEquals(new Activation("elu", List.of(0.5)), Activation.of("ELU", 0.5));
    assertEquals("scaledtanh(x, 1.5, 0.75)", Activation.of("ScaledTanh", 1.5, 0.75).applied("x"));
    assertEquals("affine(x, -0.000020)", Activation.of("Affine", -2e-5).applied("x"));
  }

  @Test
  void wrongOptionsOfAnLstmAreRefused() {
    Lstm lstm = Lstm.plain();
    String letters = "expected some of the letters i, f and o, each once";
    assertRefused("peepholes is 'ii', " + letters, () -> lstm.peepholes("ii"));
    assertRefused("peepholes is 'x', " + letters, () -> lstm.peepholes("x"));
    assertRefused("peepholes is 'i f', " + letters, () -> lstm.peepholes("i f"));
    assertRefused("forgetBias is NaN, expected a finite number", () -> lstm.forgetBias(Double.NaN));
    assertRefused("forgetBias is Infinity, expected a finite number", () -> lstm.forgetBias(NONE));
  }

  @Test
  void wrongClipsAreRefused() {
    for (double clip : new double[] {0, -0.0, -1, Double.NaN, Double.NEGATIVE_INFINITY}) {
      String message = "clip is " + clip + ", expected a number above 0, or none";
      assertRefused(message, () -> Lstm.plain().clipActivations(clip));
      assertRefused(message, () -> Lstm.plain().clipGates(clip));
      assertRefused(message, () -> Lstm.plain().clipMemory(clip));
      assertRefused(message, () -> Lstm.plain().clipProjection(clip));
      assertRefused(message, () -> new Gru(true, Activation.SIGMOID, Activation.TANH, clip));
      assertRefused(message, () -> new Rnn(Activation.TANH, clip));
    }
  }

  @Test
  void wrongActivationsAreRefused() {
    assertRefused(
        "unknown activation gelu, expected one of sigmoid, tanh, relu, exp, log, step, floor, affine, elu, hardsigmoid, leakyrelu, scaledtanh, softplus, softsign, thresholdedrelu",
        () -> Activation.of("Gelu"));
    for (String name : List.of("max", "norm", "clip", "", "below")) {
      assertRefusedWith("unknown activation " + name + ", expected", () -> Activation.of(name));
    }
    assertRefused(
        "elu takes 1 to 2 arguments, the vector included, not 3", () -> Activation.of("Elu", 1, 2));
    assertRefused(
        "tanh takes 1 argument, the vector included, not 2", () -> Activation.of("Tanh", 1));
    assertRefused(
        "hardsigmoid takes 1 to 3 arguments, the vector included, not 4",
        () -> Activation.of("HardSigmoid", 1, 2, 3));
    assertRefused(
        "elu has the constant NaN, expected a finite number",
        () -> Activation.of("Elu", Double.NaN));
    assertRefused(
        "affine has the constant Infinity, expected a finite number",
        () -> Activation.of("Affine", 1, NONE));
  }

  @Test
  void wrongZoneoutsAreRefused() {
    assertRefused(
        "cell LSTM has no state i; it has [h, c]",
        () -> Regularised.zoneout(Cells.LSTM, Map.of("i", 0.5)));
    assertRefused(
        "cell GRU has no state c; it has [h]",
        () -> Regularised.zoneout(Cells.GRU, Map.of("c", 0.5)));
    for (double rate : new double[] {-0.1, 1.1, Double.NaN}) {
      assertRefused(
          "zoneout of c is " + rate + ", expected a probability from 0 to 1",
          () -> Regularised.zoneout(Cells.LSTM, Map.of("c", rate)));
    }
    assertRefusedWith(
        "cell CLOCKWORK has modules that keep their state by their periods",
        () -> Regularised.zoneout(Clockwork.of(1, 2).cell(), Map.of("h", 0.5)));
  }

  @Test
  void wrongDropoutsAreRefused() {
    for (double rate : new double[] {-0.1, 1.1, Double.NaN}) {
      assertRefused(
          "dropout of the input is " + rate + ", expected a probability from 0 to 1",
          () -> Regularised.dropout(Cells.LSTM, rate, 0));
      assertRefused(
          "recurrent dropout is " + rate + ", expected a probability from 0 to 1",
          () -> Regularised.dropout(Cells.LSTM, 0, rate));
    }
  }

  /// A checkpoint of the cell is one of the cell with noise.
  @Test
  void noiseLeavesStatesParametersAndTensorsAsTheyAre() {
    for (Cell cell : Cells.all()) {
      assertSameTensors(cell, Regularised.dropout(cell, 0.25, 0.5));
      // A projected output that is kept in part is more than a projection: P_h has its own tensor.
      if (cell.periods().isEmpty() && cell.size("h") != Size.PROJECTED) {
        assertSameTensors(cell, Regularised.zoneout(cell, Map.of("h", 0.25)));
      }
    }
    for (Lstm lstm : lstms()) {
      assertSameTensors(lstm.cell(), lstm.clipActivations(2).cell());
      Activation elu = Activation.of("Elu");
      assertSameTensors(lstm.cell(), lstm.activations(elu, Activation.of("Affine", 2), elu).cell());
    }
  }

  private static void assertSameTensors(Cell cell, Cell other) {
    assertEquals(cell.parameters(), other.parameters(), other.name());
    assertEquals(Set.copyOf(cell.states()), Set.copyOf(other.states()), other.name());
    assertEquals(cell.stacks(), other.stacks(), other.name());
    assertEquals(cell.inputIsOutput(), other.inputIsOutput(), other.name());
  }

  private static void assertRefused(String message, Supplier<Object> code) {
    Exception e = assertThrows(IllegalArgumentException.class, code::get);
    assertEquals(message, e.getMessage());
  }

  private static void assertRefusedWith(String begin, Supplier<Object> code) {
    Exception e = assertThrows(IllegalArgumentException.class, code::get);
    assertTrue(e.getMessage().startsWith(begin), e.getMessage());
  }
}
