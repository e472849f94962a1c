package io.kioku.internal.onnx.op.composed;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Operators that are others put together: most of them are what ONNX Runtime's optimiser writes. A
/// node of theirs is replaced by the nodes that it stands for.
public final class ComposedOperators {
  /// @param inputs how many there may be
  /// @param outputs likewise
  private record Entry(int inputs, int outputs, Consumer<Composition> writer) {}

  private static final Map<String, Entry> ALL = new TreeMap<>();

  static {
    add("Attention", 6, 4, AttentionOperators::attention);
    add("RotaryEmbedding", 4, 1, RotaryOperators::rotary);
    add("com.microsoft.Attention", 7, 1, AttentionOperators::packedAttention);
    add("com.microsoft.MultiHeadAttention", 10, 4, AttentionOperators::multiHead);
    add("com.microsoft.DynamicQuantizeMatMul", 5, 1, QuantizedOperators::dynamicQuantizeMatMul);
    add("com.microsoft.MatMulIntegerToFloat", 7, 1, QuantizedOperators::matMulIntegerToFloat);
    add("com.microsoft.QLinearAdd", 8, 1, c -> QuantizedOperators.binary(c, "Add"));
    add("com.microsoft.QLinearMul", 8, 1, c -> QuantizedOperators.binary(c, "Mul"));
    add("com.microsoft.QLinearSigmoid", 5, 1, QuantizedOperators::sigmoid);
    add("com.microsoft.BiasGelu", 2, 1, Gelus::exact);
    add("com.microsoft.FastGelu", 2, 1, Gelus::fast);
    add("com.microsoft.FusedConv", 4, 1, FusedProducts::convolution);
    add("com.microsoft.FusedGemm", 3, 1, FusedProducts::gemm);
    add("com.microsoft.FusedMatMul", 2, 1, FusedProducts::matMul);
    add("com.microsoft.Gelu", 1, 1, Gelus::exact);
    add("com.microsoft.QuickGelu", 1, 1, Gelus::quick);
    add("com.microsoft.EmbedLayerNormalization", 9, 3, SkipNormalizations::embed);
    add("com.microsoft.SkipLayerNormalization", 5, 4, SkipNormalizations::layer);
    add("com.microsoft.SkipSimplifiedLayerNormalization", 4, 4, SkipNormalizations::simplified);
  }

  private ComposedOperators() {}

  private static void add(String name, int inputs, int outputs, Consumer<Composition> writer) {
    ALL.put(name, new Entry(inputs, outputs, writer));
  }

  /// Their names.
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /// Whether a node is one.
  public static boolean has(GraphNode node) {
    return ALL.containsKey(node.qualifiedOperator());
  }

  /// The nodes that stand for one.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if its inputs or attributes cannot be
  public static List<GraphNode> nodes(GraphNode node, OperatorContext context) {
    Composition composition = new Composition(node, context);
    Entry entry = ALL.get(node.qualifiedOperator());
    composition.atMost(entry.inputs, entry.outputs);
    entry.writer.accept(composition);
    return composition.nodes();
  }
}
