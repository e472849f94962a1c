package io.kioku.cli.vad;

/// When probabilities of speech become a segment.
///
/// @param threshold speech begins where the probability is at least this
/// @param exitThreshold silence begins where it is below this
/// @param minSpeechMillis shorter segments are dropped
/// @param minSilenceMillis shorter silences do not end a segment
/// @param padMillis how far segments are extended on both sides
/// @param maxSpeechSeconds longer segments are cut, in their longest pause if they have one
public record SpeechRules(
    double threshold,
    double exitThreshold,
    int minSpeechMillis,
    int minSilenceMillis,
    int padMillis,
    double maxSpeechSeconds) {

  /// Silero's own.
  public static final SpeechRules DEFAULT =
      new SpeechRules(0.5, 0.35, 250, 100, 30, Double.POSITIVE_INFINITY);

  /// @throws IllegalArgumentException if a value makes no sense; the message names it
  public SpeechRules {
    check("threshold", threshold, threshold > 0 && threshold < 1, "between 0 and 1");
    check(
        "exit threshold",
        exitThreshold,
        exitThreshold > 0 && exitThreshold <= threshold,
        "above 0 and at most the threshold");
    check("shortest speech", minSpeechMillis, minSpeechMillis >= 0, "at least 0 ms");
    check("shortest silence", minSilenceMillis, minSilenceMillis >= 0, "at least 0 ms");
    check("padding", padMillis, padMillis >= 0, "at least 0 ms");
    check("longest speech", maxSpeechSeconds, maxSpeechSeconds > 0, "above 0 s");
  }

  private static void check(String name, Number value, boolean isRight, String expected) {
    if (!isRight) {
      throw new IllegalArgumentException(
          "the %s is %s, expected %s".formatted(name, value, expected));
    }
  }

  /// The exit threshold that belongs to a threshold if nothing else is said.
  public static double exitThreshold(double threshold) {
    return Math.max(threshold - 0.15, Math.min(threshold, 0.01));
  }
}
