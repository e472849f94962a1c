package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.Map;

/// What one core can do at most, as measured.
///
/// @param gflops multiply-adds of float32, two operations each
/// @param memory GB/s of what fits in no cache
record Machine(
    String isa,
    double gflops,
    double l2Bytes,
    double l2,
    double l3Bytes,
    double l3,
    double memory) {
  static Machine of(Map<String, String> values) {
    return new Machine(
        values.get("isa"),
        Double.parseDouble(values.get("gflops")),
        Double.parseDouble(values.get("l2_bytes")),
        Double.parseDouble(values.get("l2_gbs")),
        Double.parseDouble(values.get("l3_bytes")),
        Double.parseDouble(values.get("l3_gbs")),
        Double.parseDouble(values.get("memory_gbs")));
  }

  /// What bounds a layer: its arithmetic, or the reading of its weights at each step. What a cache
  /// holds of them comes from there, the rest from the next level.
  Bound bound(Shape shape, Precision precision) {
    int bytes =
        switch (precision) {
          case F32 -> 4;
          case BF16 -> 2;
          case INT8 -> 1;
        };
    double arithmetic = shape.flops() / gflops * 1e-3;
    double size = shape.weightsOfStep() * bytes;
    double inSecond = Math.min(size, l2Bytes);
    double inThird = Math.min(size, l3Bytes) - inSecond;
    double inMemory = size - inSecond - inThird;
    double reading = shape.steps() * (inSecond / l2 + inThird / l3 + inMemory / memory) * 1e-3;
    String level = inMemory > 0 ? "memory" : inThird > 0 ? "L3" : "L2";
    return arithmetic >= reading ? new Bound("FMA", arithmetic) : new Bound(level, reading);
  }

  /// The least microseconds that a call can take, and why. Products of fewer bits may be faster
  /// than float32's, so that more than all of FMA can be reached.
  record Bound(String by, double micros) {}
}
