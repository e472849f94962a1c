package io.kioku.bench.layer;

/// What one contestant took for one shape.
///
/// @param micros the median of a call
/// @param bound the least that a call can take on this machine, and why
/// @param difference of the output from the judge's, relative to its largest
/// @param bestPeer microseconds of the fastest peer in the same precision; NaN if there is none
/// @param bestFloatPeer microseconds of the fastest peer in float32
record Result(
    Candidate candidate,
    Shape shape,
    double micros,
    Machine.Bound bound,
    double difference,
    double bestPeer,
    double bestFloatPeer) {
  double gflops() {
    return shape.flops() / micros * 1e-3;
  }

  /// Of what the machine can do at most; [Machine.Bound#by] says of what.
  double share() {
    return bound.micros() / micros;
  }

  /// How many times as fast as the fastest peer in the same precision; NaN if there is none.
  double ratio() {
    return bestPeer / micros;
  }

  /// How many times as fast as the fastest peer in float32.
  double floatRatio() {
    return bestFloatPeer / micros;
  }
}
