package io.kioku.cell;

/// What a [Node] computes.
public enum Operation {
  /// The layer's input at this step, `x`.
  INPUT,
  /// The number that is given with the input of this step, `score`.
  SCORE,
  /// A state at the end of the step before: `h`, `c`, …
  STATE,
  /// A state of the layer below at the end of this step, `below(c)`; zero in the lowest layer.
  BELOW,
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
  /// The first argument over the second.
  DIV,
  /// `1 / (1 + exp(-a))`.
  SIGMOID,
  /// The hyperbolic tangent.
  TANH,
  /// `max(a, 0)`.
  RELU,
  /// The exponential.
  EXP,
  /// The natural logarithm.
  LOG,
  /// 1 where the argument is above 0, else 0.
  STEP,
  /// The greater of two arguments.
  MAX,
  /// The lesser of two arguments.
  MIN,
  /// The greatest whole number that is not above the argument.
  FLOOR,
  /// The first argument, shifted and scaled by the mean and variance of all arguments' elements.
  NORM,
  /// A new state in the units whose period divides the clock, in all others the old one: arguments
  /// are the new state, the old one and the clock.
  CLOCKED,
  /// A clock one step later; it returns to 0 when all periods are over.
  TICK;

  /// Added to the variance in a [#NORM] that says no other number: PyTorch's default.
  public static final double EPSILON = 1e-5;

  /// The value of an element-wise operation; `b` is unused where there is one argument. NaN in
  /// gives NaN out.
  ///
  /// @throws IllegalStateException if this is not computed element by element
  public double apply(double a, double b) {
    return switch (this) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case SIGMOID -> 1 / (1 + Math.exp(-a));
      case TANH -> Math.tanh(a);
      case RELU -> Math.max(a, 0.0);
      case EXP -> Math.exp(a);
      case LOG -> Math.log(a);
      case STEP -> Double.isNaN(a) ? a : a > 0 ? 1 : 0;
      case FLOOR -> Math.floor(a);
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      default -> throw new IllegalStateException(this + " is not element-wise");
    };
  }

  /// Whether the order of the two arguments does not matter.
  public boolean commutes() {
    return this == ADD || this == MUL || this == MAX || this == MIN;
  }

  /// Whether this is a value that is given, not computed.
  public boolean isLeaf() {
    return switch (this) {
      case INPUT, SCORE, STATE, BELOW, VECTOR, CONSTANT -> true;
      default -> false;
    };
  }
}
