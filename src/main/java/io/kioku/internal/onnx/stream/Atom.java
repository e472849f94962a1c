package io.kioku.internal.onnx.stream;

/// A factor of an axis' size: a number, or a dimension that is not fixed, `times` as large, `over`
/// as small and `extra` longer.
///
/// Where the dimension is time, index i of a chunk that begins at step t is index `t * times / over
/// + i` of the whole. The last `unfinished` of the chunk's are not what the whole has there: they
///   have been computed without the steps to come.
///
/// @param label which dimension, of [Labels]; -1: none, the factor is the number `times`
/// @param times at least 1 unless it is a number
/// @param over at least 1, without a common divisor with `times`
record Atom(int label, long times, long over, long extra, long unfinished) {
  static Atom number(long number) {
    return new Atom(-1, number, 1, 0, 0);
  }

  static Atom label(int label) {
    return new Atom(label, 1, 1, 0, 0);
  }

  boolean isNumber() {
    return label < 0;
  }

  /// As it is in the whole, from first to last.
  boolean isPlain() {
    return extra == 0 && unfinished == 0;
  }

  /// Each of it a number of elements, or a part of one.
  Atom scaled(long factor, long divisor) {
    long top = Math.multiplyExact(times, factor);
    long bottom = Math.multiplyExact(over, divisor);
    long common = gcd(top, bottom);
    return new Atom(
        label,
        top / common,
        bottom / common,
        Math.multiplyExact(extra, factor) / divisor,
        Math.multiplyExact(unfinished, factor) / divisor);
  }

  /// With others at its end.
  Atom with(long newExtra, long newUnfinished) {
    return new Atom(label, times, over, newExtra, newUnfinished);
  }

  static long gcd(long a, long b) {
    return b == 0 ? Math.max(1, Math.abs(a)) : gcd(b, a % b);
  }
}
