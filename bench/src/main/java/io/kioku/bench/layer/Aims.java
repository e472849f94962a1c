package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What Kioku aims at beside its peers, and what of it was reached.
final class Aims {
  /// Times the best peer, at every shape in float32.
  static final double EACH = 0.97;

  /// Of the machine's peak, which excuses a shape that is below.
  private static final double SHARE_THAT_EXCUSES = 0.9;

  /// Of the peak of multiply-adds, with batches and states that are not small.
  private static final double SHARE_OF_BATCHES = 0.85;

  /// Times the best peer in float32, the geometric mean by kind of use.
  private static final List<Map.Entry<String, Double>> MEANS =
      List.of(Map.entry("streaming", 1.7), Map.entry("online", 1.25), Map.entry("batch", 1.05));

  /// Times Kioku's own float32, the geometric mean of int8 online.
  private static final double INT8 = 2.0;

  private final List<Result> floats;
  private final List<Result> bytes;
  private final boolean arePeersAlike;

  /// @param machine if it is held to fewer instructions than it has, the ratios to peers are not
  ///   judged: one of them uses all
  Aims(List<Result> results, Machine machine) {
    arePeersAlike = machine.isa().equals(machine.detected());
    floats = of(results, Precision.F32);
    bytes = of(results, Precision.INT8);
  }

  private static List<Result> of(List<Result> results, Precision precision) {
    Candidate kioku = new Candidate("kioku", precision);
    return results.stream().filter(r -> r.candidate().equals(kioku)).toList();
  }

  /// A table, and one of the shapes below [#EACH].
  String markdown() {
    StringBuilder text = new StringBuilder("| aim | | reached | |\n|---|---|---|---|\n");
    MEANS.forEach(aim -> {
      double mean = Means.geometric(in(aim.getKey(), floats).stream().mapToDouble(Result::ratio));
      String what = "f32, %s: times the best peer, mean".formatted(aim.getKey());
      line(text, what, aim.getValue(), mean, arePeersAlike);
    });
    line(
        text,
        "f32, each shape: times the best peer, least",
        EACH,
        Means.least(floats.stream().mapToDouble(Result::ratio)),
        arePeersAlike);
    line(
        text,
        "f32, T = 50, N from 4, H from 128: share of the multiply-add peak, least",
        SHARE_OF_BATCHES,
        Means.least(floats.stream().filter(Aims::isLarge).mapToDouble(Aims::shareOfPeak)),
        true);
    line(
        text,
        "int8, online: times own f32, mean",
        INT8,
        Means.geometric(in("online", bytes).stream().mapToDouble(Result::gain)),
        true);
    return floats.isEmpty() ? "" : text + "\n" + below();
  }

  private static void line(
      StringBuilder text, String what, double aim, double reached, boolean isJudged) {
    if (!Double.isNaN(reached)) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.2f | %.2f | %s |%n",
              what,
              aim,
              reached,
              !isJudged ? "not judged: not all are held" : reached >= aim ? "met" : "**missed**"));
    }
  }

  private static List<Result> in(String group, List<Result> results) {
    return results.stream().filter(r -> r.group().equals(group)).toList();
  }

  private static boolean isLarge(Result r) {
    return r.shape().steps() == 50 && r.shape().batch() >= 4 && r.shape().hidden() >= 128;
  }

  private static double shareOfPeak(Result r) {
    return r.measured().agrees() ? r.shareOfMultiplyAdds() : Double.NaN;
  }

  /// The shapes at which a peer is ahead, the worst first, with how near the machine's peak they
  /// are all the same.
  private String below() {
    List<Result> below =
        floats.stream()
            .filter(r -> r.ratio() < EACH)
            .sorted((a, b) -> Double.compare(a.ratio(), b.ratio()))
            .toList();
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "Below %.2f of the best peer in float32: %d of %d shapes.%n",
                EACH,
                below.size(),
                floats.size()));
    if (!below.isEmpty()) {
      text.append("\n| shape (cell T N I H) | times the best peer | of the machine | |\n")
          .append("|---|---|---|---|\n");
    }
    for (Result r : below) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.2f | %.0f %% %s | %s |%n",
              r.shape(),
              r.ratio(),
              100 * r.share(),
              r.bound().by(),
              r.share() >= SHARE_THAT_EXCUSES ? "the machine's bound" : ""));
    }
    return text.toString();
  }
}
