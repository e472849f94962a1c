package io.kioku.cell;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Writes LSTM cells option by option: any subset of peepholes, coupled gates, a projection, other
/// activations, limits, a bias on the forget gate, a time gate. Immutable; each method gives
/// another.
///
///     Cell cell = Lstm.plain().peepholes("if").clipMemory(3).cell();
///
/// Gates, states and parameters are named as in [Cells#LSTM]; peepholes are p_i, p_f, p_o. A cell
/// that comes out the same as a known one is as fast.
///
/// What frameworks call a clip is one of four things:
///
/// | | what is held between -limit and limit |
/// |---|---|
/// | [#clipGates] | the four sums that enter an activation: ONNX Runtime's `clip` |
/// | [#clipActivations] | those, and the memory where the output reads it: the `clip` of ONNX's specification |
/// | [#clipMemory] | the memory itself, which is kept so: `cell_clip` of TensorFlow and TensorFlow Lite |
/// | [#clipProjection] | the projected output: `proj_clip` of the same |
public final class Lstm {
  /// Which gate is one less the other.
  public enum Coupling {
    /// i = 1 - f, as Greff et al. 2015.
    INPUT_FROM_FORGET,
    /// f = 1 - i, as ONNX's `input_forget`.
    FORGET_FROM_INPUT
  }

  private static final double NONE = Double.POSITIVE_INFINITY;

  private String peepholes = "";
  private Coupling coupling;
  private boolean isProjected;
  private boolean hasProjectionBias;
  private double forgetBias;
  private double gateClip = NONE; // of the sums
  private double readClip = NONE; // of the memory where the output reads it
  private double memoryClip = NONE;
  private double projectionClip = NONE;
  private boolean isPhased;
  private double leak; // of the time gate
  private Activation gate = Activation.SIGMOID;
  private Activation candidate = Activation.TANH;
  private Activation output = Activation.TANH;

  private Lstm() {}

  /// [Cells#LSTM].
  public static Lstm plain() {
    return new Lstm();
  }

  /// The same with peepholes: Gers & Schmidhuber 2000. A gate that [#coupled] made of the other has
  /// none.
  ///
  /// @param gates some of the letters i, f, o
  /// @throws IllegalArgumentException if there are others, or one is there twice
  public Lstm peepholes(String gates) {
    if (!gates.matches("[ifo]*") || gates.chars().distinct().count() < gates.length()) {
      throw new IllegalArgumentException(
          "peepholes is '%s', expected some of the letters i, f and o, each once".formatted(gates));
    }
    return with(lstm -> lstm.peepholes = gates);
  }

  /// The same with one gate for input and forgetting: Greff et al. 2015, ONNX's `input_forget`.
  ///
  /// @param how which gate is one less the other, and has no weights of its own; null for neither
  public Lstm coupled(Coupling how) {
    return with(lstm -> lstm.coupling = how);
  }

  /// The same with a projected output: Sak, Senior & Beaufays 2014.
  public Lstm project() {
    return with(lstm -> {
      lstm.isProjected = true;
      lstm.hasProjectionBias = false;
    });
  }

  /// The same with a projected output and a bias b_h on it, TensorFlow Lite's `projection_bias`.
  public Lstm projectWithBias() {
    return with(lstm -> {
      lstm.isProjected = true;
      lstm.hasProjectionBias = true;
    });
  }

  /// The same with a number added in the forget gate, 1 in Józefowicz, Zaremba & Sutskever 2015.
  ///
  /// @throws IllegalArgumentException if it is not finite
  public Lstm forgetBias(double bias) {
    if (!Double.isFinite(bias)) {
      throw new IllegalArgumentException(
          "forgetBias is %s, expected a finite number".formatted(bias));
    }
    return with(lstm -> lstm.forgetBias = bias);
  }

  /// The same with the four sums that enter an activation held between -limit and limit, as ONNX
  /// Runtime has the `clip`: the memory has no limit.
  ///
  /// @param limit above 0; infinite for none
  public Lstm clipGates(double limit) {
    checkClip(limit);
    return with(lstm -> {
      lstm.gateClip = limit;
      lstm.readClip = NONE;
    });
  }

  /// The same with all that enters an activation held between -limit and limit, as the
  /// specification of ONNX has its `clip`: the four sums, and the memory where the output reads it;
  /// the memory that is kept has no limit. ONNX Runtime does not limit the memory: see
  /// [#clipGates].
  ///
  /// @param limit above 0; infinite for none
  public Lstm clipActivations(double limit) {
    checkClip(limit);
    return with(lstm -> {
      lstm.gateClip = limit;
      lstm.readClip = limit;
    });
  }

  /// The same with the memory held between -limit and limit, for the output, the output gate's
  /// peephole and the next step: `cell_clip` of TensorFlow and TensorFlow Lite.
  ///
  /// @param limit above 0; infinite for none
  public Lstm clipMemory(double limit) {
    checkClip(limit);
    return with(lstm -> lstm.memoryClip = limit);
  }

  /// The same with the projected output held between -limit and limit: `proj_clip` of TensorFlow
  /// and TensorFlow Lite. Acts where there is a projection.
  ///
  /// @param limit above 0; infinite for none
  public Lstm clipProjection(double limit) {
    checkClip(limit);
    return with(lstm -> lstm.projectionClip = limit);
  }

  /// The same with other activations: ONNX's f, g and h.
  ///
  /// @param ofGates of i, f and o
  /// @param ofCandidate of g
  /// @param ofMemory of the memory where the output reads it
  public Lstm activations(Activation ofGates, Activation ofCandidate, Activation ofMemory) {
    return with(lstm -> {
      lstm.gate = ofGates;
      lstm.candidate = ofCandidate;
      lstm.output = ofMemory;
    });
  }

