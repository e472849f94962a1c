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

  /// What bounds a layer: its arithmetic, or the reading of its recurrent weights at each step from
  /// where they fit.
  Bound bound(Shape shape, Precision precision) {
    int bytes =
        switch (precision) {
          case F32 -> 4;
          case BF16 -> 2;
          case INT8 -> 1;
        };
    double arithmetic = shape.flops() / gflops * 1e-3;
    double size = shape.recurrentWeights() * bytes;
    boolean inSecond = size <= l2Bytes;
    double rate = inSecond ? l2 : size <= l3Bytes ? l3 : memory;
    double reading = size * shape.steps() / rate * 1e-3;
    return arithmetic >= reading
        ? new Bound("FMA", arithmetic)
        : new Bound(inSecond ? "L2" : size <= l3Bytes ? "L3" : "memory", reading);
  }

  /// The least microseconds that a call can take, and why. Products of fewer bits may be faster
  /// than float32's, so that more than all of FMA can be reached.
  record Bound(String by, double micros) {}
}
