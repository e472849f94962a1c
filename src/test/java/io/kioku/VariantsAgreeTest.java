package io.kioku;

import io.kioku.cell.Activation;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Clockwork;
import io.kioku.cell.Gru;
import io.kioku.cell.Lstm;
import io.kioku.cell.Lstm.Coupling;
import io.kioku.cell.Parameter;
import io.kioku.cell.Regularised;
import io.kioku.cell.Rnn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Variants of cells compute what their options say, and every backend computes the same.
@Tag("tiers")
class VariantsAgreeTest {
  private static final int CASES = 60;
  private static final double TOLERANCE = 2e-5;

  /// Multiplications that the reference may take for one case.
  private static final long MOST_WORK = 100_000;

  private static final Activation HARD = Activation.of("HardSigmoid");
  private static final Activation ELU = Activation.of("Elu", 0.5);
  private static final Activation SCALED = Activation.of("ScaledTanh", 1.5, 0.75);
  private static final Activation SOFT = Activation.of("Softsign");

  static List<Cell> lstms() {
    List<Cell> cells = new ArrayList<>();
    for (String peepholes : List.of("", "i", "f", "o", "if", "io", "fo", "ifo")) {
      for (Coupling coupling :
          new Coupling[] {null, Coupling.INPUT_FROM_FORGET, Coupling.FORGET_FROM_INPUT}) {
        Lstm lstm = Lstm.plain().peepholes(peepholes).coupled(coupling);
        cells.add(lstm.cell());
        cells.add(lstm.project().cell());
      }
    }
    return cells;
  }

  static List<Cell> options() {
    Lstm lstm = Lstm.plain();
    double none = Double.POSITIVE_INFINITY;
    return List.of(
        lstm.clipActivations(0.25).cell(),
        lstm.clipGates(0.25).cell(),
        lstm.clipMemory(0.05).peepholes("o").cell(),
        lstm.clipMemory(0.05).clipGates(0.1).projectWithBias().clipProjection(0.02).cell(),
        lstm.project().clipProjection(0.02).cell(),
        lstm.phased(0).cell(),
        lstm.peepholes("io").phased(0.125).clipMemory(0.05).cell(),
        lstm.clipActivations(0.1).peepholes("ifo").project().cell(),
        lstm.forgetBias(1).cell(),
        lstm.forgetBias(-2).clipActivations(0.5).coupled(Coupling.INPUT_FROM_FORGET).cell(),
        lstm.activations(HARD, SOFT, ELU).cell(),
        lstm.activations(Activation.SIGMOID, SCALED, Activation.of("LeakyRelu"))
            .clipActivations(1)
            .cell(),
        lstm.activations(HARD, Activation.RELU, Activation.of("Softplus")).peepholes("o").cell(),
        new Gru(false, HARD, SOFT, none).cell(),
        new Gru(true, Activation.SIGMOID, SCALED, 0.5).cell(),
        new Gru(false, Activation.SIGMOID, Activation.TANH, 0.1).cell(),
        new Gru(true, HARD, ELU, none).cell(),
        new Rnn(SOFT, none).cell(),
        new Rnn(Activation.TANH, 0.5).cell(),
        new Rnn(Activation.of("Affine", 0.5, 0.25), 1).cell());
  }

  static List<Cell> regularised() {
    return List.of(
        Regularised.zoneout(Cells.LSTM, Map.of("h", 0.25, "c", 0.5)),
        Regularised.zoneout(Cells.GRU, Map.of("h", 0.1)),
        Regularised.zoneout(Lstm.plain().peepholes("ifo").project().cell(), Map.of("h", 0.3)),
        Regularised.dropout(Cells.LSTM, 0.25, 0.5),
        Regularised.dropout(Cells.GRU, 0.25, 0.5),
        Regularised.dropout(Cells.GRU_RESET_BEFORE, 0.25, 0.5),
        Regularised.dropout(Clockwork.of(1, 2, 4).cell(), 0.25, 0.5),
        Regularised.zoneout(Regularised.dropout(Cells.GRU, 0, 0.5), Map.of("h", 0.5)));
  }

