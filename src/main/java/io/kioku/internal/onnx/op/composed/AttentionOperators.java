package io.kioku.internal.onnx.op.composed;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import java.util.Map;

/// Attention of ONNX, and Attention and MultiHeadAttention of ONNX Runtime: `softmax(Q K^T scale +
/// bias) V` for each head.
///
/// Heads are (N, heads, T, size). Where several heads of Q share one of K and V, Q is (N, shared
/// heads, group, T, size) and the products repeat K and V.
///
/// Sources: [ONNX's operators](https://onnx.ai/onnx/operators/onnx__Attention.html), [ONNX
/// Runtime's
/// operators](https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
final class AttentionOperators {
  private static final String HEADS = "num_heads";
  private static final float MASKED = -10_000; // of ONNX Runtime

  private AttentionOperators() {}

  /// ONNX's: inputs Q, K, V, attn_mask, past_key, past_value; outputs Y, present_key,
  /// present_value, qk_matmul_output.
  static void attention(Composition c) {
    Attributes a = c.attributes();
    a.ignore("softmax_precision"); // it is at least float32
    c.in(0, "Q");
    c.in(1, "K");
    c.in(2, "V");
    boolean isMerged = c.rank(0, "Q") == 3;
    long queries = a.integer("q_num_heads", isMerged ? 0 : -1);
    long shared = a.integer("kv_num_heads", isMerged ? 0 : -1);
    if (isMerged ? queries < 1 || shared < 1 : c.rank(0, "Q") != 4) {
      throw new Refusal(
          isMerged
              ? "attributes q_num_heads and kv_num_heads are expected with three dimensions"
              : "Q has %d dimensions, expected 3 or 4".formatted(c.rank(0, "Q")));
    }
    if (c.rank(1, "K") != c.rank(0, "Q") || c.rank(2, "V") != c.rank(0, "Q")) {
      throw new Refusal("Q, K and V have different numbers of dimensions");
    }
    if (!isMerged) {
      queries = c.dims(0)[1];
      shared = c.dims(1)[1];
    }
    Heads heads = new Heads(c, 0);
    heads.q = isMerged ? heads.split(c.in(0), queries) : c.in(0);
    heads.k = isMerged ? heads.split(c.in(1), shared) : c.in(1);
    heads.v = isMerged ? heads.split(c.in(2), shared) : c.in(2);
    heads.append(c.in(4), c.in(5));
    c.out(1, heads.k);
    c.out(2, heads.v);
    heads.group(queries, shared);
    heads.softcap = a.real("softcap", 0);
    if (a.flag("is_causal", false)) {
      heads.bias(heads.causal(Float.NEGATIVE_INFINITY));
    }
    if (c.has(3)) {
      if (c.type(3) == ElementType.BOOL) {
        heads.bias(heads.choose(c.in(3), 0, Float.NEGATIVE_INFINITY));
      } else {
        heads.bias(c.in(3));
      }
    }
    String y = heads.compute(a.has("scale") ? a.real("scale", 0) : 0);
    c.out(0, isMerged ? heads.merge(y) : y);
    heads.out(3, a.integer("qk_matmul_output_mode", 0));
  }

  /// ONNX Runtime's: inputs input, weights, bias, mask_index, past, attention_bias.
  static void packedAttention(Composition c) {
    Attributes a = c.attributes();
    long count = heads(a);
    c.without(4, "past");
    c.without(6, "past_sequence_length");
    long[] sizes = a.integers("qkv_hidden_sizes");
    refuse(a, "do_rotary", "past_present_share_buffer");
    a.ignore("rotary_embedding_dim");
    String all = c.plus(c.add("MatMul", c.in(0, "input"), c.in(1, "weights")), c.in(2));
    String[] parts =
        sizes == null
            ? c.add(3, "Split", Map.of("axis", 2L, "num_outputs", 3L), all)
            : c.add(3, "Split", Map.of("axis", 2L), all, c.longs(sizes));
    Heads heads = new Heads(c, 0);
    heads.q = heads.split(parts[0], count);
    heads.k = heads.split(parts[1], count);
    heads.v = heads.split(parts[2], count);
    finish(c, heads, 3, 5);
  }

