package io.kioku.bench.layer;

/// What one contestant took for one shape.
///
/// @param micros the median of a call
/// @param share of what the machine can do at most; [Machine.Bound] says of what
/// @param ratio how many times as fast as the fastest peer in float32
record Result(
    String contestant,
    String precision,
    Shape shape,
    double micros,
    String bound,
    double share,
    double ratio) {
  double gflops() {
    return shape.flops() / micros * 1e-3;
  }

  /// Whether it is Kioku's, and not one of its peers'.
  boolean isKioku() {
    return contestant.startsWith("kioku");
  }
}
