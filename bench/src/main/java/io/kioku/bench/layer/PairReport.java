package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/// What came out of a [PairCommand], as Markdown.
final class PairReport {
  /// Of what the one that it is compared with gains by fewer bits.
  private static final double GAIN = 0.9;

  private final List<Pair> all;
  private final String ratio;
  private final Comparator<Pair> worstFirst;
  private final Map<List<Object>, Pair> floats = new LinkedHashMap<>();

  /// @param ratio what the ratio is, in words
  /// @param isSpeedUp whether it is to be large
  PairReport(List<Pair> all, String ratio, boolean isSpeedUp) {
    this.all = all;
    this.ratio = ratio;
    Comparator<Pair> byRatio = Comparator.comparingDouble(Pair::ratio);
    worstFirst = isSpeedUp ? byRatio : byRatio.reversed();
    all.stream()
        .filter(pair -> pair.precision() == Precision.F32)
        .forEach(pair -> floats.put(place(pair), pair));
  }

  private static List<Object> place(Pair p) {
    return List.of(p.cell(), p.steps(), p.batch(), p.hidden());
  }

  /// Means by cell, precision and T, what fewer bits gain, and the pairs that miss the aim.
  String markdown() {
    StringBuilder text =
        new StringBuilder(
            ("The ratio is %s. A gain is f32's time over that of fewer bits; it is aimed at"
                    + " %.1f of the gain of what the cell is compared with.%n%n"
                    + "| cell | compared with | precision | T | mean | worst | at | aim | missed at"
                    + " | gain | gain of the other | least of it | missed at |%n"
                    + "|---|---|---|---|---|---|---|---|---|---|---|---|---|%n")
                .formatted(ratio, GAIN));
    record Row(String cell, String with, Precision precision, int steps) {}
    Map<Row, List<Pair>> rows = new LinkedHashMap<>();
    for (Pair p : all) {
      rows.computeIfAbsent(
              new Row(p.cell(), p.with(), p.precision(), p.steps()), k -> new ArrayList<>())
          .add(p);
    }
    rows.values().forEach(pairs -> text.append(row(pairs)));
    return text.append('\n').append(missed()).toString();
  }

  private String row(List<Pair> pairs) {
    Pair worst = pairs.stream().min(worstFirst).orElseThrow();
    List<Pair> others =
        worst.precision() == Precision.F32
            ? List.of()
            : pairs.stream().filter(p -> floats.containsKey(place(p))).toList();
    DoubleStream shares = others.stream().mapToDouble(this::shareOfGain);
    long poor = others.stream().filter(p -> shareOfGain(p) < GAIN).count();
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %d | %.2f | %.2f | N = %d, H = %d | %.2f | %d of %d | %s | %s | %s | %s |%n",
        worst.cell(),
        worst.with(),
        worst.precisionName(),
        worst.steps(),
        Means.geometric(pairs.stream().mapToDouble(Pair::ratio)),
        worst.ratio(),
        worst.batch(),
        worst.hidden(),
        worst.aim(),
        pairs.stream().filter(p -> !p.isMet()).count(),
        pairs.size(),
        Means.text(Means.geometric(others.stream().mapToDouble(this::gain))),
        Means.text(Means.geometric(others.stream().mapToDouble(this::otherGain))),
        Means.text(Means.least(shares)),
        others.isEmpty() ? "" : poor + " of " + others.size());
  }

  private double gain(Pair p) {
    return floats.get(place(p)).micros() / p.micros();
  }

  private double otherGain(Pair p) {
    return floats.get(place(p)).withMicros() / p.withMicros();
  }

  private double shareOfGain(Pair p) {
    return gain(p) / otherGain(p);
  }

  private String missed() {
    List<Pair> missed =
        all.stream().filter(p -> !p.isMet() || !p.agrees()).sorted(worstFirst).toList();
    StringBuilder text =
        new StringBuilder("Aim missed: %d of %d.%n".formatted(missed.size(), all.size()));
    if (!missed.isEmpty()) {
      text.append("\n| cell | precision | T | N | H | µs | compared with | µs | ratio | |\n")
          .append("|---|---|---|---|---|---|---|---|---|---|\n");
    }
    for (Pair p : missed) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %d | %d | %d | %.1f | %s | %.1f | %.2f | %s |%n",
              p.cell(),
              p.precisionName(),
              p.steps(),
              p.batch(),
              p.hidden(),
              p.micros(),
              p.with(),
              p.withMicros(),
              p.ratio(),
              p.agrees()
                  ? ""
                  : String.format(
                      Locale.ROOT, "**differs from the reference by %.1e**", p.difference())));
    }
    return text.toString();
  }
}
