package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Activation;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads `activations`, `activation_alpha` and `activation_beta`.
///
/// The two lists are consumed in the order of the functions: one that has an alpha takes the next
/// of the alphas, and its default when they are at their end. As the operators' text has it, the
/// defaults are those of ONNX's operators of the same names, and those of [Activation] where there
/// is none (Affine 1 and 0, ScaledTanh 1 and 1). ONNX Runtime 1.29 agrees but for ThresholdedRelu,
/// Affine and ScaledTanh, where 0 stands for what is left out.
final class Activations {
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

  private Activations(List<String> names, float[] alphas, float[] betas) {
    this.names = names;
    this.alphas = alphas == null ? new float[0] : alphas;
    this.betas = betas == null ? new float[0] : betas;
  }

  /// The activations of all directions, one direction's after the other's.
  ///
  /// @throws Refusal if there are too few, or one that ONNX does not have
  static List<Activation> read(Kind kind, Attributes attributes, int directions) {
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
    if (kind == Kind.RNN && directions == 1 && names.size() == 2) {
      names = names.subList(0, 1); // the text's default is one for each of two directions
    }
    if (names.size() != each * directions) {
      throw new Refusal(
          "attribute activations has %d functions, expected %d"
              .formatted(names.size(), each * directions));
    }
    return new Activations(names, alphas, betas).all();
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
