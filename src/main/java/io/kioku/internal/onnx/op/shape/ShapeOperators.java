package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.View;
import java.util.Map;
import java.util.function.Function;

/// Operators that make, move and pick elements, and compute shapes.
public final class ShapeOperators {
  private ShapeOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    add(all, "Identity", node -> (View) ShapeOperators::identity);
    add(all, "Shape", ShapeOf::new);
    add(all, "Size", node -> new SizeOf());
    add(all, "Reshape", Reshape::new);
    add(all, "Flatten", Flatten::new);
    add(all, "Squeeze", Squeeze::new);
    add(all, "Unsqueeze", Unsqueeze::new);
    add(all, "Transpose", Transpose::new);
    add(all, "Concat", Concat::new);
    add(all, "Split", Split::new);
    add(all, "Slice", Slice::new);
    add(all, "Pad", Pad::new);
    add(all, "Expand", Expand::new);
    add(all, "Tile", Tile::new);
    add(all, "Range", node -> new Range());
    add(all, "Constant", ConstantOperator::new);
    add(all, "ConstantOfShape", ConstantOfShape::new);
    add(all, "Gather", Gather::new);
    add(all, "GatherElements", GatherElements::new);
    add(all, "GatherND", GatherNd::new);
    add(all, "Scatter", ScatterElements::new); // its name before operator set 11
    add(all, "ScatterElements", ScatterElements::new);
    add(all, "ScatterND", ScatterNd::new);
    add(all, "OneHot", OneHot::new);
    add(all, "NonZero", node -> new NonZero());
    add(all, "Compress", Compress::new);
    add(all, "ReverseSequence", ReverseSequence::new);
    add(all, "Trilu", Trilu::new);
    add(all, "EyeLike", EyeLike::new);
  }

  /// These need nothing but their node.
  private static void add(
      Map<String, Operator.Factory> all, String name, Function<Node, Operator> factory) {
    all.put(name, (node, context) -> factory.apply(node));
  }

  private static void identity(Inference i) {
    i.need(0, "input");
    i.view(0, 0, i.dims(0));
  }
}
