package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.View;

/// Operators that make, move and pick elements, and compute shapes.
public final class ShapeOperators {
  private ShapeOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Identity" -> (View) ShapeOperators::identity;
      case "Shape" -> new ShapeOf(node);
      case "Size" -> new SizeOf();
      case "Reshape" -> new Reshape(node);
      case "Flatten" -> new Flatten(node);
      case "Squeeze" -> new Squeeze(node);
      case "Unsqueeze" -> new Unsqueeze(node);
      case "Transpose" -> new Transpose(node);
      case "Concat" -> new Concat(node);
      case "DepthToSpace", "SpaceToDepth" -> new Blocks(node);
      case "Unique" -> new Unique(node);
      case "Split" -> new Split(node);
      case "Slice" -> new Slice(node);
      case "Pad" -> new Pad(node);
      case "Expand" -> new Expand(node);
      case "Tile" -> new Tile(node);
      case "Range" -> new Range();
      case "Constant" -> new ConstantOperator(node);
      case "ConstantOfShape" -> new ConstantOfShape(node);
      case "Gather" -> new Gather(node);
      case "GatherElements" -> new GatherElements(node);
      case "GatherND" -> new GatherNd(node);
      // Scatter is its name before operator set 11
      case "Scatter", "ScatterElements" -> new ScatterElements(node);
      case "ScatterND" -> new ScatterNd(node);
      case "OneHot" -> new OneHot(node);
      case "NonZero" -> new NonZero();
      case "Compress" -> new Compress(node);
      case "ReverseSequence" -> new ReverseSequence(node);
      case "Trilu" -> new Trilu(node);
      case "EyeLike" -> new EyeLike(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static void identity(Inference i) {
    i.need(0, "input");
    i.view(0, 0, i.dims(0));
  }
}
