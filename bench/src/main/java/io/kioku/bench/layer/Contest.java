package io.kioku.bench.layer;

import io.kioku.Backend;
import io.kioku.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// All contestants at one shape: opened, compared, then timed in turn, so that what else the
/// machine does falls on all alike.
final class Contest implements AutoCloseable {
  /// Nanoseconds after which the JVM has compiled what runs.
  private static final long WARM_UP = 300_000_000;

  private static final double[] TOLERANCES = {1e-4, 2e-2, 5e-2};

  /// Someone who is timed.
  private record Entry(String name, Precision precision, LayerContestant runner) {}

  private final Shape shape;
  private final NativeBench bench;
  private final List<Entry> entries = new ArrayList<>();

  /// @param backends also each of Kioku's backends by itself
  Contest(
      Shape shape, List<Precision> precisions, boolean backends, int threads, NativeBench bench) {
    this.shape = shape;
    this.bench = bench;
    Layer layer = Layer.of(shape);
    try {
      for (Precision precision : precisions) {
        add("kioku", precision, new KiokuLayer(layer, precision, null, threads));
        for (Backend backend : backends ? Backend.values() : new Backend[0]) {
          if (backend != Backend.REFERENCE
              && (precision == Precision.F32 || backend == Backend.FUSED)) {
            String name = "kioku " + backend.name().toLowerCase(Locale.ROOT);
            add(name, precision, new KiokuLayer(layer, precision, backend, threads));
          }
        }
      }
      add("onnxruntime", Precision.F32, new RuntimeLayer(layer, false, threads));
      add("pytorch", Precision.F32, new TorchLayer(layer));
      if (precisions.contains(Precision.INT8) && shape.cell().equals("LSTM")) {
        add("onnxruntime", Precision.INT8, new RuntimeLayer(layer, true, threads));
      }
      add("onednn (C)", Precision.F32, null);
      checkAgreement();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void add(String name, Precision precision, LayerContestant runner) {
    entries.add(new Entry(name, precision, runner));
  }

  /// Each against ONNX Runtime in float32; oneDNN in C checks itself against libkioku.
  private void checkAgreement() {
    LayerContestant judge =
        entries.stream()
            .filter(e -> e.name.equals("onnxruntime") && e.precision == Precision.F32)
            .findFirst()
            .orElseThrow()
            .runner;
    for (Entry entry : entries) {
      if (entry.runner != null) {
        check(judge, entry.runner, entry.precision, shape + ", " + entry.name);
      }
    }
  }

  /// Proves that a contestant computes what another does in float32.
  ///
  /// @throws IllegalStateException if it does not
  static void check(
      LayerContestant judge, LayerContestant runner, Precision precision, String what) {
    judge.run();
    runner.run();
    double off = largestDifference(judge.output(), runner.output());
    if (!(off <= TOLERANCES[precision.ordinal()])) {
      throw new IllegalStateException(
          "%s in %s is %g off ONNX Runtime".formatted(what, precision, off));
    }
  }

  private static double largestDifference(float[] a, float[] b) {
    double worst = a.length == b.length ? 0 : Double.NaN;
    for (int k = 0; k < a.length && k < b.length; k++) {
      double d = Math.abs((double) a[k] - b[k]);
      worst = d > worst || Double.isNaN(d) ? d : worst;
    }
    return worst;
  }

  /// Times all, round after round.
  ///
  /// @param nanos that each computes in a round, at least
  List<Result> run(Machine machine, int rounds, long nanos) {
    double[][] micros = new double[entries.size()][rounds];
    for (int round = -1; round < rounds; round++) { // one to warm up
      for (int e = 0; e < micros.length; e++) {
        double time = micros(entries.get(e), round < 0 ? WARM_UP : nanos);
        if (round >= 0) {
          micros[e][round] = time;
        }
      }
    }
    double[] medians = new double[micros.length];
    double best = Double.POSITIVE_INFINITY;
    for (int e = 0; e < medians.length; e++) {
      Arrays.sort(micros[e]);
      medians[e] = micros[e][rounds / 2];
      Entry entry = entries.get(e);
      if (!entry.name.startsWith("kioku") && entry.precision == Precision.F32) {
        best = Math.min(best, medians[e]);
      }
    }
    List<Result> results = new ArrayList<>();
    for (int e = 0; e < medians.length; e++) {
      Entry entry = entries.get(e);
      int[] bytes = {4, 2, 1};
      Machine.Bound bound = machine.bound(shape, bytes[entry.precision.ordinal()]);
      results.add(
          new Result(
              entry.name,
              entry.precision.name().toLowerCase(Locale.ROOT),
              shape,
              medians[e],
              bound.by(),
              bound.micros() / medians[e],
              best / medians[e]));
    }
    return results;
  }

  private double micros(Entry entry, long nanos) {
    if (entry.runner == null) {
      return bench.micros("onednn", "f32", shape);
    }
    long start = System.nanoTime();
    long spent;
    int calls = 0;
    do {
      entry.runner.run();
      calls++;
      spent = System.nanoTime() - start;
    } while (spent < nanos);
    return spent / 1e3 / calls;
  }

  @Override
  public void close() {
    for (Entry entry : entries) {
      if (entry.runner != null) {
        entry.runner.close();
      }
    }
  }
}