  /// ONNX Runtime's: inputs query, key, value, bias, key_padding_mask, attention_bias, past_key,
  /// past_value; outputs y, present_key, present_value, qk.
  static void multiHead(Composition c) {
    long count = heads(c.attributes());
    c.in(0, "query");
    c.without(8, "past_sequence_length");
    c.without(9, "cache_indirection");
    if (c.rank(0, "query") != 3 || c.rank(1, "key") < 3 || c.rank(2, "value") < 3) {
      throw new Refusal("packed query, key and value are not supported");
    }
    boolean isSplit = c.rank(1, "key") == 4;
    if (isSplit != (c.rank(2, "value") == 4)) {
      throw new Refusal("key and value have different numbers of dimensions");
    }
    String[] parts = {c.in(0), c.in(1), c.in(2)};
    if (c.has(3)) {
      long[] q = c.dims(0);
      long[] v = c.dims(2);
      if (isSplit || q[2] < 0 || v[2] < 0) {
        throw new Refusal("input bias is not supported with heads of unknown sizes");
      }
      String[] biases = c.add(3, "Split", Map.of("axis", 0L), c.in(3), c.longs(q[2], q[2], v[2]));
      for (int i = 0; i < 3; i++) {
        parts[i] = c.add("Add", parts[i], biases[i]);
      }
    }
    Heads heads = new Heads(c, 0);
    heads.q = heads.split(parts[0], count);
    heads.k = isSplit ? parts[1] : heads.split(parts[1], count);
    heads.v = isSplit ? parts[2] : heads.split(parts[2], count);
    heads.append(c.in(6), c.in(7));
    c.out(1, heads.k);
    c.out(2, heads.v);
    finish(c, heads, 4, 5);
    heads.out(3, 0);
  }

  private static long heads(Attributes a) {
    long count = a.integer(HEADS, 0);
    if (count < 1) {
      throw new Refusal("attribute num_heads is %d, expected at least 1".formatted(count));
    }
    return count;
  }

  private static void refuse(Attributes a, String... flags) {
    for (String flag : flags) {
      if (a.flag(flag, false)) {
        throw new Refusal("attribute %s is not supported".formatted(flag));
      }
    }
  }

  /// Masks as ONNX Runtime has them, then the attention.
  private static void finish(Composition c, Heads heads, int mask, int bias) {
    Attributes a = c.attributes();
    float masked = a.real("mask_filter_value", MASKED);
    if (a.flag("unidirectional", false)) {
      heads.bias(heads.causal(Float.NEGATIVE_INFINITY));
    }
    if (c.has(mask)) {
      heads.bias(heads.choose(kept(c, heads, mask), 0, masked));
    }
    if (c.has(bias)) {
      heads.bias(c.in(bias));
    }
    c.out(0, heads.merge(heads.compute(a.real("scale", 0))));
  }

  /// Which places of K are kept, (N, 1, T or 1, S): from one number each, or from lengths.
  private static String kept(Composition c, Heads heads, int input) {
    String mask = c.in(input);
    switch (c.rank(input, "mask")) {
      case 1 -> {
        long count = c.dims(input)[0];
        long batch = c.dims(0)[0];
        if (count != batch) { // other forms have starts too, and one cannot tell them apart
          throw new Refusal("a mask of %d numbers is not supported".formatted(count));
        }
        String places = heads.range(heads.k);
        return c.add("Less", places, c.cast(c.unsqueeze(mask, 1, 2, 3), ElementType.INT64));
      }
      case 2 -> mask = c.unsqueeze(mask, 1, 2);
      case 3 -> mask = c.unsqueeze(mask, 1);
      default ->
          throw new Refusal(
              "the mask has %d dimensions, expected 1 to 3".formatted(c.rank(input, "mask")));
    }
    return c.cast(mask, ElementType.BOOL);
  }

  /// Q, K and V of all heads, and what is done with them.
  private static final class Heads {
    private final Composition c;
    private final int like; // an input of their type
    private String q;
    private String k;
    private String v;
    private String past = ""; // places of K that are before Q's first, as a number; empty: 0
    private String bias = "";
    private boolean isGrouped; // heads of Q share those of K and V
    private String heads = ""; // their number, as a list
    private String groups = ""; // the shared heads, and how many share one
    private float softcap;
    private String[] stages;

