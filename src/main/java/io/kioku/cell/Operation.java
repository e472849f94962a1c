package io.kioku.cell;

import java.util.Arrays;
import java.util.Optional;

/// What a [Node] computes.
public enum Operation {
  /// The layer's input at this step, `x`.
  INPUT,
  /// A state at the end of the step before: `h`, `c`, …
  STATE,
  /// A vector parameter: `b_i`.
  VECTOR,
  /// A number.
  CONSTANT,
  /// A matrix parameter times a vector: `W_i x`.
  PRODUCT,
  /// The sum of two arguments.
  ADD,
  /// The first argument less the second.
  SUB,
  /// The element-wise product of two arguments.
  MUL,
  /// `1 / (1 + exp(-a))`.
  SIGMOID("sigmoid", 1),
  /// The hyperbolic tangent.
  TANH("tanh", 1),
  /// `max(a, 0)`.
  RELU("relu", 1),
  /// The exponential.
  EXP("exp", 1),
  /// The natural logarithm.
  LOG("log", 1),
  /// The greater of two arguments.
  MAX("max", 2),
  /// The lesser of two arguments.
  MIN("min", 2);

  private final String function;
  private final int arity;

  Operation() {
    this(null, 0);
  }

  Operation(String function, int arity) {
    this.function = function;
    this.arity = arity;
  }

  /// The value of an element-wise operation; `b` is unused where there is one argument. NaN in
  /// gives NaN out.
  ///
  /// @throws IllegalStateException if this is not computed element by element
  public double apply(double a, double b) {
    return switch (this) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case SIGMOID -> 1 / (1 + Math.exp(-a));
      case TANH -> Math.tanh(a);
      case RELU -> Math.max(a, 0.0);
      case EXP -> Math.exp(a);
      case LOG -> Math.log(a);
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      default -> throw new IllegalStateException(this + " is not element-wise");
    };
  }

  /// Whether the order of the two arguments does not matter.
  public boolean commutes() {
    return this == ADD || this == MUL || this == MAX || this == MIN;
  }

  /// How many arguments this takes where it is written as a function.
  int arity() {
    return arity;
  }

  /// The operation that is written as this function.
  static Optional<Operation> function(String name) {
    return Arrays.stream(values()).filter(o -> name.equals(o.function)).findFirst();
  }

  /// The names of all functions, for messages.
  static String functions() {
    return String.join(
        ", ",
        Arrays.stream(values()).filter(o -> o.function != null).map(o -> o.function).toList());
  }
}
