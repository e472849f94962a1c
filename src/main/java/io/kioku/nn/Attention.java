package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Weights;
import io.kioku.format.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;

/// Attention over the outputs of an encoder: how well each of its S steps fits a query, and the
/// mean of the steps under these weights, the context.
///
///     try (Attention attention =
///             Attention.load(engine, Attention.Kind.ADDITIVE, 256, 512, weights.under("attention."));
///         AttentionSession session = attention.newSession(8)) {
///       session.read(memory, Attention.mask(lengths, steps)); // (S, N, 512), (N, S)
///       session.attend(query, context);                       // (N, 256) -> (N, 512)
///     }
///
/// For a query s and the step h_j of the source, the weights are `a_j = exp(e_j) / (exp(e_1) + …)`
/// over the open steps, those that the mask lets be seen; `c = a_1 h_1 + a_2 h_2 + …`. The scores
/// e_j are of one of four [kinds][Kind].
///
/// Immutable and shared by all threads. Closing it ends its use; its memory is freed when its last
/// session is closed.
public final class Attention implements AutoCloseable {
  /// How a query and a step of the source are compared, and the tensors that takes. Q is the size
  /// of a query, H that of a step, A any size.
  public enum Kind {
    /// `e = v^T tanh(W_q s + W_k h + b)`: Bahdanau, Cho & Bengio, *Neural Machine Translation by
    /// Jointly Learning to Align and Translate*, 2015. Tensors `query.weight` (A, Q), `key.weight`
    /// (A, H), `score.weight` (1, A), which is v, and optionally `query.bias` and `key.bias` (A),
    /// whose sum is b.
    ADDITIVE,
    /// `e = s^T h`, without tensors; Q is H. This and the next two are from Luong, Pham & Manning,
    /// *Effective Approaches to Attention-based Neural Machine Translation*, 2015.
    DOT,
    /// `e = s^T W h`: `key.weight` (Q, H) is W.
    GENERAL,
    /// `e = v^T tanh(W [s; h] + b)`: `projection.weight` (A, Q + H), `score.weight` (1, A), which
    /// is v, and optionally `projection.bias` (A).
    CONCAT
  }

  private final Parts parts = new Parts("attention");
  private final int querySize;
  private final int memorySize;
  private Linear query; // null: queries as they are
  private Linear key; // null: keys are the steps themselves
  private float[] score; // v; null: scores are inner products

  private Attention(int querySize, int memorySize) {
    this.querySize = Args.positive("querySize", querySize);
    this.memorySize = Args.positive("memorySize", memorySize);
  }

  /// An attention of a kind, with the tensors that [Kind] lists.
  ///
  /// @param querySize Q, at least 1
  /// @param memorySize H, the features of a step of the source; at least 1
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of the kind's, or
  ///   if the sizes of a [Kind#DOT] differ
  /// @throws IllegalStateException if the engine is closed
  public static Attention load(
      Engine engine, Kind kind, int querySize, int memorySize, Weights weights) {
    Objects.requireNonNull(engine, "engine");
    Attention attention = new Attention(querySize, memorySize);
    try {
      switch (kind) {
        case ADDITIVE -> attention.additive(engine, weights);
        case CONCAT -> attention.additive(engine, attention.split(weights));
        case GENERAL -> attention.general(engine, weights);
        case DOT -> attention.dot(weights);
      }
    } catch (RuntimeException | Error e) {
      attention.close();
      throw e;
    }
    return attention;
  }

  private void additive(Engine engine, Weights weights) {
    Matrices.checkNames(
        weights, Set.of("query.weight", "query.bias", "key.weight", "key.bias", "score.weight"));
    int size = Matrices.rows(Matrices.find(weights, "query.weight"));
    weights.get("query.weight", size, querySize);
    weights.get("key.weight", size, memorySize);
    score = weights.get("score.weight", 1, size).toArray();
    query = parts.add(Linear.load(engine, weights.under("query.")), Linear::close);
    key = parts.add(Linear.load(engine, weights.under("key.")), Linear::close);
  }

