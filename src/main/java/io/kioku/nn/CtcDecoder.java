package io.kioku.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// Reads label sequences off the outputs of a network trained with connectionist temporal
/// classification: Graves, Fernández, Gomez & Schmidhuber, *Connectionist Temporal Classification*,
/// 2006.
///
///     CtcDecoder decoder = new CtcDecoder(29, 0);
///     session.logProbabilities(h, logs);                           // of a Head: (T, N, 29)
///     List<Labelling> quick = decoder.bestPath(logs, N, lengths);
///     List<List<Labelling>> better = decoder.beamSearch(logs, N, lengths, 25);
///
/// At each step the network gives probabilities of K classes, one of which is the blank. An
/// alignment is a class for each step; joining its repeats and then leaving out the blanks makes
/// the labels, so that "aa" comes of "a-a" but not of "aa". The probability of labels is the sum over
/// all their alignments.
///
/// Immutable and shared by all threads; it needs no closing.
public final class CtcDecoder {
  /// The logarithm of a probability near 1 may come out just above 0.
  private static final float TOLERANCE = 1e-4f;

  private final int classes;
  private final int blank;

  /// A decoder.
  ///
  /// @param classes K, the labels and the blank; at least 2
  /// @param blank the index of the blank, from 0 to K - 1
  /// @throws IllegalArgumentException if a number is out of its range
  public CtcDecoder(int classes, int blank) {
    if (classes < 2) {
      throw new IllegalArgumentException(
          "classes is %d, expected at least 2: a label and the blank".formatted(classes));
    }
    this.classes = classes;
    this.blank = Args.symbol("blank", blank, classes);
  }

  /// The labels of the single most likely alignment: the most likely class of each step, the first
  /// one if there are several. Fast, and often but not always the most likely labels.
  ///
  /// @param logs (T, N, K), log-probabilities
  /// @param batch N, at least 1
  /// @param lengths the steps of each sequence, from 0 to T; null if all have T
  /// @return for each sequence its labels, with the log-probability of that one alignment
  /// @throws IllegalArgumentException if a size or length is wrong, or a step has a NaN, a value
  ///   above 0 or no finite one
  public List<Labelling> bestPath(float[] logs, int batch, int[] lengths) {
    return forEach(logs, batch, lengths, this::bestPath);
  }

  private Labelling bestPath(float[][] steps) {
    List<Integer> labels = new ArrayList<>();
    double sum = 0;
    int before = blank;
    for (float[] step : steps) {
      int best = 0;
      for (int k = 1; k < classes; k++) {
        best = step[k] > step[best] ? k : best;
      }
      if (best != blank && best != before) {
        labels.add(best);
      }
      before = best;
      sum += step[best];
    }
    return new Labelling(labels, sum);
  }

  /// The most likely labels by prefix beam search: Hannun, Maas, Jurafsky & Ng, *First-Pass Large
  /// Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs*, 2014, without
  /// the language model. After each step the `width` most likely prefixes are kept, and their
  /// alignments summed; with a width that no prefix is lost to, the probabilities are exact.
  ///
  /// @param logs (T, N, K), log-probabilities
  /// @param batch N, at least 1
  /// @param lengths the steps of each sequence, from 0 to T; null if all have T
  /// @param width how many prefixes are kept, at least 1
  /// @return for each sequence up to `width` labellings, the most likely first
  /// @throws IllegalArgumentException if a size or length is wrong, or a step has a NaN, a value
  ///   above 0 or no finite one
  public List<List<Labelling>> beamSearch(float[] logs, int batch, int[] lengths, int width) {
    Args.positive("width", width);
    return forEach(logs, batch, lengths, steps -> new PrefixBeam(blank, width).search(steps));
  }

  private <T> List<T> forEach(
      float[] logs, int batch, int[] lengths, Function<float[][], T> reader) {
    Args.positive("batch", batch);
    int steps = Args.steps("logs", logs.length, "N · K", batch, classes);
    if (lengths != null) {
      Args.lengths(lengths, batch, 0, steps);
    }
    List<T> all = new ArrayList<>();
    for (int n = 0; n < batch; n++) {
      float[][] own = new float[lengths == null ? steps : lengths[n]][];
      for (int t = 0; t < own.length; t++) {
        own[t] = step(logs, t, t * batch + n);
      }
      all.add(reader.apply(own));
    }
    return all;
  }

  private float[] step(float[] logs, int t, int row) {
    float[] step = Arrays.copyOfRange(logs, row * classes, (row + 1) * classes);
    float max = Logits.max(step);
    if (max > TOLERANCE) {
      throw new IllegalArgumentException(
          "logs has %s at step %d, expected log-probabilities, which are at most 0"
              .formatted(max, t));
    }
    return step;
  }
}