    Heads(Composition c, int like) {
      this.c = c;
      this.like = like;
    }

    /// (N, T, heads * size) to (N, heads, T, size).
    String split(String value, long count) {
      return c.transpose(c.reshape(value, 0, 0, count, -1), 0, 2, 1, 3);
    }

    /// (N, heads, T, size) to (N, T, heads * size).
    String merge(String value) {
      return c.reshape(c.transpose(value, 0, 2, 1, 3), 0, 0, -1);
    }

    /// Puts earlier places before K and V; empty if there are none.
    void append(String earlierK, String earlierV) {
      if (earlierK.isEmpty() != earlierV.isEmpty()) {
        throw new Refusal("past_key and past_value are expected together");
      }
      if (!earlierK.isEmpty()) {
        past = c.dim(earlierK, 2);
        k = c.concat(2, earlierK, k);
        v = c.concat(2, earlierV, v);
      }
    }

    /// Lets heads of Q share those of K, if they are not as many for sure; below 0 they are
    /// unknown.
    void group(long queries, long keys) {
      if (queries == keys && keys != Symbols.UNKNOWN) {
        return;
      }
      boolean isKnown = queries > 0 && keys > 0;
      if (isKnown && queries % keys != 0) {
        throw new Refusal("%d heads of Q cannot share %d of K".formatted(queries, keys));
      }
      isGrouped = true;
      heads = isKnown ? c.longs(queries) : c.dims(q, 1, 2);
      groups =
          isKnown
              ? c.longs(keys, queries / keys)
              : c.concat(0, c.dims(k, 1, 2), c.longs(-1)); // -1: what is left
    }

    /// 0, 1, ... for the places of K, or of Q.
    String range(String value) {
      return c.add("Range", c.whole(0), c.dim(value, 2), c.whole(1));
    }

    /// One number where a mask is true, another where it is not.
    String choose(String mask, float yes, float no) {
      return c.add("Where", mask, c.real(yes, like), c.real(no, like));
    }

    /// (T, S): what each place of Q must not see.
    String causal(float masked) {
      String rows = c.plus(c.unsqueeze(range(q), 1), past);
      return choose(c.add("GreaterOrEqual", rows, range(k)), 0, masked);
    }

    /// Adds to the products before the soft-max.
    void bias(String summand) {
      bias = bias.isEmpty() ? summand : c.add("Add", bias, summand);
    }

    /// @param scale 0: `1 / sqrt(size)`
    String compute(float scale) {
      String query = c.add("Mul", q, scale == 0 ? defaultScale() : c.real(scale, like));
      String products = c.add("MatMul", grouped(query), turned(repeated(k)));
      String scores = ungrouped(products);
      String capped =
          softcap == 0
              ? scores
              : c.add(
                  "Mul",
                  c.add("Tanh", c.add("Div", scores, c.real(softcap, like))),
                  c.real(softcap, like));
      String sum = c.plus(capped, bias);
      String weights = c.add("Softmax", sum);
      stages = new String[] {scores, capped, sum, weights};
      return ungrouped(c.add("MatMul", grouped(weights), repeated(v)));
    }

    private String defaultScale() {
      String size = c.add("CastLike", c.dim(q, 3), q);
      return c.add("Reciprocal", c.add("Sqrt", size));
    }

    /// Gives what is before or behind the soft-max.
    void out(int output, long mode) {
      if (mode < 0 || mode >= stages.length) {
        throw new Refusal("attribute qk_matmul_output_mode is %d, expected 0 to 3".formatted(mode));
      }
      c.out(output, stages[(int) mode]);
    }

    private String grouped(String value) {
      return !isGrouped
          ? value
          : c.add("Reshape", value, c.concat(0, c.dims(value, 0, 1), groups, c.dims(value, 2, 4)));
    }

    private String ungrouped(String value) {
      return !isGrouped
          ? value
          : c.add("Reshape", value, c.concat(0, c.dims(value, 0, 1), heads, c.dims(value, 3, 5)));
    }

    private String turned(String value) {
      return !isGrouped ? c.transpose(value, 0, 1, 3, 2) : c.transpose(value, 0, 1, 2, 4, 3);
    }

    private String repeated(String value) {
      return !isGrouped ? value : c.unsqueeze(value, 2);
    }
  }
}
