package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.quantize.PackedFactor;
import java.util.function.IntFunction;

/// ONNX Runtime's `com.microsoft.DynamicQuantizeLSTM`: an LSTM whose W (D, I, 4 · H) and R (D, H, 4
/// · H) are 8-bit integers, and whose X and h are quantized to uint8 before each product, with a
/// scale for all of X, and one for all rows of h at each step.
///
/// The products are exact integers; where float32's rounding of what is made of them makes a number
/// of h round the other way, results differ by a step of the quantization in one number. ONNX
/// Runtime with several threads quantizes the h of each thread's part of a batch by itself; this is
/// its result with one thread.
public final class DynamicQuantizeLstm implements Operator {
  static final int W_SCALE = 8;
  static final int W_ZERO = 9;
  static final int R_SCALE = 10;
  static final int R_ZERO = 11;
  static final int GATES = 4;

  private final RecurrentAttributes attributes;
  private final int threads;
  private final PackedFactor w;
  private final PackedFactor r;

  private DynamicQuantizeLstm(RecurrentAttributes attributes, OperatorContext context) {
    this.attributes = attributes;
    threads = context.threads();
    w = new PackedFactor(context.constant(RecurrentSizes.W));
    r = new PackedFactor(context.constant(RecurrentSizes.R));
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    RecurrentAttributes attributes = RecurrentAttributes.of(RecurrentKind.LSTM, node.attributes());
    if (attributes.isBatchFirst()) {
      throw new Refusal("attribute layout is 1, expected 0");
    }
    return new DynamicQuantizeLstm(attributes, context);
  }

  /// The sizes, checked.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown
  RecurrentSizes sizes(IntFunction<long[]> dims) {
    return RecurrentSizes.of(attributes, true, dims);
  }

  @Override
  public void infer(ShapeInference node) {
    for (int input :
        new int[] {0, RecurrentSizes.W, RecurrentSizes.R, W_SCALE, W_ZERO, R_SCALE, R_ZERO}) {
      if (!node.has(input)) {
        throw new Refusal("input %d is missing".formatted(input));
      }
    }
    for (int input = 0; input < node.inputs(); input++) {
      switch (input) {
        case RecurrentSizes.W, RecurrentSizes.R ->
            node.types(input, ElementType.UINT8, ElementType.INT8);
        case W_ZERO -> sameType(node, RecurrentSizes.W, input);
        case R_ZERO -> sameType(node, RecurrentSizes.R, input);
        case RecurrentSizes.LENGTHS -> node.types(input, ElementType.INT32);
        default -> node.types(input, ElementType.FLOAT);
      }
    }
    RecurrentSizes sizes = sizes(node::dims);
    long[] w = node.dims(RecurrentSizes.W);
    long[] r = node.dims(RecurrentSizes.R);
    checkShape("W's scale", w, node.dims(W_SCALE));
    checkShape("W's zero point", w, node.dims(W_ZERO));
    checkShape("R's scale", r, node.dims(R_SCALE));
    checkShape("R's zero point", r, node.dims(R_ZERO));
    RecurrentOperator.outputs(node, attributes, sizes);
  }

  private static void sameType(ShapeInference node, int matrix, int zero) {
    if (node.type(matrix) == null) {
      node.types(zero, ElementType.UINT8, ElementType.INT8);
    } else {
      node.types(zero, node.type(matrix));
    }
  }

  /// Refuses the shape of a scale or zero point that does not fit its matrix.
  ///
  /// @param matrix (D, K, 4 · H); dimensions below 0 are unknown
  /// @param dims null if unknown
  private static void checkShape(String name, long[] matrix, long[] dims) {
    if (matrix == null || dims == null) {
      return;
    }
    boolean fits =
        (dims.length == 1 || (dims.length == 2 && isSame(dims[1], matrix[2])))
            && isSame(dims[0], matrix[0]);
    if (!fits) {
      throw new Refusal(
          "%s has shape %s, expected %s or %s (D, 4 · H)",
          name, new Dims(dims), new Dims(matrix[0]), new Dims(matrix[0], matrix[2]));
    }
  }

  private static boolean isSame(long a, long b) {
    return a < 0 || b < 0 || a == b;
  }

  RecurrentAttributes attributes() {
    return attributes;
  }

  int threads() {
    return threads;
  }

  PackedFactor w() {
    return w;
  }

  PackedFactor r() {
    return r;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new DynamicQuantizeLstmKernel(this, context);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void close() {
    w.close();
    r.close();
  }
}
