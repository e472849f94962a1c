package io.kioku.internal.onnx.graph;

import java.util.Map;

/// Operator sets of ONNX that are newer than those that were looked at in full. Most operators of a
/// new set are those of the old one, so a model of it is read; but not one with an operator that is
/// known to have changed.
final class NewerSets {
  /// The newest operator set that was looked at in full.
  static final int NEWEST = 26;

  private static final System.Logger LOGGER = System.getLogger("io.kioku.onnx");

  /// In which set operators that there are here have changed since. Range of set 27 is not among
  /// them: it only has more types.
  ///
  /// Source: the operators' versions in ONNX 1.22 (set 27) and 1.23 (set 28).
  private static final Map<String, Integer> CHANGED =
      Map.ofEntries(
          Map.entry("BitShift", 28),
          Map.entry("Cast", 28),
          Map.entry("Celu", 28),
          Map.entry("Compress", 28),
          Map.entry("DequantizeLinear", 28),
          Map.entry("Mod", 28),
          Map.entry("OneHot", 28),
          Map.entry("QuantizeLinear", 28),
          Map.entry("ReduceLogSum", 28),
          Map.entry("ReduceLogSumExp", 28),
          Map.entry("ReverseSequence", 28));

  private NewerSets() {}

  /// Warns of a model's operator set, if it is newer.
  static void warn(long version) {
    if (version > NEWEST) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "the model uses operator set {0}, the newest one known is {1}: operators that have"
              + " changed since may give other results",
          Long.toString(version),
          NEWEST);
    }
  }

  /// Why an operator of ONNX's own cannot be read in a newer set; null if it can.
  static String problem(String operator, long version) {
    Integer changed = CHANGED.get(operator);
    return changed == null || version < changed
        ? null
        : "it has changed in operator set %d, the newest one known is %d"
            .formatted(changed, NEWEST);
  }
}
