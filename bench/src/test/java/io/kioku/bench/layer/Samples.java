package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.HashMap;
import java.util.Map;

/// A machine and measurements with round numbers.
final class Samples {
  /// LSTM, one step, weights of 128 KiB in float32: 65,536 operations.
  static final Shape STEP = new Shape("LSTM", 1, 1, 64, 64);

  private Samples() {}

  /// 100 GFLOP/s in float32, 200 in bf16, 400 in int8; 400, 100, 25 and 5 GB/s from 32 KiB, 1 MiB,
  /// 16 MiB and memory.
  static Machine machine() {
    return machine("avx512");
  }

  /// The same held to a tier, of a processor with AVX-512.
  static Machine machine(String isa) {
    Map<String, String> values = new HashMap<>();
    values.putAll(Map.of("isa", isa, "detected", "avx512"));
    values.putAll(Map.of("f32_gflops", "100", "bf16_gflops", "200", "int8_gflops", "400"));
    values.putAll(Map.of("l1_bytes", "32768", "l2_bytes", "1048576", "l3_bytes", "16777216"));
    values.putAll(Map.of("l1_gbs", "400", "l2_gbs", "100", "l3_gbs", "25", "memory_gbs", "5"));
    return Machine.of("a processor", values);
  }

  static Measured of(String name, Precision precision, Shape shape, double micros) {
    return new Measured("online", new Candidate(name, precision), shape, micros, 0);
  }

  /// Who computes something else.
  static Measured wrong(String name, Precision precision, Shape shape, double micros) {
    return new Measured("online", new Candidate(name, precision), shape, micros, 0.18);
  }
}
