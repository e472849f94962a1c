package io.kioku.internal.onnx.op.recurrent;

import io.kioku.Model;
import io.kioku.Network;
import io.kioku.cell.Cell;
import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.List;
import java.util.function.IntFunction;

/// ONNX Runtime's `com.microsoft.DynamicQuantizeLSTM`: an LSTM whose W (D, I, 4 · H) and R (D, H, 4
/// · H) are 8-bit integers, and whose X and h are quantized to uint8 before each product, with a
/// scale for all of X, and one for all rows of h at each step.
///
/// Kioku computes the same products in float32, of weights that were dequantized when the model was
/// loaded and of X and h rounded to the values that their quantization has. Products and sums then
/// differ by float32's rounding only; where that makes a number of h round the other way, by a step
/// of the quantization in one number. ONNX Runtime with several threads quantizes the h of each
/// thread's part of a batch by itself; this is its result with one thread.
final class QuantizedLstm implements Operator {
  static final int W_SCALE = 8;
  static final int W_ZERO = 9;
  static final int R_SCALE = 10;
  static final int R_ZERO = 11;
  private static final int[] WEIGHTS = {
    LayerSizes.W, LayerSizes.R, LayerSizes.B, LayerSizes.P, W_SCALE, W_ZERO, R_SCALE, R_ZERO
  };

  private final Options options;
  private final LayerModels models;

  private QuantizedLstm(Options options, Node node, OperatorContext context) {
    this.options = options;
    this.models = new LayerModels(node, context, WEIGHTS, all -> compile(context, all));
  }

  /// Makes one.
  static Operator of(Node node, OperatorContext context) {
    Options options = Options.of(Kind.LSTM, node.attributes());
    if (options.isBatchFirst()) {
      throw new Refusal("attribute layout is 1, expected 0");
    }
    return new QuantizedLstm(options, node, context);
  }

  Options options() {
    return options;
  }

  /// One for each direction.
  LayerModels models() {
    return models;
  }

  /// The sizes, checked.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown
  LayerSizes sizes(IntFunction<long[]> dims) {
    return LayerSizes.of(options, true, dims);
  }

  private List<Model> compile(OperatorContext context, Constant[] all) {
    for (int input : WEIGHTS) {
      if (all[input] == null && input != LayerSizes.B && input != LayerSizes.P) {
        throw new Refusal("input %d is missing".formatted(input));
      }
    }
    LayerSizes sizes = sizes(i -> i < W_SCALE && all[i] != null ? all[i].dims() : null);
    QuantizedWeights.check("W", all[LayerSizes.W], all[W_SCALE], all[W_ZERO]);
    QuantizedWeights.check("R", all[LayerSizes.R], all[R_SCALE], all[R_ZERO]);
    Constant bias = all[LayerSizes.B];
    Constant peepholes = all[LayerSizes.P];
    Parameters parameters =
        new Parameters(
            options,
            new QuantizedWeights(all[LayerSizes.W], all[W_SCALE], all[W_ZERO]).dequantized(),
            new QuantizedWeights(all[LayerSizes.R], all[R_SCALE], all[R_ZERO]).dequantized(),
            LayerModels.real("B", bias),
            LayerModels.real("P", peepholes));
    return LayerModels.each(
        options.directions(),
        direction -> {
          Cell cell = options.cell(direction, peepholes != null);
          Network network = RecurrentOperator.network(List.of(cell), sizes, bias != null, false);
          return context.engine().compile(network, parameters.weights(cell, direction));
        });
  }

  @Override
  public void infer(Inference node) {
    for (int input : new int[] {0, LayerSizes.W, LayerSizes.R, W_SCALE, W_ZERO, R_SCALE, R_ZERO}) {
      if (!node.has(input)) {
        throw new Refusal("input %d is missing".formatted(input));
      }
    }
    for (int input = 0; input < node.inputs(); input++) {
      switch (input) {
        case LayerSizes.W, LayerSizes.R -> node.types(input, ElementType.UINT8, ElementType.INT8);
        case W_ZERO -> sameType(node, LayerSizes.W, input);
        case R_ZERO -> sameType(node, LayerSizes.R, input);
        case LayerSizes.LENGTHS -> node.types(input, ElementType.INT32);
        default -> node.types(input, ElementType.FLOAT);
      }
    }
    LayerSizes sizes = sizes(node::dims);
    long[] w = node.dims(LayerSizes.W);
    long[] r = node.dims(LayerSizes.R);
    QuantizedWeights.checkShape("W's scale", w, node.dims(W_SCALE));
    QuantizedWeights.checkShape("W's zero point", w, node.dims(W_ZERO));
    QuantizedWeights.checkShape("R's scale", r, node.dims(R_SCALE));
    QuantizedWeights.checkShape("R's zero point", r, node.dims(R_ZERO));
    RecurrentOperator.outputs(node, options, sizes);
  }

  private static void sameType(Inference node, int matrix, int zero) {
    if (node.type(matrix) == null) {
      node.types(zero, ElementType.UINT8, ElementType.INT8);
    } else {
      node.types(zero, node.type(matrix));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new QuantizedLstmKernel(this, context);
  }

  @Override
  public String backend() {
    return models.backend();
  }

  @Override
  public void close() {
    models.close();
  }
}
