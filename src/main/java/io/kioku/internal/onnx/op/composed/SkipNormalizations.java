package io.kioku.internal.onnx.op.composed;

import io.kioku.format.ElementType;
import java.util.Map;

/// Normalisations of sums: SkipLayerNormalization, SkipSimplifiedLayerNormalization,
/// EmbedLayerNormalization.
///
/// Source: [ONNX Runtime's
/// operators](https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
final class SkipNormalizations {
  private static final String NORMALIZATION = "LayerNormalization";
  private static final float EPSILON = 1e-12f;

  private SkipNormalizations() {}

  /// Inputs input, skip, gamma, beta, bias; outputs y, mean, inverse deviation, sum.
  static void layer(Composition c) {
    String sum = c.plus(c.add("Add", c.in(0, "input"), c.in(1, "skip")), c.in(4));
    String[] y = c.add(3, NORMALIZATION, epsilon(c), sum, c.in(2, "gamma"), c.in(3));
    c.out(0, y[0]);
    c.out(1, y[1]);
    c.out(2, y[2]);
    c.out(3, sum);
  }

  /// Inputs input, skip, gamma, bias; outputs y, nothing, inverse deviation, sum.
  static void simplified(Composition c) {
    String sum = c.plus(c.add("Add", c.in(0, "input"), c.in(1, "skip")), c.in(3));
    String[] y = c.add(2, "SimplifiedLayerNormalization", epsilon(c), sum, c.in(2, "gamma"));
    c.out(0, y[0]);
    c.out(2, y[1]);
    c.out(3, sum);
  }

  private static Map<String, Object> epsilon(Composition c) {
    return Map.of("epsilon", c.attributes().real("epsilon", EPSILON));
  }

  /// Embeddings of words, positions and segments, their sum normalised. Inputs input_ids,
  /// segment_ids, word, position and segment embeddings, gamma, beta, mask, position_ids; outputs
  /// y, the number of ones in each row of the mask, the sum.
  static void embed(Composition c) {
    c.attributes().ignore("mask_index_type");
    String ids = c.in(0, "input_ids");
    String sum = c.add("Gather", c.in(2, "word_embedding"), ids);
    String positions = c.in(3, "position_embedding");
    String each = // without position_ids: one behind the other
        c.has(8)
            ? c.add("Gather", positions, c.in(8))
            : c.add("Slice", positions, c.longs(0), c.dims(ids, 1, 2), c.longs(0));
    sum = c.add("Add", sum, each);
    if (c.has(1)) {
      sum = c.add("Add", sum, c.add("Gather", c.in(4, "segment_embedding"), c.in(1)));
    }
    c.out(0, c.add(NORMALIZATION, epsilon(c), sum, c.in(5, "gamma"), c.in(6, "beta")));
    if (c.gives(1)) {
      String counted = c.has(7) ? c.in(7) : c.add("Sub", ids, ids);
      String count = c.add("ReduceSum", Map.of("keepdims", 0L), counted, c.longs(1));
      c.out(1, c.cast(count, ElementType.INT32));
    }
    c.out(2, sum);
  }
}
