package io.kioku.nn;

import io.kioku.Session;
import java.util.Arrays;

/// Sources that an [Attention] has read, and answers to queries about them.
///
///     session.read(memory, mask);      // projects the keys, once
///     session.attend(query, context);  // as often as the decoder has steps
///     float[] alignment = session.weights();
///
/// Arrays are copied. May move between threads but serves one caller at a time; a second one gets
/// an [IllegalStateException]. It keeps its attention's memory until it is closed.
public final class AttentionSession implements AutoCloseable {
  private final Attention attention;
  private final int batch;
  private final int queries;
  private final Guard guard;
  private final Session queryMap; // null: there is none
  private final Session keyMap;
  private final float[] projected; // (N · K, A)
  private int steps; // 0: nothing was read
  private float[] memory = {}; // (S, N, H)
  private float[] keys = {}; // (S, N, A)
  private boolean[] mask = {}; // (N, S)
  private float[] weights = {}; // (N · K, S)
  private double[] scores = {}; // (S)

  AttentionSession(Attention attention, int batch, int queries) {
    this.attention = attention;
    this.batch = Args.positive("batch", batch);
    this.queries = Args.positive("queries", queries);
    this.guard = new Guard("attention session", attention.parts());
    int rows = Math.multiplyExact(batch, queries);
    try {
      this.queryMap = session(attention.query(), rows);
      this.keyMap = session(attention.key(), batch);
      this.projected =
          queryMap == null
              ? null
              : new float[Math.multiplyExact(rows, attention.query().outputSize())];
    } catch (RuntimeException | Error e) {
      guard.close();
      throw e;
    }
  }

  private Session session(Linear map, int rows) {
    return map == null ? null : guard.parts().add(map.newSession(rows), Session::close);
  }

  /// N · K, the queries that are answered side by side: those of the first source, then those of
  /// the second, …
  public int rows() {
    return batch * queries;
  }

  /// Reads the sources; what was read before is forgotten.
  ///
  /// @param source (S, N, H), the encoder's outputs; S may differ from call to call
  /// @param open (N, S), true where a step may be seen: closed ones get weights of exactly 0,
  ///   whatever the source holds there; null if all are open
  /// @throws IllegalArgumentException if a size is wrong, or a source has no open step
  /// @throws IllegalStateException if the session or its attention is closed, or in use
  public void read(float[] source, boolean[] open) {
    guard.enter();
    try {
      int count = Args.steps("source", source.length, "N · H", batch, attention.memorySize());
      boolean[] checked = checkedMask(open, count);
      steps = 0; // until all has succeeded
      memory = source.clone();
      mask = checked;
      if (keyMap == null) {
        keys = memory;
      } else {
        keys = resized(keys, Math.multiplyExact(count * batch, attention.key().outputSize()));
        keyMap.run(memory, keys);
      }
      weights = resized(weights, Math.multiplyExact(rows(), count));
      Arrays.fill(weights, 0);
      scores = scores.length == count ? scores : new double[count];
      steps = count;
    } finally {
      guard.exit();
    }
  }

  private static float[] resized(float[] array, int length) {
    return array.length == length ? array : new float[length];
  }

  private boolean[] checkedMask(boolean[] open, int count) {
    boolean[] own = new boolean[Math.multiplyExact(batch, count)];
    if (open == null) {
      Arrays.fill(own, true);
      return own;
    }
    Args.length("mask", open.length, "(N, S)", batch, count);
    System.arraycopy(open, 0, own, 0, own.length);
    for (int n = 0; n < batch; n++) {
      boolean any = false;
      for (int s = 0; s < count; s++) {
        any |= own[n * count + s];
      }
      if (!any) {
        throw new IllegalArgumentException(
            "mask of source %d has no open step, expected at least one of %d: there is nothing to attend to"
                .formatted(n, count));
      }
    }
    return own;
  }

  /// Answers queries.
  ///
  /// @param query (N · K, Q)
  /// @param context becomes (N · K, H)
  /// @throws IllegalArgumentException if a size is wrong, or the scores are not finite
  /// @throws IllegalStateException if nothing was read, or the session or its attention is closed,
  ///   or in use
  public void attend(float[] query, float[] context) {
    guard.enter();
    try {
      checkRead();
      Args.length("query", query.length, "(N · K, Q)", rows(), attention.querySize());
      Args.length("context", context.length, "(N · K, H)", rows(), attention.memorySize());
      float[] mapped = query;
      if (queryMap != null) {
        queryMap.run(query, projected);
        mapped = projected;
      }
      for (int row = 0; row < rows(); row++) {
        weigh(mapped, row);
        sum(row, context);
      }
    } finally {
      guard.exit();
    }
  }

  /// How the last queries were answered: (N · K, S), each row with a sum of 1.
  ///
  /// @throws IllegalStateException if nothing was read, or the session is closed or in use
  public float[] weights() {
    guard.enter();
    try {
      checkRead();
      return weights.clone();
    } finally {
      guard.exit();
    }
  }

  private void checkRead() {
    if (steps == 0) {
      throw new IllegalStateException("no source was read, expected a call of read before");
    }
  }

  /// Masked soft-max over a row's scores.
  private void weigh(float[] mapped, int row) {
    int n = row / queries;
    int size = mapped.length / rows();
    double max = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < steps; s++) {
      if (mask[n * steps + s]) {
        int key = (s * batch + n) * size;
        scores[s] = attention.score(mapped, row * size, keys, key, size);
        max = Math.max(max, scores[s]); // NaN if either is
      }
    }
    if (!Double.isFinite(max)) {
      throw new IllegalArgumentException(
          "the largest score of query %d is %s, expected a finite number; are the weights damaged?"
              .formatted(row, max));
    }
    double sum = 0;
    for (int s = 0; s < steps; s++) {
      scores[s] = mask[n * steps + s] ? Math.exp(scores[s] - max) : 0;
      sum += scores[s];
    }
    for (int s = 0; s < steps; s++) {
      weights[row * steps + s] = (float) (scores[s] / sum);
    }
  }

  private void sum(int row, float[] context) {
    int n = row / queries;
    int size = attention.memorySize();
    Arrays.fill(context, row * size, (row + 1) * size, 0);
    for (int s = 0; s < steps; s++) {
      float weight = weights[row * steps + s];
      if (mask[n * steps + s]) { // so that not even NaN gets through a mask
        int from = (s * batch + n) * size;
        for (int i = 0; i < size; i++) {
          context[row * size + i] += weight * memory[from + i];
        }
      }
    }
  }

  /// Ends the use of this session and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the session is in use
  @Override
  public void close() {
    guard.close();
  }
}
