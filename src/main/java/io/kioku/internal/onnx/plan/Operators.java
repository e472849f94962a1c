package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.control.ControlOperators;
import io.kioku.internal.onnx.op.elementwise.ElementwiseOperators;
import io.kioku.internal.onnx.op.matrix.MatrixOperators;
import io.kioku.internal.onnx.op.normalize.NormalizeOperators;
import io.kioku.internal.onnx.op.quantize.QuantizeOperators;
import io.kioku.internal.onnx.op.recurrent.RecurrentOperators;
import io.kioku.internal.onnx.op.reduce.ReduceOperators;
import io.kioku.internal.onnx.op.shape.ShapeOperators;
import io.kioku.internal.onnx.op.window.WindowOperators;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// All operators that there are, by domain and name.
public final class Operators {
  /// The oldest operator set whose operators are all known here; before it, broadcasting was
  /// another.
  private static final int OLDEST = 7;

  /// Those that mean in older sets what they mean in that one, or have attributes there that they
  /// do not know here, so that they are refused.
  private static final Set<String> UNCHANGED =
      Set.of(
          "Abs",
          "Add",
          "ArgMax",
          "ArgMin",
          "AveragePool",
          "Ceil",
          "Clip",
          "Concat",
          "Constant",
          "Conv",
          "ConvTranspose",
          "Div",
          "Elu",
          "Exp",
          "Flatten",
          "Floor",
          "Gather",
          "Gemm",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "HardSigmoid",
          "Identity",
          "InstanceNormalization",
          "LeakyRelu",
          "Log",
          "LogSoftmax",
          "MatMul",
          "Max",
          "MaxPool",
          "Mean",
          "Min",
          "Mul",
          "Neg",
          "Not",
          "Pad",
          "Pow",
          "Reciprocal",
          "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceProd",
          "ReduceSum",
          "ReduceSumSquare",
          "Relu",
          "Reshape",
          "Selu",
          "Shape",
          "Sigmoid",
          "Size",
          "Slice",
          "Softmax",
          "Softplus",
          "Softsign",
          "Split",
          "Sqrt",
          "Squeeze",
          "Sub",
          "Sum",
          "Tanh",
          "Transpose",
          "Unsqueeze");

  private static final Map<String, Operator.Factory> ALL = new TreeMap<>();

  static {
    ElementwiseOperators.addTo(ALL);
    ReduceOperators.addTo(ALL);
    ShapeOperators.addTo(ALL);
    ControlOperators.addTo(ALL);
    MatrixOperators.addTo(ALL);
    WindowOperators.addTo(ALL);
    NormalizeOperators.addTo(ALL);
    RecurrentOperators.addTo(ALL);
    QuantizeOperators.addTo(ALL);
  }

  private Operators() {}

  /// What makes an operator of such a node.
  ///
  /// @throws Refusal if there is none
  static Operator.Factory of(Node node) {
    Operator.Factory factory = ALL.get(node.qualifiedOperator());
    if (factory == null) {
      throw new Refusal("there is no such operator here");
    }
    if (node.domain().isEmpty()
        && node.version() < OLDEST
        && !UNCHANGED.contains(node.operator())) {
      throw new Refusal(
          "it is of operator set %d, expected %d or later".formatted(node.version(), OLDEST));
    }
    return factory;
  }

  /// The names of all operators, those outside ONNX's own domain with it.
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }
}
