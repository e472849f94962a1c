package io.kioku.nn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The prefix beam search of a [CtcDecoder] over one sequence. All numbers are natural logarithms.
final class PrefixBeam {
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  /// Labels; a node of a tree, so that a prefix is one object however it is come by. Its alignments
  /// are counted by how they end: a label after a blank may repeat the last one.
  private static final class Prefix {
    final Prefix before; // null: no labels
    final int label;
    final Map<Integer, Prefix> longer = new HashMap<>();
    double withBlank = NEVER;
    double withLabel = NEVER;
    double sum = NEVER; // of both
    double nextWithBlank = NEVER;
    double nextWithLabel = NEVER;
    boolean isTouched; // by this step
    boolean isKept;

    Prefix(Prefix before, int label) {
      this.before = before;
      this.label = label;
    }

    void advance() {
      set(nextWithBlank, nextWithLabel);
      nextWithBlank = NEVER;
      nextWithLabel = NEVER;
      isTouched = false;
      isKept = false;
    }

    void set(double blankEnd, double labelEnd) {
      withBlank = blankEnd;
      withLabel = labelEnd;
      sum = add(blankEnd, labelEnd);
    }

    Labelling labelling() {
      List<Integer> labels = new ArrayList<>();
      for (Prefix prefix = this; prefix.before != null; prefix = prefix.before) {
        labels.add(prefix.label);
      }
      return new Labelling(labels.reversed(), sum);
    }
  }

  private final int blank;
  private final int width;
  private final List<Prefix> touched = new ArrayList<>();
  private List<Prefix> kept;

  PrefixBeam(int blank, int width) {
    this.blank = blank;
    this.width = width;
    Prefix empty = new Prefix(null, blank);
    empty.set(0, NEVER);
    kept = List.of(empty);
  }

  /// @param steps (T, K)
  List<Labelling> search(float[][] steps) {
    for (float[] step : steps) {
      kept.forEach(prefix -> extend(prefix, step));
      prune();
    }
    return kept.stream().map(Prefix::labelling).toList();
  }

  private void extend(Prefix prefix, float[] step) {
    touch(prefix);
    prefix.nextWithBlank = add(prefix.nextWithBlank, prefix.sum + step[blank]);
    if (prefix.before != null) {
      prefix.nextWithLabel = add(prefix.nextWithLabel, prefix.withLabel + step[prefix.label]);
    }
    for (int k = 0; k < step.length; k++) {
      double come = (k == prefix.label ? prefix.withBlank : prefix.sum) + step[k];
      if (k != blank && come > NEVER) {
        Prefix longer = prefix.longer.computeIfAbsent(k, label -> new Prefix(prefix, label));
        touch(longer);
        longer.nextWithLabel = add(longer.nextWithLabel, come);
      }
    }
  }

  private void touch(Prefix prefix) {
    if (!prefix.isTouched) {
      prefix.isTouched = true;
      touched.add(prefix);
    }
  }

  /// Keeps the most likely; of equals, those that were come by first.
  private void prune() {
    touched.forEach(Prefix::advance);
    touched.sort(Comparator.comparingDouble(prefix -> -prefix.sum));
    kept = touched.stream().limit(width).filter(prefix -> prefix.sum > NEVER).toList();
    kept.forEach(prefix -> prefix.isKept = true);
    touched.subList(kept.size(), touched.size()).forEach(PrefixBeam::drop);
    touched.clear();
  }

  /// Takes a prefix out of the tree, and the shorter ones that only it needed.
  private static void drop(Prefix dropped) {
    Prefix prefix = dropped;
    while (prefix.before != null && !prefix.isKept && prefix.longer.isEmpty()) {
      prefix.before.longer.remove(prefix.label);
      prefix = prefix.before;
    }
  }

  /// `log(exp(a) + exp(b))`.
  private static double add(double a, double b) {
    double max = Math.max(a, b);
    return max == NEVER ? NEVER : max + Math.log1p(Math.exp(Math.min(a, b) - max));
  }
}