  /// The same as tensors of the additive kind: W [s; h] is W_q s + W_k h.
  private Weights split(Weights weights) {
    Matrices.checkNames(weights, Set.of("projection.weight", "projection.bias", "score.weight"));
    int size = Matrices.rows(Matrices.find(weights, "projection.weight"));
    int columns = Math.addExact(querySize, memorySize);
    float[] all = weights.get("projection.weight", size, columns).toArray();
    Tensor vector = weights.get("score.weight", 1, size);
    Weights split =
        Weights.none()
            .with("query.weight", columns(all, columns, 0, querySize), size, querySize)
            .with("key.weight", columns(all, columns, querySize, memorySize), size, memorySize)
            .with("score.weight", vector.toArray(), 1, size);
    return weights.find("projection.bias").isEmpty()
        ? split
        : split.with("key.bias", weights.get("projection.bias", size).toArray(), size);
  }

  private static float[] columns(float[] matrix, int columns, int from, int count) {
    float[] cut = new float[matrix.length / columns * count];
    for (int row = 0; row < matrix.length / columns; row++) {
      System.arraycopy(matrix, row * columns + from, cut, row * count, count);
    }
    return cut;
  }

  private void general(Engine engine, Weights weights) {
    Matrices.checkNames(weights, Set.of("key.weight"));
    weights.get("key.weight", querySize, memorySize);
    key = parts.add(Linear.load(engine, weights.under("key.")), Linear::close);
  }

  private void dot(Weights weights) {
    Matrices.checkNames(weights, Set.of());
    if (querySize != memorySize) {
      throw new IllegalArgumentException(
          "querySize is %d and memorySize %d, expected one size: DOT multiplies them as they are"
              .formatted(querySize, memorySize));
    }
  }

  /// A mask that opens the first steps of each source and no padding.
  ///
  /// @param lengths for each of N sources, from 0 to S
  /// @param steps S
  /// @return (N, S), true where a step may be seen
  /// @throws IllegalArgumentException if a length is below 0 or above S
  public static boolean[] mask(int[] lengths, int steps) {
    Args.positive("steps", steps);
    Args.lengths(lengths, lengths.length, 0, steps);
    boolean[] mask = new boolean[Math.multiplyExact(lengths.length, steps)];
    for (int n = 0; n < lengths.length; n++) {
      Arrays.fill(mask, n * steps, n * steps + lengths[n], true);
    }
    return mask;
  }

  /// Q, the features of a query.
  public int querySize() {
    return querySize;
  }

  /// H, the features of a step of the source, and of a context.
  public int memorySize() {
    return memorySize;
  }

  /// A session in which each of N sources is asked one query at a time.
  ///
  /// @param batch N, at least 1
  /// @throws IllegalStateException if this or its engine is closed
  public AttentionSession newSession(int batch) {
    return newSession(batch, 1);
  }

  /// A session in which each of N sources is asked K queries at a time, as the beams of a search
  /// do; what is computed of a source is computed once for all of them.
  ///
  /// @param batch N, at least 1
  /// @param queries K, at least 1
  /// @throws IllegalStateException if this or its engine is closed
  public AttentionSession newSession(int batch, int queries) {
    return new AttentionSession(this, batch, queries);
  }

  Parts parts() {
    return parts;
  }

  /// The map of queries; null if there is none.
  Linear query() {
    return query;
  }

  /// The map of the source's steps; null if there is none.
  Linear key() {
    return key;
  }

  /// `v^T tanh(q + k)`, or `q^T k`.
  double score(float[] queries, int q, float[] keys, int k, int size) {
    double sum = 0;
    if (score == null) {
      for (int i = 0; i < size; i++) {
        sum += (double) queries[q + i] * keys[k + i];
      }
    } else {
      for (int i = 0; i < size; i++) {
        sum += score[i] * Math.tanh(queries[q + i] + keys[k + i]);
      }
    }
    return sum;
  }

  /// Ends the use of this attention. May be called twice.
  @Override
  public void close() {
    parts.close();
  }
}
