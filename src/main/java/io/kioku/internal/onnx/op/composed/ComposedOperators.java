package io.kioku.internal.onnx.op.composed;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Operators that are others put together: most of them are what ONNX Runtime's optimiser writes. A
/// node of theirs is replaced by the nodes that it stands for.
public final class ComposedOperators {
  private static final Set<String> NAMES =
      Set.of(
          "Attention",
          "RotaryEmbedding",
          "com.microsoft.Attention",
          "com.microsoft.BiasGelu",
          "com.microsoft.DynamicQuantizeMatMul",
          "com.microsoft.EmbedLayerNormalization",
          "com.microsoft.FastGelu",
          "com.microsoft.FusedConv",
          "com.microsoft.FusedGemm",
          "com.microsoft.FusedMatMul",
          "com.microsoft.Gelu",
          "com.microsoft.MatMulIntegerToFloat",
          "com.microsoft.MultiHeadAttention",
          "com.microsoft.QLinearAdd",
          "com.microsoft.QLinearMul",
          "com.microsoft.QLinearSigmoid",
          "com.microsoft.QuickGelu",
          "com.microsoft.SkipLayerNormalization",
          "com.microsoft.SkipSimplifiedLayerNormalization");

  private ComposedOperators() {}

  /// Their names, sorted.
  public static List<String> names() {
    return List.copyOf(new TreeSet<>(NAMES));
  }

  /// Whether a node is one.
  public static boolean has(GraphNode node) {
    return NAMES.contains(node.qualifiedOperator());
  }

  /// The nodes that stand for one.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if its inputs or attributes cannot be
  public static List<GraphNode> nodes(GraphNode node, OperatorContext context) {
    Composition c = new Composition(node, context);
    switch (node.qualifiedOperator()) {
      case "Attention" -> AttentionOperators.attention(c.atMost(6, 4));
      case "RotaryEmbedding" -> RotaryOperators.rotary(c.atMost(4, 1));
      case "com.microsoft.Attention" -> AttentionOperators.packedAttention(c.atMost(7, 1));
      case "com.microsoft.BiasGelu" -> Gelus.exact(c.atMost(2, 1));
      case "com.microsoft.DynamicQuantizeMatMul" ->
          QuantizedOperators.dynamicQuantizeMatMul(c.atMost(5, 1));
      case "com.microsoft.EmbedLayerNormalization" -> SkipNormalizations.embed(c.atMost(9, 3));
      case "com.microsoft.FastGelu" -> Gelus.fast(c.atMost(2, 1));
      case "com.microsoft.FusedConv" -> FusedProducts.convolution(c.atMost(4, 1));
      case "com.microsoft.FusedGemm" -> FusedProducts.gemm(c.atMost(3, 1));
      case "com.microsoft.FusedMatMul" -> FusedProducts.matMul(c.atMost(2, 1));
      case "com.microsoft.Gelu" -> Gelus.exact(c.atMost(1, 1));
      case "com.microsoft.MatMulIntegerToFloat" ->
          QuantizedOperators.matMulIntegerToFloat(c.atMost(7, 1));
      case "com.microsoft.MultiHeadAttention" -> AttentionOperators.multiHead(c.atMost(10, 4));
      case "com.microsoft.QLinearAdd" -> QuantizedOperators.binary(c.atMost(8, 1), "Add");
      case "com.microsoft.QLinearMul" -> QuantizedOperators.binary(c.atMost(8, 1), "Mul");
      case "com.microsoft.QLinearSigmoid" -> QuantizedOperators.sigmoid(c.atMost(5, 1));
      case "com.microsoft.QuickGelu" -> Gelus.quick(c.atMost(1, 1));
      case "com.microsoft.SkipLayerNormalization" -> SkipNormalizations.layer(c.atMost(5, 4));
      case "com.microsoft.SkipSimplifiedLayerNormalization" ->
          SkipNormalizations.simplified(c.atMost(4, 4));
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    }
    return c.nodes();
  }
}
