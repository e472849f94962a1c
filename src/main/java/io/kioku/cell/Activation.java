package io.kioku.cell;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A function of the equation language with its constants: what a gate is passed through.
///
///     Activation.of("Elu", 0.5)       // elu(…, 0.5)
///     Activation.of("HardSigmoid")    // hardsigmoid(…) with ONNX's defaults
///
/// @param function the name in the equation language
/// @param constants what follows its argument, as ONNX's alpha and beta
public record Activation(String function, List<Double> constants) {
  /// The logistic function.
  public static final Activation SIGMOID = of("sigmoid");

  /// The hyperbolic tangent.
  public static final Activation TANH = of("tanh");

  /// The rectifier.
  public static final Activation RELU = of("relu");

  /// @throws IllegalArgumentException if the language has no such function of one vector, or too
  ///   many constants are given
  public Activation {
    constants = List.copyOf(constants);
    Functions known = Functions.of(function);
    if (known == null || !known.takesVector()) {
      throw new IllegalArgumentException(
          "unknown activation %s, expected one of %s"
              .formatted(
                  function,
                  Arrays.stream(Functions.values())
                      .filter(Functions::takesVector)
                      .map(Functions::text)
                      .collect(Collectors.joining(", "))));
    }
    if (!known.takes(1 + constants.size())) {
      throw new IllegalArgumentException(
          "%s takes %s, the vector included, not %d"
              .formatted(function, known.arguments(), 1 + constants.size()));
    }
    for (double constant : constants) {
      if (!Double.isFinite(constant)) {
        throw new IllegalArgumentException(
            "%s has the constant %s, expected a finite number".formatted(function, constant));
      }
    }
  }

  /// An activation.
  ///
  /// @param name of the equation language or of ONNX, in capital letters or not: `sigmoid`, `tanh`,
  ///   `relu`, `affine`, `elu`, `hardsigmoid`, `leakyrelu`, `scaledtanh`, `softplus`, `softsign`,
  ///   `thresholdedrelu`, …
  /// @param constants alpha and beta where it has them; ONNX's defaults stand for those left out
  /// @throws IllegalArgumentException if there is no such activation or it has fewer constants
  public static Activation of(String name, double... constants) {
    List<Double> boxed = new ArrayList<>();
    for (double constant : constants) {
      boxed.add(constant);
    }
    return new Activation(name.toLowerCase(Locale.ROOT), boxed);
  }

  /// The text of this function of an expression.
  String applied(String expression) {
    StringBuilder text = new StringBuilder(function).append('(').append(expression);
    for (double constant : constants) {
      text.append(", ").append(text(constant));
    }
    return text.append(')').toString();
  }

  /// A number as the equation language reads it.
  static String text(double value) {
    return BigDecimal.valueOf(value).toPlainString();
  }
}
