package io.kioku.internal.onnx.op.composed;

import io.kioku.internal.onnx.graph.Refusal;
import java.util.Map;

/// RotaryEmbedding: pairs of elements are turned by angles that depend on their place.
///
/// Source: [ONNX's operators](https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html).
final class RotaryOperators {
  private RotaryOperators() {}

  /// Inputs X, (N, heads, T, size) or (N, T, heads * size), cos_cache, sin_cache, position_ids.
  static void rotary(Composition c) {
    boolean isInterleaved = c.attributes().flag("interleaved", false);
    long heads = c.attributes().integer("num_heads", 0);
    long part = c.attributes().integer("rotary_embedding_dim", 0);
    boolean isMerged = c.rank(0, "X") == 3;
    if (isMerged ? heads < 1 : c.rank(0, "X") != 4) {
      throw new Refusal("X has 4 dimensions, or 3 and attribute num_heads");
    }
    // heads stand before the places in four dimensions, behind them in three
    long axis = isMerged ? 2 : 1;
    String x = isMerged ? c.reshape(c.in(0), 0, 0, heads, -1) : c.in(0);
    String cos = angles(c, c.in(1, "cos_cache"), axis);
    String sin = angles(c, c.in(2, "sin_cache"), axis);
    String turned = part > 0 ? c.slice(x, 3, 0, part, 1) : x;
    String[] pair =
        isInterleaved
            ? new String[] {
              c.slice(turned, 3, 0, Integer.MAX_VALUE, 2),
              c.slice(turned, 3, 1, Integer.MAX_VALUE, 2)
            }
            : c.add(2, "Split", Map.of("axis", 3L, "num_outputs", 2L), turned);
    String real = c.add("Sub", c.add("Mul", cos, pair[0]), c.add("Mul", sin, pair[1]));
    String imaginary = c.add("Add", c.add("Mul", sin, pair[0]), c.add("Mul", cos, pair[1]));
    String y =
        isInterleaved
            ? c.reshape(c.concat(4, c.unsqueeze(real, 4), c.unsqueeze(imaginary, 4)), 0, 0, 0, -1)
            : c.concat(3, real, imaginary);
    if (part > 0) {
      y = c.concat(3, y, c.slice(x, 3, part, Integer.MAX_VALUE, 1));
    }
    c.out(0, isMerged ? c.reshape(y, 0, 0, -1) : y);
  }

  /// A cosine or sine for each place, the same for all heads.
  private static String angles(Composition c, String cache, long axis) {
    return c.unsqueeze(c.has(3) ? c.add("Gather", cache, c.in(3)) : cache, axis);
  }
}
