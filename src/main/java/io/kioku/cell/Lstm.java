package io.kioku.cell;

import java.util.ArrayList;
import java.util.List;

/// Writes LSTM cells option by option: any subset of peepholes, coupled gates, a projection, other
/// activations, a clip, a bias on the forget gate. Immutable; each method gives another.
///
///     Cell cell = Lstm.plain().peepholes("if").clip(3).cell();
///
/// Gates, states and parameters are named as in [Cells#LSTM]; peepholes are p_i, p_f, p_o. A cell
/// that comes out the same as a known one is as fast.
///
/// @param peepholes the gates that look at the memory: some of the letters i, f, o
/// @param coupling which of the gates i and f is one less the other; null if both have their own
///   weights; the one has no peephole and no bias of its own, so options for these do not act on it
/// @param projected whether the output is a projection
/// @param forgetBias added to the forget gate's sum
/// @param clip the limit of the sums that enter an activation; infinite for none
/// @param clipsMemory whether it is the limit of the memory too, where the output reads it
/// @param gate of i, f and o
/// @param candidate of g
/// @param output of the memory
public record Lstm(
    String peepholes,
    Coupling coupling,
    boolean projected,
    double forgetBias,
    double clip,
    boolean clipsMemory,
    Activation gate,
    Activation candidate,
    Activation output) {
  /// Which gate is one less the other.
  public enum Coupling {
    /// i = 1 - f, as Greff et al. 2015.
    INPUT_FROM_FORGET,
    /// f = 1 - i, as ONNX's `input_forget`.
    FORGET_FROM_INPUT
  }

  /// @throws IllegalArgumentException if an option is none
  public Lstm {
    if (!peepholes.matches("[ifo]*") || peepholes.chars().distinct().count() < peepholes.length()) {
      throw new IllegalArgumentException(
          "peepholes is '%s', expected some of the letters i, f and o, each once"
              .formatted(peepholes));
    }
    if (!Double.isFinite(forgetBias)) {
      throw new IllegalArgumentException(
          "forgetBias is %s, expected a finite number".formatted(forgetBias));
    }
    checkClip(clip);
  }

  /// [Cells#LSTM].
  public static Lstm plain() {
    return new Lstm(
        "",
        null,
        false,
        0,
        Double.POSITIVE_INFINITY,
        true,
        Activation.SIGMOID,
        Activation.TANH,
        Activation.TANH);
  }

  /// The same with peepholes: Gers & Schmidhuber 2000.
  ///
  /// @param gates some of the letters i, f, o
  public Lstm peepholes(String gates) {
    return new Lstm(
        gates, coupling, projected, forgetBias, clip, clipsMemory, gate, candidate, output);
  }

  /// The same with one gate for input and forgetting: Greff et al. 2015, ONNX's `input_forget`.
  public Lstm coupled(Coupling how) {
    return new Lstm(
        peepholes, how, projected, forgetBias, clip, clipsMemory, gate, candidate, output);
  }

  /// The same with a projected output: Sak, Senior & Beaufays 2014.
  public Lstm project() {
    return new Lstm(
        peepholes, coupling, true, forgetBias, clip, clipsMemory, gate, candidate, output);
  }

  /// The same with a number added in the forget gate, 1 in Józefowicz, Zaremba & Sutskever 2015.
  public Lstm forgetBias(double bias) {
    return new Lstm(
        peepholes, coupling, projected, bias, clip, clipsMemory, gate, candidate, output);
  }

  /// The same with all that enters an activation held between -limit and limit, as the
  /// specification of ONNX has its `clip`: the four sums, and the memory where the output reads it;
  /// the memory that is kept has no limit. ONNX Runtime does not limit the memory: see
  /// [#clipGates].
  ///
  /// @param limit above 0
  public Lstm clip(double limit) {
    return clip(limit, true);
  }

  /// The same with the four sums that enter an activation held between -limit and limit, as ONNX
  /// Runtime has the `clip`: the memory has no limit.
  ///
  /// @param limit above 0
  public Lstm clipGates(double limit) {
    return clip(limit, false);
  }

  private Lstm clip(double limit, boolean ofMemory) {
    return new Lstm(
        peepholes, coupling, projected, forgetBias, limit, ofMemory, gate, candidate, output);
  }

  /// The same with other activations: ONNX's f, g and h.
  public Lstm activations(Activation ofGates, Activation ofCandidate, Activation ofMemory) {
    return new Lstm(
        peepholes,
        coupling,
        projected,
        forgetBias,
        clip,
        clipsMemory,
        ofGates,
        ofCandidate,
        ofMemory);
  }

  /// The cell.
  public Cell cell() {
    List<String> lines = new ArrayList<>();
    lines.add("# an LSTM with options: " + name());
    if (coupling != Coupling.INPUT_FROM_FORGET) {
      lines.add("i  = " + gate.applied(sum("i", "c")));
    }
    if (coupling != Coupling.FORGET_FROM_INPUT) {
      String bias = forgetBias == 0 ? "" : " + " + Activation.text(forgetBias);
      lines.add("f  = " + gate.applied(clipped(terms("f", "c") + bias, clip)));
    }
    if (coupling != null) {
      lines.add(coupling == Coupling.INPUT_FROM_FORGET ? "i  = 1 - f" : "f  = 1 - i");
    }
    lines.add("g  = " + candidate.applied(sum("g", "c")));
    lines.add("o  = " + gate.applied(sum("o", "c'")));
    lines.add("c' = f * c + i * g");
    String shown = "o * " + output.applied(clipsMemory ? clipped("c'", clip) : "c'");
    lines.add("h' = " + (projected ? "P_h (" + shown + ")" : shown));
    return Cell.of(name(), String.join("\n", lines) + "\n");
  }

  private String sum(String name, String memory) {
    return clipped(terms(name, memory), clip);
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
    StringBuilder name = new StringBuilder("LSTM");
    name.append(projected ? "P" : "");
    name.append(coupling == null ? "" : "+coupled");
    name.append(peepholes.isEmpty() ? "" : "+peepholes(" + peepholes + ")");
    name.append(forgetBias == 0 ? "" : "+forgetBias(" + Activation.text(forgetBias) + ")");
    String clips = clipsMemory ? "+clip(" : "+clipGates(";
    name.append(Double.isInfinite(clip) ? "" : clips + Activation.text(clip) + ")");
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
}
