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
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// ONNX's LSTM, GRU and RNN of operator sets 7 to 22, on Kioku's own layers. All compute in
/// float32; float64 is rounded to it on the way in.
///
/// Where the operators' text is silent or ONNX Runtime reads it otherwise:
///
/// - A sequence of length 0 ends where it began: Y_h is initial_h, Y_c is initial_c. ONNX Runtime
///   gives zeros.
/// - The clip of an LSTM is on the sums of its gates, as in ONNX Runtime, not on its memory.
/// - NaN in a sum stays NaN. ONNX Runtime makes the clip's limit of it where there is a B.
final class RecurrentOperator implements Operator {
  private final Options options;
  private final LayerModels models;

  private RecurrentOperator(Options options, Node node, OperatorContext context) {
    this.options = options;
    int[] weights =
        options.kind() == Kind.LSTM
            ? new int[] {LayerSizes.W, LayerSizes.R, LayerSizes.B, LayerSizes.P}
            : new int[] {LayerSizes.W, LayerSizes.R, LayerSizes.B};
    this.models = new LayerModels(node, context, weights, all -> List.of(compile(context, all)));
  }

  /// The operator of a node of that kind.
  static Operator of(Kind kind, Node node, OperatorContext context) {
    return new RecurrentOperator(Options.of(kind, node.attributes()), node, context);
  }

  Options options() {
    return options;
  }

  LayerModels models() {
    return models;
  }

  /// The sizes, checked.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown
  LayerSizes sizes(IntFunction<long[]> dims) {
    return LayerSizes.of(options, false, dims);
  }

  private Model compile(OperatorContext context, Constant[] all) {
    LayerSizes sizes = sizes(i -> i < all.length && all[i] != null ? all[i].dims() : null);
    Constant bias = LayerModels.real("B", all[LayerSizes.B]);
    Constant peepholes =
        options.kind() == Kind.LSTM ? LayerModels.real("P", all[LayerSizes.P]) : null;
    Constant w = LayerModels.real("W", all[LayerSizes.W]);
    Constant r = LayerModels.real("R", all[LayerSizes.R]);
    List<Cell> cells = new ArrayList<>();
    for (int direction = 0; direction < options.directions(); direction++) {
      cells.add(options.cell(direction, peepholes != null));
    }
    Parameters parameters = new Parameters(options, w, r, bias, peepholes);
    Network network = network(cells, sizes, bias != null, options.isBatchFirst());
    return context.engine().compile(network, parameters.weights(cells));
  }

  /// A layer of one or two directions.
  static Network network(
      List<Cell> cells, LayerSizes sizes, boolean hasBias, boolean isBatchFirst) {
    Network network =
        Network.of(
            cells.getFirst(), Math.toIntExact(sizes.input()), Math.toIntExact(sizes.hidden()));
    network = cells.size() == 2 ? network.bidirectional(cells.getLast()) : network;
    network = hasBias ? network : network.withoutBias();
    return isBatchFirst ? network.batchFirst() : network;
  }

  @Override
  public void infer(Inference node) {
    node.need(LayerSizes.X, "X");
    node.need(LayerSizes.W, "W");
    node.need(LayerSizes.R, "R");
    int most = options.kind() == Kind.LSTM ? LayerSizes.P : LayerSizes.INITIAL_H;
    if (node.inputs() > most + 1) {
      throw new Refusal("%d inputs, expected at most %d".formatted(node.inputs(), most + 1));
    }
    for (int input = 0; input < node.inputs(); input++) {
      if (input == LayerSizes.LENGTHS) {
        node.types(input, ElementType.INT32);
      } else {
        node.real(input);
        same(node, input);
      }
    }
    outputs(node, options, sizes(node::dims));
  }

  private static void same(Inference node, int input) {
    ElementType type = node.type(input);
    ElementType ofX = node.type(LayerSizes.X);
    if (type != null && ofX != null && type != ofX) {
      throw new Refusal("input %d has type %s, expected X's, %s".formatted(input, type, ofX));
    }
  }

  /// Says what Y, Y_h and Y_c are.
  static void outputs(Inference node, Options options, LayerSizes sizes) {
    if (node.outputs() > 1 + options.kind().states().size()) {
      throw new Refusal(
          "%d outputs, expected at most %d"
              .formatted(node.outputs(), 1 + options.kind().states().size()));
    }
    ElementType type = node.type(LayerSizes.X);
    node.out(0, type, sizes.outputs(options));
    for (int i = 1; i < node.outputs(); i++) {
      node.out(i, type, sizes.states(options));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new RecurrentKernel(this, context);
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
