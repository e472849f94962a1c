package io.kioku.bench.layer;

import io.kioku.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What one core can do at most, as measured.
///
/// @param cpu the processor's name
/// @param isa the instructions that Kioku uses
/// @param detected the instructions that the processor has
/// @param gflops multiply-adds by precision, two operations each
/// @param levels the caches, the nearest first, and memory
record Machine(
    String cpu, String isa, String detected, Map<Precision, Double> gflops, List<Level> levels) {
  /// A place that weights are read from.
  ///
  /// @param bytes that it holds
  /// @param gbs GB/s of reading it
  record Level(String name, double bytes, double gbs) {}

  /// The least microseconds that a call can take, and why.
  ///
  /// @param by FMA, or the most distant place that is read: L1, L2, L3, memory
  record Bound(String by, double micros) {}

  /// Measures, for a few seconds.
  static Machine measure() throws IOException, InterruptedException {
    return of(cpuName(), NativeBench.peak());
  }

  /// @param values what kioku-native-bench says of its peak
  static Machine of(String cpu, Map<String, String> values) {
    Map<Precision, Double> gflops = new EnumMap<>(Precision.class);
    for (Precision precision : Precision.values()) {
      String name = name(precision) + "_gflops";
      gflops.put(precision, Double.parseDouble(values.get(name)));
    }
    List<Level> levels = new ArrayList<>();
    for (String name : List.of("L1", "L2", "L3", "memory")) {
      String key = name.toLowerCase(Locale.ROOT);
      double bytes = Double.parseDouble(values.getOrDefault(key + "_bytes", "Infinity"));
      levels.add(new Level(name, bytes, Double.parseDouble(values.get(key + "_gbs"))));
    }
    return new Machine(cpu, values.get("isa"), values.get("detected"), gflops, levels);
  }

  private static String cpuName() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      for (String line : Files.readAllLines(info)) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    }
    return System.getProperty("os.arch");
  }

  /// The share of the multiply-adds' peak, whatever bounds the layer.
  double shareOfMultiplyAdds(Measured m) {
    return m.gflops() / gflops.get(m.candidate().precision());
  }

  /// What bounds a layer: its arithmetic, or the reading of its weights at each step. What a cache
  /// holds of them comes from there, the rest from the next level.
  Bound bound(Shape shape, Precision precision) {
    double arithmetic = shape.flops() / gflops.get(precision) * 1e-3;
    double[] parts = reading(shape, precision);
    double reading = Arrays.stream(parts).sum();
    return arithmetic >= reading
        ? new Bound("FMA", arithmetic)
        : new Bound(levels.get(farthest(parts)).name, reading);
  }

  /// Microseconds that a call reads from each level.
  private double[] reading(Shape shape, Precision precision) {
    double left = shape.weightsOfStep() * bytes(precision);
    double held = 0;
    double[] micros = new double[levels.size()];
    for (int k = 0; k < micros.length; k++) {
      double here = Math.min(left, levels.get(k).bytes - held);
      micros[k] = shape.steps() * here / levels.get(k).gbs * 1e-3;
      held += here;
      left -= here;
    }
    return micros;
  }

  private static int farthest(double[] parts) {
    int k = parts.length - 1;
    while (k > 0 && parts[k] == 0) {
      k--;
    }
    return k;
  }

  /// A sentence with the peaks, and one about who is held to less than the processor has.
  String markdown() {
    String rates =
        gflops.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%.0f in %s", e.getValue(), name(e.getKey())))
            .collect(Collectors.joining(", "));
    String reads =
        levels.stream()
            .map(level -> String.format(Locale.ROOT, "%.0f from %s", level.gbs, level.name))
            .collect(Collectors.joining(", "));
    String held =
        isa.equals(detected)
            ? ""
            : "Kioku, oneDNN and PyTorch are held to %s of the processor's %s; ONNX Runtime cannot be.%n%n"
                .formatted(isa, detected);
    return "One core of %s, %s. GFLOP/s of multiply-adds: %s. GB/s read: %s.%n%n%s"
        .formatted(cpu, isa, rates, reads, held);
  }

  private static String name(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }

  private static int bytes(Precision precision) {
    return switch (precision) {
      case F32 -> 4;
      case BF16 -> 2;
      case INT8 -> 1;
    };
  }

  /// This machine as the contestants have shown it to be: where one was faster than what bounds it,
  /// its own rate counts, and `notes` gets a line about it. Not so for those who use more
  /// instructions than [#isa].
  Machine raisedBy(List<Measured> all, List<String> notes) {
    Machine raised = this;
    for (Measured m : all) {
      Bound bound = raised.bound(m.shape(), m.candidate().precision());
      boolean isAlike = isa.equals(detected) || m.candidate().canBeHeld();
      if (isAlike && m.agrees() && bound.micros > m.micros()) {
        raised = raised.raised(m, bound, notes);
      }
    }
    return raised;
  }

  private Machine raised(Measured m, Bound bound, List<String> notes) {
    Precision precision = m.candidate().precision();
    Map<Precision, Double> rates = new EnumMap<>(gflops);
    List<Level> places = new ArrayList<>(levels);
    String note;
    if (bound.by.equals("FMA")) {
      rates.put(precision, m.gflops());
      note = rate(name(precision) + " multiply-adds, GFLOP/s", gflops.get(precision), m.gflops());
    } else {
      double[] parts = reading(m.shape(), precision);
      int far = farthest(parts);
      double there = parts[far] - (bound.micros - m.micros()); // if the nearer ones are right
      for (int k = there > 0 ? far : 0; k <= far; k++) {
        double factor = there > 0 ? parts[far] / there : bound.micros / m.micros();
        Level level = levels.get(k);
        places.set(k, new Level(level.name, level.bytes, level.gbs * factor));
      }
      note = rate("reading from " + bound.by + ", GB/s", levels.get(far).gbs, places.get(far).gbs);
    }
    notes.add("%s; reached by %s at %s".formatted(note, m.candidate().label(), m.shape()));
    return new Machine(cpu, isa, detected, rates, places);
  }

  private static String rate(String what, double before, double now) {
    return String.format(Locale.ROOT, "%s: %.0f instead of the measured %.0f", what, now, before);
  }
}
