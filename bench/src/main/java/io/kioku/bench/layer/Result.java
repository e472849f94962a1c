package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// What one contestant took for one shape, beside the others and the machine.
///
/// @param bound the least that a call can take on this machine, and why
/// @param shareOfMultiplyAdds of the machine's peak in this precision, whatever bounds the layer
/// @param bestPeer microseconds of the fastest peer in the same precision that agrees; NaN if there
///   is none
/// @param bestFloatPeer microseconds of the fastest peer in float32
/// @param ownFloat microseconds of the same contestant in float32; NaN if that is what it is
record Result(
    Measured measured,
    Machine.Bound bound,
    double shareOfMultiplyAdds,
    double bestPeer,
    double bestFloatPeer,
    double ownFloat) {
  /// Of compare.csv. The first ones are those of kioku-native-bench.
  static final List<String> COLUMNS =
      List.of(
          "contestant",
          "precision",
          "cell",
          "T",
          "N",
          "I",
          "H",
          "micros",
          "gflops",
          "bound",
          "share",
          "ratio_to_best_peer",
          "ratio_to_best_f32_peer",
          "difference",
          "agrees",
          "group");

  /// Of all that was measured, in its order.
  static List<Result> of(List<Measured> all, Machine machine) {
    record Place(String group, Shape shape) {}
    Map<Place, List<Measured>> together = new LinkedHashMap<>();
    for (Measured m : all) {
      together.computeIfAbsent(new Place(m.group(), m.shape()), k -> new ArrayList<>()).add(m);
    }
    List<Result> results = new ArrayList<>();
    together
        .values()
        .forEach(contest ->
            contest.forEach(m -> {
              Precision precision = m.candidate().precision();
              results.add(
                  new Result(
                      m,
                      machine.bound(m.shape(), precision),
                      machine.shareOfMultiplyAdds(m),
                      fastest(contest, c -> c.isPeer() && c.precision() == precision),
                      fastest(contest, c -> c.isPeer() && c.precision() == Precision.F32),
                      fastest(
                          contest,
                          c ->
                              precision != Precision.F32
                                  && c.equals(
                                      new Candidate(m.candidate().name(), Precision.F32)))));
            }));
    return results;
  }

  private static double fastest(List<Measured> contest, Predicate<Candidate> which) {
    return contest.stream()
        .filter(m -> m.agrees() && which.test(m.candidate()))
        .mapToDouble(Measured::micros)
        .min()
        .orElse(Double.NaN);
  }

  String group() {
    return measured.group();
  }

  Candidate candidate() {
    return measured.candidate();
  }

  Shape shape() {
    return measured.shape();
  }

  double micros() {
    return measured.micros();
  }

  /// Of what the machine can do at most; [Machine.Bound#by] says of what.
  double share() {
    return bound.micros() / micros();
  }

  /// How many times as fast as the fastest peer in the same precision; NaN if there is none, or if
  /// it computes something else.
  double ratio() {
    return measured.agrees() ? bestPeer / micros() : Double.NaN;
  }

  /// How many times as fast as the fastest peer in float32; NaN likewise.
  double floatRatio() {
    return measured.agrees() ? bestFloatPeer / micros() : Double.NaN;
  }

  /// How many times as fast as the same contestant in float32; NaN likewise.
  double gain() {
    return measured.agrees() ? ownFloat / micros() : Double.NaN;
  }

  /// A line of compare.csv.
  List<String> row() {
    Shape s = shape();
    return List.of(
        candidate().name(),
        candidate().precisionName(),
        s.cell(),
        Integer.toString(s.steps()),
        Integer.toString(s.batch()),
        Integer.toString(s.input()),
        Integer.toString(s.hidden()),
        decimal("%.3f", micros()),
        decimal("%.2f", measured.gflops()),
        bound.by(),
        decimal("%.3f", share()),
        decimal("%.3f", ratio()),
        decimal("%.3f", floatRatio()),
        decimal("%.2e", measured.difference()),
        measured.agrees() ? "yes" : "no",
        group());
  }

  private static String decimal(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