  @ParameterizedTest
  @MethodSource({"lstms", "options", "regularised"})
  void everyBackendGivesTheReferencesNumbers(Cell cell) {
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine libkioku = Engine.open(Backend.LIBKIOKU);
        Engine onednn = Engine.open(Backend.ONEDNN)) {
      for (int seed = 0; seed < CASES; seed++) {
        RecurrentCase c = RecurrentCase.random(cell, MOST_WORK, new SplittableRandom(seed));
        String what = "case " + seed + ": " + c;
        CaseResult expected = CaseResult.of(reference, c);
        CaseResult.guarded(libkioku, c).assertNear(expected, TOLERANCE, "libkioku, " + what);
        if (CaseResult.runsOn(Backend.ONEDNN, c.network())) {
          CaseResult.guarded(onednn, c).assertNear(expected, TOLERANCE, "onednn, " + what);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REFERENCE", "LIBKIOKU"})
  void aForgetBiasIsOneMoreInTheBias(Backend backend) {
    Cell cell = Lstm.plain().forgetBias(1).cell();
    assertSameWithOtherWeights(
        backend, cell, Cells.LSTM, p -> 1, p -> p.name().equals("b_f") ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"REFERENCE", "LIBKIOKU"})
  void zoneoutOfNothingIsTheCell(Backend backend) {
    for (Cell cell : Cells.all()) {
      if (cell.periods().isEmpty()) {
        Map<String, Double> rates =
            cell.states().stream().collect(Collectors.toMap(s -> s, s -> 0.0));
        assertSameWithOtherWeights(backend, Regularised.zoneout(cell, rates), cell, p -> 1, p -> 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REFERENCE", "LIBKIOKU"})
  void zoneoutOfEverythingKeepsTheState(Backend backend) {
    for (Cell cell : List.of(Cells.LSTM, Cells.GRU)) {
      Map<String, Double> rates =
          cell.states().stream().collect(Collectors.toMap(s -> s, s -> 1.0));
      RecurrentCase c = withStates(Regularised.zoneout(cell, rates));
      try (Engine engine = Engine.open(backend)) {
        Map<String, float[]> states = CaseResult.of(engine, c).states();
        c.states()
            .forEach((name, values) ->
                CaseResult.assertNear(values, states.get(name), 0, cell + ", " + name));
      }
    }
  }

  /// Krueger et al. 2016, the expectation: the output reads the memory before some of it is kept.
  @ParameterizedTest
  @EnumSource(names = {"REFERENCE", "LIBKIOKU"})
  void zoneoutIsTheExpectationOfThePapersStep(Backend backend) {
    RecurrentCase c = withStates(Regularised.zoneout(Cells.LSTM, Map.of("h", 0.3, "c", 0.2)));
    CaseResult expected = new ZoneoutLstm(c, 0.3, 0.2).run();
    try (Engine engine = Engine.open(backend)) {
      double tolerance = backend == Backend.REFERENCE ? 3e-7 : TOLERANCE;
      CaseResult.of(engine, c).assertNear(expected, tolerance, backend);
    }
  }

  static List<Cell> withProducts() {
    return List.of(
        Cells.LSTM,
        Cells.GRU,
        Cells.GRU_RESET_BEFORE,
        Lstm.plain().peepholes("ifo").project().cell(),
        Cell.of("nested products", "h' = tanh(R_a (V_b x + b_b) + R_c R_d tanh(R_e (h * W_f x)))"));
  }

  /// Every product is one of a matrix and a vector that dropout thinned, so the matrix may be
  /// scaled instead.
  @ParameterizedTest
  @MethodSource("withProducts")
  void dropoutIsTheCellWithScaledMatrices(Cell cell) {
    for (Backend backend : List.of(Backend.REFERENCE, Backend.LIBKIOKU)) {
      assertSameWithOtherWeights(
          backend,
          Regularised.dropout(cell, 0.25, 0.5),
          cell,
          p -> !p.isMatrix() ? 1 : p.name().matches("W_.|V_.") ? 0.75 : 0.5,
          p -> 0);
    }
  }

  /// Checks that a cell computes what another does with its parameters scaled and shifted.
  private static void assertSameWithOtherWeights(
      Backend backend,
      Cell cell,
      Cell other,
      ToDoubleFunction<Parameter> factor,
      ToDoubleFunction<Parameter> shift) {
    RecurrentCase c = withStates(cell);
    Network network = network(other);
    Weights weights = Weights.none();
    for (int layer = 0; layer < network.layers(); layer++) {
      for (Parameter parameter : other.parameters()) {
        String name = parameter.name() + network.suffix(layer, 0);
        long[] shape = Network.shape(parameter, network.spec(layer, 0));
        float[] values = c.weights().get(name, shape).toArray();
        for (int i = 0; i < values.length; i++) {
          values[i] =
              (float)
                  (factor.applyAsDouble(parameter) * values[i] + shift.applyAsDouble(parameter));
        }
        weights = weights.with(name, values, shape);
      }
    }
    RecurrentCase scaled =
        new RecurrentCase(network, weights, c.steps(), c.batch(), c.x(), c.states(), null);
    try (Engine engine = Engine.open(backend)) {
      double tolerance = backend == Backend.REFERENCE ? 1e-6 : TOLERANCE;
      CaseResult.of(engine, c)
          .assertNear(CaseResult.of(engine, scaled), tolerance, backend + " " + cell);
    }
  }

  private static Network network(Cell cell) {
    return Network.of(cell, cell.inputIsOutput() ? 9 : 5, 9).layers(2);
  }

  /// A case with weights by the parameters' own names and an initial state, without lengths.
  private static RecurrentCase withStates(Cell cell) {
    Network network = network(cell);
    SplittableRandom random = new SplittableRandom(13);
    RecurrentCase c;
    do {
      c = RecurrentCase.of(network, 6, 3, random);
    } while (c.states().isEmpty() || c.lengths() != null);
    Weights weights = Weights.none();
    for (int layer = 0; layer < network.layers(); layer++) {
      for (Parameter parameter : cell.parameters()) {
        long[] shape = Network.shape(parameter, network.spec(layer, 0));
        int count = (int) (shape[0] * (shape.length == 2 ? shape[1] : 1));
        float[] values = RecurrentCase.uniform(count, 0.5f, random);
        weights = weights.with(parameter.name() + network.suffix(layer, 0), values, shape);
      }
    }
    return new RecurrentCase(network, weights, 6, 3, c.x(), c.states(), null);
  }
}
