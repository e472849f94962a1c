package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ElementsCall;
import io.kioku.internal.onnx.graph.Floats16;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.elementwise.BroadcastKernel.RowLoop;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// Other types for the same values. Real numbers are truncated to integers; what does not fit an
/// integer type is undefined, as in ONNX. This is where values become 16-bit floats: they are
/// rounded.
///
/// @param to null: the second input's type
public record Cast(ElementType to) implements Operator {
  private static final Recipe RECIPE =
      NativeLoop.recipe(
          ElementsCall.Op.CAST,
          new Recipe(
              (in, out) -> {
                if (in[0].type().isReal()) {
                  return Cast::reals;
                }
                return out.type().isReal() ? Cast::toReals : RowLoop.wholes((a, b, unsigned) -> a);
              },
              null));

  /// The operator of a node, Cast or CastLike.
  public static Operator of(GraphNode node, OperatorContext context) {
    return node.operator().equals("Cast") ? cast(node) : castLike(node);
  }

  private static Operator cast(GraphNode node) {
    ignoreRounding(node);
    if (!node.attributes().has("to")) {
      throw new Refusal("attribute to is missing");
    }
    int code = node.attributes().small("to", 0);
    return new Cast(
        ElementType.ofCode(code)
            .orElseThrow(() ->
                new Refusal("attribute to is type %d, which is not supported".formatted(code))));
  }

  private static Operator castLike(GraphNode node) {
    ignoreRounding(node);
    return new Cast(null);
  }

  /// They are about types that are not supported.
  private static void ignoreRounding(GraphNode node) {
    node.attributes().ignore("saturate", "round_mode");
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    if (to == null) {
      node.need(1, "target_type");
    }
    ElementType type = to == null ? node.type(1) : to;
    if (type != null && type == node.type(0) && type.storage() == type) {
      node.view(0, 0, node.dims(0));
    } else {
      node.out(0, type, node.dims(0));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new BroadcastKernel(context.arena(), RECIPE, context.out(0), context.in(0));
  }

  private static void reals(Value[] in, Value out, StridedWalk at, long row) {
    for (long i = at.at(in.length); i < at.at(in.length) + at.dim(0); i++) {
      double value = in[0].asDouble(i);
      if (out.type().isReal() && out.storage() == ElementType.FLOAT) {
        out.f32(i, Floats16.round(out.type(), (float) value));
      } else {
        out.setDouble(i, value);
      }
    }
  }

  private static void toReals(Value[] in, Value out, StridedWalk at, long row) {
    boolean floats = out.storage() == ElementType.FLOAT;
    boolean wide = in[0].type() == ElementType.UINT64;
    for (long i = at.at(in.length); i < at.at(in.length) + at.dim(0); i++) {
      if (floats && !wide) {
        out.f32(i, Floats16.round(out.type(), (float) in[0].asLong(i))); // rounded once
      } else {
        out.setDouble(i, in[0].asDouble(i));
      }
    }
  }
}
