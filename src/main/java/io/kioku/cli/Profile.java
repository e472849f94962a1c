package io.kioku.cli;

import io.kioku.onnx.OnnxNode;
import io.kioku.onnx.OnnxNodeTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where the time of a model's runs goes: step by step, and by operator.
///
/// @param runs of the model
/// @param steps the slowest first
/// @param operators likewise
record Profile(int runs, List<Part> steps, List<Part> operators) {
  private static final double NANOS = 1e3; // in a microsecond

  /// A part of the time.
  ///
  /// @param count how many steps it is
  /// @param micros of a run
  /// @param share of all of it, 0 to 1
  record Part(
      String name, String operator, String backend, int count, double micros, double share) {}

  /// The median of runs, step by step: what else the machine does falls on few of them.
  ///
  /// @param runs each the times of all steps
  static Profile of(List<List<OnnxNodeTime>> runs) {
    double[] micros = new double[runs.getFirst().size()];
    for (int i = 0; i < micros.length; i++) {
      int step = i;
      long[] sorted = runs.stream().mapToLong(run -> run.get(step).nanos()).sorted().toArray();
      micros[i] = (double) sorted[sorted.length / 2] / NANOS;
    }
    double all = Math.max(Double.MIN_NORMAL, Arrays.stream(micros).sum());
    List<Part> steps = new ArrayList<>();
    Map<String, Part> operators = new LinkedHashMap<>();
    for (int i = 0; i < micros.length; i++) {
      OnnxNode node = runs.getFirst().get(i).node();
      Part step =
          new Part(node.name(), node.operator(), node.backend(), 1, micros[i], micros[i] / all);
      steps.add(step);
      operators.merge(node.operator() + " " + node.backend(), step, Profile::sum);
    }
    return new Profile(runs.size(), sorted(steps), sorted(operators.values()));
  }

  private static Part sum(Part a, Part b) {
    return new Part(
        a.name, a.operator, a.backend, a.count + b.count, a.micros + b.micros, a.share + b.share);
  }

  private static List<Part> sorted(Iterable<Part> parts) {
    List<Part> sorted = new ArrayList<>();
    parts.forEach(sorted::add);
    sorted.sort(Comparator.comparingDouble(Part::micros).reversed());
    return List.copyOf(sorted);
  }

  /// Microseconds of a run in all steps together.
  double micros() {
    return steps.stream().mapToDouble(Part::micros).sum();
  }

  /// Two tables and the sum.
  String text() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("      µs", " share", "computed by", "operator", "step"));
    for (Part part : steps) {
      rows.add(List.of(micros(part), share(part), part.backend, part.operator, part.name));
    }
    List<List<String>> sums = new ArrayList<>();
    sums.add(List.of("      µs", " share", "computed by", "operator", "steps"));
    for (Part part : operators) {
      sums.add(
          List.of(
              micros(part),
              share(part),
              part.backend,
              part.operator,
              Integer.toString(part.count)));
    }
    return "%s%n%s%n%s%n"
        .formatted(
            Columns.lines("", rows),
            Columns.lines("", sums),
            String.format(
                Locale.ROOT,
                "%.1f µs a run in %,d steps, median of %,d runs",
                micros(),
                steps.size(),
                runs));
  }

  private static String micros(Part part) {
    return String.format(Locale.ROOT, "%8.1f", part.micros);
  }

  /// A part's share in percent.
  static String share(Part part) {
    return String.format(Locale.ROOT, "%4.1f %%", 100 * part.share);
  }
}
