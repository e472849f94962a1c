package io.kioku.cli;

import io.kioku.Network;
import io.kioku.Trace;
import io.kioku.nn.LanguageModel;
import io.kioku.nn.TextStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// What went on in one layer of a language model, and what the model expected next, while it read a
/// text byte by byte.
///
/// A unit's memory is the time constant of its mean keeping gate (the LSTM's forget gate, the GRU's
/// update gate): with a gate of `m`, something remembered fades to 1/e in `-1 / ln m` bytes.
final class Walk {
  /// How many predictions are kept for each byte.
  static final int GUESSES = 3;

  private final byte[] text;
  private final Network network;
  private final int layer;
  private final CellGuide guide;
  private final Map<Quantity, float[]> values = new LinkedHashMap<>(); // (T, H) each
  private final List<List<Prediction>> predictions = new ArrayList<>();
  private final double[] memory;

  private Walk(LanguageModel model, byte[] text, int layer) {
    this.text = text.clone();
    this.network = model.network();
    this.layer = layer;
    this.guide = CellGuide.of(network.cell());
    float[] logits = new float[LanguageModel.VOCABULARY];
    try (TextStream stream = model.newStream();
        Trace trace = stream.trace(Set.of(layer), 0, text.length)) {
      for (byte value : text) {
        stream.next(value, logits);
        predictions.add(Prediction.best(logits, GUESSES));
      }
      guide.quantities().forEach(q -> values.put(q, trace.values(layer, 0, q.equation())));
    }
    this.memory = IntStream.range(0, units()).mapToDouble(this::timeConstant).toArray();
  }

  /// Reads a text from a zero state.
  ///
  /// @param text at least one byte
  /// @param layer one of the model's
  /// @throws IllegalArgumentException if the model's weights give no finite numbers
  static Walk through(LanguageModel model, byte[] text, int layer) {
    return new Walk(model, text, layer);
  }

  private double timeConstant(int unit) {
    float[] gate = values.get(guide.keeping());
    double sum = 0;
    for (int t = 0; t < steps(); t++) {
      sum += gate[t * units() + unit];
    }
    double mean = sum / steps();
    return mean < 1 ? -1 / Math.log(mean) : Double.POSITIVE_INFINITY;
  }

  /// The name of the cell.
  String cell() {
    return network.cell().name();
  }

  int layer() {
    return layer;
  }

  int layers() {
    return network.layers();
  }

  /// H.
  int units() {
    return network.hiddenSize();
  }

  /// T, the bytes.
  int steps() {
    return text.length;
  }

  byte[] text() {
    return text.clone();
  }

  /// The byte of a step.
  int symbol(int step) {
    return Byte.toUnsignedInt(text[step]);
  }

  /// Whether a prediction made at a step came true; false at the last, where nobody knows.
  boolean isRight(int step, Prediction prediction) {
    return step + 1 < steps() && prediction.symbol() == symbol(step + 1);
  }

  /// How many bytes the model's best guess foresaw, of `steps() - 1`.
  long rightGuesses() {
    return IntStream.range(0, steps())
        .filter(t -> isRight(t, predictions.get(t).getFirst()))
        .count();
  }

  /// What is shown of the cell.
  CellGuide guide() {
    return guide;
  }

  /// A quantity's value in a unit after a step.
  double value(Quantity quantity, int step, int unit) {
    return values.get(quantity)[step * units() + unit];
  }

  /// The mean of a quantity's magnitude over all units.
  double mean(Quantity quantity, int step) {
    return IntStream.range(0, units())
            .mapToDouble(unit -> Math.abs(value(quantity, step, unit)))
            .sum()
        / units();
  }

  /// The size that 4 of 5 values of a quantity do not exceed.
  double commonSize(Quantity quantity) {
    double[] sizes = new double[steps() * units()];
    for (int k = 0; k < sizes.length; k++) {
      sizes[k] = Math.abs(values.get(quantity)[k]);
    }
    Arrays.sort(sizes);
    return sizes[(sizes.length - 1) * 4 / 5];
  }

  /// The best predictions of the byte after a step, the best first.
  List<Prediction> predictions(int step) {
    return predictions.get(step);
  }

  /// How many bytes a unit remembers.
  double memory(int unit) {
    return memory[unit];
  }

  /// The same in words.
  String memoryInBytes(int unit) {
    double bytes = memory(unit);
    if (Double.isInfinite(bytes)) {
      return "∞ bytes";
    }
    return String.format(Locale.ROOT, bytes < 10 ? "%.1f bytes" : "%.0f bytes", bytes);
  }

  /// Units from the longest memory to the shortest; if not all, evenly spread over these.
  ///
  /// @param count 1 to H
  List<Integer> byMemory(int count) {
    List<Integer> all =
        IntStream.range(0, units())
            .boxed()
            .sorted(Comparator.comparingDouble(this::memory).reversed())
            .toList();
    return IntStream.range(0, count)
        .map(k -> count == 1 ? 0 : (int) ((2L * k * (units() - 1) / (count - 1) + 1) / 2))
        .mapToObj(all::get)
        .toList();
  }
}
