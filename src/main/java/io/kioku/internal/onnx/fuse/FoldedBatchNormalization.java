package io.kioku.internal.onnx.fuse;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.window.Convolution;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A batch normalisation behind a convolution, all of them constant: its scale goes into the
/// convolution's weights, what it adds into the bias.
final class FoldedBatchNormalization implements Fusion {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  @Override
  public void tryAt(FusionGraph graph, PlannedNode normalization) {
    GraphNode node = normalization.node();
    if (!node.qualifiedOperator().equals("BatchNormalization")) {
      return;
    }
    PlannedNode before = graph.producer(node.inputs().getFirst(), "Conv");
    if (before == null || !normalization.equals(graph.onlyReader(node.inputs().getFirst()))) {
      return;
    }
    GraphNode conv = before.node();
    Constant weights = graph.constant(conv.inputs().get(1));
    boolean hasBias = conv.inputs().size() > 2 && !conv.inputs().get(2).isEmpty();
    Constant bias = hasBias ? graph.constant(conv.inputs().get(2)) : null;
    Constant[] learned = new Constant[4]; // scale, bias, mean, variance
    for (int i = 0; i < learned.length; i++) {
      learned[i] = graph.constant(node.inputs().get(i + 1));
      if (!isOf(learned[i], weights)) {
        return;
      }
    }
    if (!graph.isFloat(conv.inputs().getFirst()) || (hasBias && !isOf(bias, weights))) {
      return;
    }
    long channels = weights.dims()[0];
    long window = weights.size() / channels;
    float epsilon = node.attributes().real("epsilon", 1e-5f);
    MemorySegment newWeights = graph.floats(weights.size());
    MemorySegment newBias = graph.floats(channels);
    for (long c = 0; c < channels; c++) {
      double factor = at(learned[0], c) / Math.sqrt(at(learned[3], c) + epsilon);
      double own = hasBias ? at(bias, c) : 0;
      newBias.setAtIndex(
          FLOAT, c, (float) (at(learned[1], c) + (own - at(learned[2], c)) * factor));
      for (long k = c * window; k < (c + 1) * window; k++) {
        newWeights.setAtIndex(FLOAT, k, (float) (at(weights, k) * factor));
      }
    }
    List<String> inputs =
        List.of(
            conv.inputs().getFirst(),
            graph.add(
                conv.name() + " normalised weights",
                new Constant(ElementType.FLOAT, weights.dims(), newWeights)),
            graph.add(
                conv.name() + " normalised bias",
                new Constant(ElementType.FLOAT, new long[] {channels}, newBias)));
    GraphNode fused =
        new GraphNode(
            conv.name(),
            conv.domain(),
            conv.operator(),
            conv.version(),
            inputs,
            List.of(node.outputs().getFirst()),
            conv.attributes());
    graph.replace(
        List.of(before, normalization),
        normalization,
        fused,
        context -> Convolution.of(fused, context));
  }

  /// Whether there is a number for each output of a convolution. What the file's shapes do not tell
  /// when a model is loaded is not relied on.
  private static boolean isOf(Constant numbers, Constant weights) {
    return isFloat(numbers)
        && isFloat(weights)
        && weights.dims().length > 2
        && weights.size() > 0
        && numbers.size() == weights.dims()[0];
  }

  private static boolean isFloat(Constant constant) {
    return constant != null && constant.type() == ElementType.FLOAT;
  }

  private static double at(Constant constant, long index) {
    return constant.data().getAtIndex(FLOAT, index);
  }
}
