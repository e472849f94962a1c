package io.kioku.internal.onnx.fuse;

import io.kioku.internal.onnx.op.PlannedNode;
import java.util.List;

/// Replaces nodes that exporters write one by one by fewer that compute the same: what was learned
/// beside a product goes into it, and chains of element-wise nodes become one.
///
/// What a fused node computes does not depend on the sizes that come later: where that is not
/// certain when a model is loaded, the nodes stay as they are.
public interface Fusion {
  /// Those that there are, in the order in which they are tried.
  List<Fusion> ALL =
      List.of(
          new FoldedBatchNormalization(),
          new LinearBias(),
          new ScaledIntegerProduct(),
          new WrittenOutNormalization(),
          new PermutedProducts(),
          new ElementwiseChains());

  /// Replaces a node, and others that belong to it, if this is something for it.
  void tryAt(FusionGraph graph, PlannedNode node);

  /// Fuses what can be fused in a graph.
  static void all(FusionGraph graph) {
    for (Fusion fusion : ALL) {
      for (PlannedNode node : graph.nodes().reversed()) {
        if (graph.has(node)) {
          fusion.tryAt(graph, node);
        }
      }
    }
  }
}
