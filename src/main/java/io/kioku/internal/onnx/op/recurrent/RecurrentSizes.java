package io.kioku.internal.onnx.op.recurrent;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.function.IntFunction;

/// The sizes of a node, checked against all inputs that are known: -1 or less is an unknown one.
///
/// @param steps T
/// @param batch N
/// @param input I
/// @param hidden H
record RecurrentSizes(long steps, long batch, long input, long hidden) {
  static final int X = 0;
  static final int W = 1;
  static final int R = 2;
  static final int B = 3;
  static final int LENGTHS = 4;
  static final int INITIAL_H = 5;
  static final int INITIAL_C = 6;
  static final int P = 7;

  /// Finds them.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown. W is (D, gates · H, I)
  ///   and R (D, gates · H, H), or (D, I, gates · H) and (D, H, gates · H)
  /// @param isTransposed whether W and R are the latter
  /// @throws Refusal if shapes contradict each other
  static RecurrentSizes of(
      RecurrentAttributes attributes, boolean isTransposed, IntFunction<long[]> dims) {
    long[] x = ranked("X", dims.apply(X), 3);
    long[] w = ranked("W", dims.apply(W), 3);
    long[] r = ranked("R", dims.apply(R), 3);
    int columns = isTransposed ? 1 : 2;
    boolean isBatchFirst = attributes.isBatchFirst();
    long hidden = first(attributes.hiddenSize(), r == null ? -1 : r[columns]);
    long[] lengths = ranked("sequence_lens", dims.apply(LENGTHS), 1);
    RecurrentSizes sizes =
        new RecurrentSizes(
            x == null ? -1 : x[isBatchFirst ? 1 : 0],
            first(
                x == null ? -1 : x[isBatchFirst ? 0 : 1],
                first(lengths == null ? -1 : lengths[0], -1)),
            first(w == null ? -1 : w[columns], x == null ? -1 : x[2]),
            hidden);
    sizes.check(attributes, isTransposed, dims);
    return sizes;
  }

  private static long first(long size, long other) {
    return size >= 0 ? size : other >= 0 ? other : Math.min(size, other);
  }

  private static long[] ranked(String name, long[] dims, int rank) {
    if (dims != null && dims.length != rank) {
      throw new Refusal(
          "input %s has shape %s, expected %d dimensions", name, new Dims(dims), rank);
    }
    return dims;
  }

  private void check(
      RecurrentAttributes attributes, boolean isTransposed, IntFunction<long[]> dims) {
    if (hidden == 0 || input == 0) {
      throw new Refusal(
          "the %s size is 0, expected at least 1".formatted(hidden == 0 ? "hidden" : "input"));
    }
    long d = attributes.directions();
    int gates = attributes.kind().gates().size();
    boolean isBatchFirst = attributes.isBatchFirst();
    match("X", dims.apply(X), isBatchFirst ? "N, T, I" : "T, N, I", x(isBatchFirst));
    matrix("W", dims.apply(W), isTransposed, d, gates, "I", input);
    matrix("R", dims.apply(R), isTransposed, d, gates, "H", hidden);
    match("B", dims.apply(B), "D, " + 2 * gates + " · H", d, times(2 * gates));
    match("sequence_lens", dims.apply(LENGTHS), "N", batch);
    match("initial_h", dims.apply(INITIAL_H), state(isBatchFirst), states(attributes));
    match("initial_c", dims.apply(INITIAL_C), state(isBatchFirst), states(attributes));
    match("P", dims.apply(P), "D, 3 · H", d, times(3));
  }

  private void matrix(
      String name, long[] dims, boolean isTransposed, long d, int gates, String what, long size) {
    String rows = gates == 1 ? "H" : gates + " · H";
    if (isTransposed) {
      match(name, dims, "D, " + what + ", " + rows, d, size, times(gates));
    } else {
      match(name, dims, "D, " + rows + ", " + what, d, times(gates), size);
    }
  }

  private static String state(boolean isBatchFirst) {
    return isBatchFirst ? "N, D, H" : "D, N, H";
  }

  private long times(int count) {
    return hidden < 0 ? -1 : Math.multiplyExact(count, hidden);
  }

  private static void match(String name, long[] dims, String meaning, long... expected) {
    if (dims == null) {
      return;
    }
    boolean fits = dims.length == expected.length;
    for (int i = 0; fits && i < dims.length; i++) {
      fits = dims[i] < 0 || expected[i] < 0 || dims[i] == expected[i];
    }
    if (!fits) {
      throw new Refusal(
          "input %s has shape %s, expected %s (%s)",
          name, new Dims(dims), new Dims(expected), meaning);
    }
  }

  private long[] x(boolean isBatchFirst) {
    return isBatchFirst ? new long[] {batch, steps, input} : new long[] {steps, batch, input};
  }

  /// The shape of Y_h and Y_c.
  long[] states(RecurrentAttributes attributes) {
    long d = attributes.directions();
    return attributes.isBatchFirst()
        ? new long[] {batch, d, hidden}
        : new long[] {d, batch, hidden};
  }

  /// The shape of Y.
  long[] outputs(RecurrentAttributes attributes) {
    long d = attributes.directions();
    return attributes.isBatchFirst()
        ? new long[] {batch, steps, d, hidden}
        : new long[] {steps, d, batch, hidden};
  }

  /// Refuses what OpenBLAS cannot count, whose strides have 32 bits.
  void checkStrides(int directions) {
    long widest = Math.max(input, directions * hidden);
    if (steps > 0 && batch > 0 && Math.max(steps, batch) * widest > Integer.MAX_VALUE) {
      throw new Refusal(
          "T %d or N %d times %d features is more than %d values: run fewer steps or streams at once"
              .formatted(steps, batch, widest, Integer.MAX_VALUE));
    }
  }
}