  /// The same with a time gate: Neil, Pfeiffer & Liu 2016, see [LstmCells#PHASED_LSTM].
  ///
  /// @param closedLeak how much of a closed gate's phase it lets through, the paper's alpha: 0.001
  ///   while it learns
  /// @throws IllegalArgumentException if it is not from 0 to 1
  public Lstm phased(double closedLeak) {
    if (!(closedLeak >= 0 && closedLeak <= 1)) {
      throw new IllegalArgumentException(
          "the leak is %s, expected a number from 0 to 1".formatted(closedLeak));
    }
    return with(lstm -> {
      lstm.isPhased = true;
      lstm.leak = closedLeak;
    });
  }

  /// The cell.
  ///
  /// @throws IllegalArgumentException if it has a time gate, which is one of each unit, and a
  ///   projection, which mixes them
  public Cell cell() {
    if (isPhased && isProjected) {
      throw new IllegalArgumentException(
          "an LSTM with a time gate keeps units of the output, so it cannot have a projection");
    }
    List<String> lines = new ArrayList<>();
    lines.add("# an LSTM with options: " + name());
    if (coupling != Coupling.INPUT_FROM_FORGET) {
      lines.add("i  = " + gate.applied(sum("i", "c")));
    }
    if (coupling != Coupling.FORGET_FROM_INPUT) {
      String bias = forgetBias == 0 ? "" : " + " + Activation.text(forgetBias);
      lines.add("f  = " + gate.applied(clipped(terms("f", "c") + bias, gateClip)));
    }
    if (coupling != null) {
      lines.add(coupling == Coupling.INPUT_FROM_FORGET ? "i  = 1 - f" : "f  = 1 - i");
    }
    String memory = isPhased ? "m" : "c'";
    lines.add("g  = " + candidate.applied(sum("g", "c")));
    lines.add("o  = " + gate.applied(sum("o", memory)));
    lines.add("%-2s = %s".formatted(memory, clipped("f * c + i * g", memoryClip)));
    String shown = "o * " + output.applied(clipped(memory, readClip));
    lines.addAll(isPhased ? timeGate(shown) : List.of("h' = " + projected(shown)));
    return Cell.of(name(), String.join("\n", lines) + "\n");
  }

  private String projected(String shown) {
    return isProjected
        ? clipped("P_h (" + shown + ")" + (hasProjectionBias ? " + b_h" : ""), projectionClip)
        : shown;
  }

  /// A unit takes as much of its new memory and output as its gate is open, and keeps the rest.
  private List<String> timeGate(String shown) {
    String closed = leak == 0 ? "" : " + (1 - open) * %s * phi".formatted(Activation.text(leak));
    return List.of(
        "phi = mod(score - s_k, tau_k) / tau_k",
        "u  = 2 * phi / r_on",
        "open = step(r_on - phi)",
        "k  = open * min(u, 2 - u)" + closed,
        "c' = k * m + (1 - k) * c",
        "h' = k * (" + shown + ") + (1 - k) * h");
  }

  private String sum(String name, String memory) {
    return clipped(terms(name, memory), gateClip);
  }

  private String terms(String name, String memory) {
    String peephole = peepholes.contains(name) ? "p_%s * %s + ".formatted(name, memory) : "";
    return "W_%1$s x + R_%1$s h + %2$sb_%1$s".formatted(name, peephole);
  }

  static String clipped(String sum, double clip) {
    return Double.isInfinite(clip) ? sum : "clip(%s, %s)".formatted(sum, Activation.text(clip));
  }

  static void checkClip(double clip) {
    if (!(clip > 0)) {
      throw new IllegalArgumentException(
          "clip is %s, expected a number above 0, or none".formatted(clip));
    }
  }

  private String name() {
    StringBuilder name = new StringBuilder(isPhased ? "PHASED_LSTM" : "LSTM");
    name.append(isProjected ? "P" : "");
    name.append(hasProjectionBias ? "+projectionBias" : "");
    name.append(coupling == null ? "" : "+coupled");
    name.append(peepholes.isEmpty() ? "" : "+peepholes(" + peepholes + ")");
    name.append(forgetBias == 0 ? "" : "+forgetBias(" + Activation.text(forgetBias) + ")");
    name.append(option(Double.isInfinite(readClip) ? "clipGates" : "clipActivations", gateClip));
    name.append(option("clipMemory", memoryClip));
    name.append(isProjected ? option("clipProjection", projectionClip) : "");
    boolean usual =
        gate.equals(Activation.SIGMOID)
            && candidate.equals(Activation.TANH)
            && output.equals(Activation.TANH);
    return name.append(
            usual
                ? ""
                : "+%s,%s,%s".formatted(gate.function(), candidate.function(), output.function()))
        .toString();
  }

  private static String option(String name, double clip) {
    return Double.isInfinite(clip) ? "" : "+%s(%s)".formatted(name, Activation.text(clip));
  }

  private Lstm with(Consumer<Lstm> change) {
    Lstm copy = new Lstm();
    copy.peepholes = peepholes;
    copy.coupling = coupling;
    copy.isProjected = isProjected;
    copy.hasProjectionBias = hasProjectionBias;
    copy.forgetBias = forgetBias;
    copy.gateClip = gateClip;
    copy.readClip = readClip;
    copy.memoryClip = memoryClip;
    copy.projectionClip = projectionClip;
    copy.isPhased = isPhased;
    copy.leak = leak;
    copy.gate = gate;
    copy.candidate = candidate;
    copy.output = output;
    change.accept(copy);
    return copy;
  }
}
