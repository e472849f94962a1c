package io.kioku.internal.onnx.op.elementwise;

/// Functions that `java.lang.Math` has not, in double.
final class SpecialFunctions {
  private static final double[] SMALL_TOP = {
    0.18577770618460315,
    3.1611237438705655,
    113.86415415105016,
    377.485237685302,
    3209.3775891384694
  };
  private static final double[] SMALL_BOTTOM = {
    1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171
  };
  private static final double[] MIDDLE_TOP = {
    2.1531153547440383e-08,
    0.5641884969886701,
    8.883149794388377,
    66.11919063714163,
    298.6351381974001,
    881.952221241769,
    1712.0476126340707,
    2051.0783778260716,
    1230.3393547979972
  };
  private static final double[] MIDDLE_BOTTOM = {
    1,
    15.744926110709835,
    117.6939508913125,
    537.1811018620099,
    1621.3895745666903,
    3290.7992357334597,
    4362.619090143247,
    3439.3676741437216,
    1230.3393548037495
  };
  private static final double[] LARGE_TOP = {
    0.016315387137302097,
    0.30532663496123236,
    0.36034489994980445,
    0.12578172611122926,
    0.016083785148742275,
    0.0006587491615298378
  };
  private static final double[] LARGE_BOTTOM = {
    1,
    2.568520192289822,
    1.8729528499234673,
    0.5279051029514285,
    0.06051834131244132,
    0.0023352049762686918
  };

  private SpecialFunctions() {}

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// A power as IEEE 754 has it: 1 to any power is 1, and -1 to an infinite one too.
  static double pow(double base, double exponent) {
    return base == 1 || (base == -1 && Double.isInfinite(exponent)) ? 1 : Math.pow(base, exponent);
  }

  /// `log(1 + exp(x))`.
  static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  static double asinh(double x) {
    double a = Math.abs(x);
    // log1p(a + a^2 / (1 + sqrt(1 + a^2))), without squares that overflow
    double root =
        a > 1e150 ? Math.log(a) + Math.log(2) : Math.log1p(a + a * a / (1 + Math.hypot(1, a)));
    return Math.copySign(root, x);
  }

  static double acosh(double x) {
    return x > 1e150
        ? Math.log(x) + Math.log(2)
        : Math.log1p((x - 1) + Math.sqrt((x - 1) * (x + 1)));
  }

  static double atanh(double x) {
    return Math.copySign(0.5 * Math.log1p(2 * Math.abs(x) / (1 - Math.abs(x))), x);
  }

  /// The error function, by W. J. Cody: Rational Chebyshev approximations for the error function,
  /// Mathematics of Computation 23 (1969).
  static double erf(double x) {
    double a = Math.abs(x);
    if (a <= 0.46875) {
      return x * quotient(SMALL_TOP, SMALL_BOTTOM, a * a);
    }
    double complement;
    if (a <= 4) {
      complement = Math.exp(-a * a) * quotient(MIDDLE_TOP, MIDDLE_BOTTOM, a);
    } else {
      double z = 1 / (a * a);
      double tail = z * quotient(LARGE_TOP, LARGE_BOTTOM, z);
      complement = Math.exp(-a * a) * (1 / Math.sqrt(Math.PI) - tail) / a;
    }
    return Math.copySign(1 - complement, x);
  }

  /// Of two polynomials, highest power first.
  private static double quotient(double[] top, double[] bottom, double x) {
    double t = top[0];
    double b = bottom[0];
    for (int i = 1; i < top.length; i++) {
      t = t * x + top[i];
      b = b * x + bottom[i];
    }
    return t / b;
  }
}
