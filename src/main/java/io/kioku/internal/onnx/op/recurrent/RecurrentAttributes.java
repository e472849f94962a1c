package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Activation;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Gru;
import io.kioku.cell.Lstm;
import io.kioku.cell.Rnn;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The attributes of a recurrent operator, and the cells that they make.
///
/// @param isReverse whether the one direction runs backwards; false if there are two
/// @param directions D, 1 or 2
/// @param hiddenSize H; -1 if R decides
/// @param isBatchFirst layout 1: X is (N, T, I), Y (N, T, D, H), states (N, D, H); else X is (T, N,
///   I), Y (T, D, N, H), states (D, N, H)
/// @param activations ONNX's f, g, h of one direction after the other
/// @param clip infinite for none
public record RecurrentAttributes(
    RecurrentKind kind,
    boolean isReverse,
    int directions,
    int hiddenSize,
    boolean isBatchFirst,
    List<Activation> activations,
    double clip,
    boolean isInputForget,
    boolean isLinearBeforeReset) {
  /// Reads them.
  ///
  /// @throws Refusal if one cannot be
  public static RecurrentAttributes of(RecurrentKind kind, Attributes attributes) {
    String direction = attributes.text("direction", "forward").toLowerCase(Locale.ROOT);
    int directions =
        switch (direction) {
          case "forward", "reverse" -> 1;
          case "bidirectional" -> 2;
          default ->
              throw new Refusal(
                  "attribute direction is '%s', expected forward, reverse or bidirectional"
                      .formatted(direction));
        };
    int hidden = attributes.small("hidden_size", -1);
    if (attributes.has("hidden_size") && hidden < 1) {
      throw new Refusal("attribute hidden_size is %d, expected at least 1".formatted(hidden));
    }
    long layout = attributes.integer("layout", 0);
    if (layout != 0 && layout != 1) {
      throw new Refusal("attribute layout is %d, expected 0 or 1".formatted(layout));
    }
    return new RecurrentAttributes(
        kind,
        direction.equals("reverse"),
        directions,
        hidden,
        layout == 1,
        ActivationReader.read(kind, attributes, directions),
        clip(kind, attributes),
        kind == RecurrentKind.LSTM && attributes.flag("input_forget", false),
        kind == RecurrentKind.GRU && attributes.flag("linear_before_reset", false));
  }

  private static double clip(RecurrentKind kind, Attributes attributes) {
    float clip = attributes.real("clip", Float.POSITIVE_INFINITY);
    if (kind == RecurrentKind.RNN && clip < 0) {
      return Double.POSITIVE_INFINITY; // ONNX Runtime's RNN says so "none"
    }
    if (!(clip > 0)) {
      throw new Refusal("attribute clip is %s, expected a number above 0".formatted(clip));
    }
    return clip;
  }

  /// One direction's cell. What most models have is a known cell, which need not be written.
  ///
  /// @param hasPeepholes whether P is given
  public Cell cell(int direction, boolean hasPeepholes) {
    List<Activation> f = activations(direction);
    boolean isUsual =
        f.equals(kind.activations()) && Double.isInfinite(clip) && !hasPeepholes && !isInputForget;
    if (isUsual) {
      return switch (kind) {
        case LSTM -> Cells.LSTM;
        case GRU -> isLinearBeforeReset ? Cells.GRU : Cells.GRU_RESET_BEFORE;
        case RNN -> Cells.RNN_TANH;
      };
    }
    return switch (kind) {
      case LSTM -> lstm(direction, hasPeepholes).cell();
      case GRU -> new Gru(isLinearBeforeReset, f.get(0), f.get(1), clip).cell();
      case RNN -> new Rnn(f.getFirst(), clip).cell();
    };
  }

  private List<Activation> activations(int direction) {
    int each = kind.activations().size();
    return activations.subList(direction * each, (direction + 1) * each);
  }

  /// One direction's LSTM. The text of the operator has the clip on "the input of activations",
  /// which the memory is one of. ONNX Runtime does not limit the memory, and what it computes is
  /// what models were tested with.
  public Lstm lstm(int direction, boolean hasPeepholes) {
    List<Activation> f = activations(direction);
    Lstm lstm = Lstm.plain().activations(f.get(0), f.get(1), f.get(2));
    lstm = hasPeepholes ? lstm.peepholes("ifo") : lstm;
    lstm = Double.isInfinite(clip) ? lstm : lstm.clipGates(clip);
    return isInputForget ? lstm.coupled(Lstm.Coupling.FORGET_FROM_INPUT) : lstm;
  }

  /// Reads `activations`, `activation_alpha` and `activation_beta`.
  ///
  /// The two lists are consumed in the order of the functions: one that has an alpha takes the next
  /// of the alphas, and its default when they are at their end. As the operators' text has it, the
  /// defaults are those of ONNX's operators of the same names, and those of [Activation] where
  /// there is none (Affine 1 and 0, ScaledTanh 1 and 1). ONNX Runtime 1.29 agrees but for
  /// ThresholdedRelu, Affine and ScaledTanh, where 0 stands for what is left out.
  private static final class ActivationReader {
    /// What a function takes beside its argument, and the default of its alpha.
    private record Constants(boolean hasAlpha, double alpha, boolean hasBeta) {
      static final Constants NONE = new Constants(false, 0, false);
    }

    private static final Map<String, Constants> FUNCTIONS =
        Map.ofEntries(
            Map.entry("affine", new Constants(true, 1, true)),
            Map.entry("elu", new Constants(true, 1, false)),
            Map.entry("hardsigmoid", new Constants(true, 0.2, true)),
            Map.entry("leakyrelu", new Constants(true, 0.01, false)),
            Map.entry("relu", Constants.NONE),
            Map.entry("scaledtanh", new Constants(true, 1, true)),
            Map.entry("sigmoid", Constants.NONE),
            Map.entry("softplus", Constants.NONE),
            Map.entry("softsign", Constants.NONE),
            Map.entry("tanh", Constants.NONE),
            Map.entry("thresholdedrelu", new Constants(true, 1, false)));

    private final List<String> names;
    private final float[] alphas;
    private final float[] betas;
    private int usedAlphas;
    private int usedBetas;

    private ActivationReader(List<String> names, float[] alphas, float[] betas) {
      this.names = names;
      this.alphas = alphas == null ? new float[0] : alphas;
      this.betas = betas == null ? new float[0] : betas;
    }

    /// The activations of all directions, one direction's after the other's.
    ///
    /// @throws Refusal if there are too few, or one that ONNX does not have
    static List<Activation> read(RecurrentKind kind, Attributes attributes, int directions) {
      List<String> names = attributes.texts("activations");
      float[] alphas = attributes.reals("activation_alpha");
      float[] betas = attributes.reals("activation_beta");
      int each = kind.activations().size();
      if (names == null || names.isEmpty()) {
        List<Activation> usual = new ArrayList<>();
        for (int direction = 0; direction < directions; direction++) {
          usual.addAll(kind.activations());
        }
        return usual;
      }
      if (kind == RecurrentKind.RNN && directions == 1 && names.size() == 2) {
        names = names.subList(0, 1); // the text's default is one for each of two directions
      }
      if (names.size() != each * directions) {
        throw new Refusal(
            "attribute activations has %d functions, expected %d"
                .formatted(names.size(), each * directions));
      }
      return new ActivationReader(names, alphas, betas).all();
    }

    private List<Activation> all() {
      List<Activation> all = new ArrayList<>();
      for (String name : names) {
        all.add(activation(name));
      }
      return all;
    }

    private Activation activation(String given) {
      String name = given.toLowerCase(Locale.ROOT);
      Constants constants = FUNCTIONS.get(name);
      if (constants == null) {
        throw new Refusal(
            "attribute activations has '%s', expected some of %s"
                .formatted(given, FUNCTIONS.keySet().stream().sorted().toList()));
      }
      if (!constants.hasAlpha) {
        return of(name);
      }
      double alpha = next(alphas, constants.alpha, usedAlphas++);
      if (!constants.hasBeta) {
        return of(name, alpha);
      }
      double beta = next(betas, Double.NaN, usedBetas++);
      return Double.isNaN(beta) ? of(name, alpha) : of(name, alpha, beta);
    }

    private static double next(float[] list, double absent, int at) {
      if (at >= list.length) {
        return absent;
      }
      if (!Float.isFinite(list[at])) {
        throw new Refusal(
            "an activation's constant is %s, expected a finite number".formatted(list[at]));
      }
      return list[at];
    }

    private static Activation of(String name, double... constants) {
      return Activation.of(name, constants);
    }
  }
}
