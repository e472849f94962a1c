package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.control.ControlOperators;
import io.kioku.internal.onnx.op.elementwise.Activations;
import io.kioku.internal.onnx.op.elementwise.Arithmetic;
import io.kioku.internal.onnx.op.elementwise.ElementwiseOperators;
import io.kioku.internal.onnx.op.elementwise.Functions;
import io.kioku.internal.onnx.op.elementwise.Logic;
import io.kioku.internal.onnx.op.matrix.MatrixOperators;
import io.kioku.internal.onnx.op.normalize.NormalizeOperators;
import io.kioku.internal.onnx.op.quantize.QuantizeOperators;
import io.kioku.internal.onnx.op.random.RandomOperators;
import io.kioku.internal.onnx.op.recurrent.RecurrentOperators;
import io.kioku.internal.onnx.op.reduce.ReduceOperators;
import io.kioku.internal.onnx.op.resize.Resize;
import io.kioku.internal.onnx.op.shape.ShapeOperators;
import io.kioku.internal.onnx.op.signal.SignalOperators;
import io.kioku.internal.onnx.op.window.WindowOperators;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// All operators that there are, by domain and name. The classes of a group are loaded when a model
/// has one of its operators.
public final class Operators {
  /// Operators that are written in one place.
  public enum Group {
    ARITHMETIC("Add Div Max Mean Min Mod Mul Pow Sub Sum"),
    FUNCTIONS(
        "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Mish Neg Reciprocal"
            + " Relu Round Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh"),
    ACTIVATIONS(
        "Celu Elu Gelu HardSigmoid HardSwish LeakyRelu PRelu Selu Shrink Swish ThresholdedRelu"),
    LOGIC(
        "And BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Equal Greater GreaterOrEqual IsInf"
            + " IsNaN Less LessOrEqual Not Or Xor"),
    ELEMENTWISE("Cast CastLike Clip Dropout Where"),
    REDUCE(
        "ArgMax ArgMin CumSum ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean"
            + " ReduceMin ReduceProd ReduceSum ReduceSumSquare TopK"),
    SHAPE(
        "Compress Concat Constant ConstantOfShape DepthToSpace Expand EyeLike Flatten Gather"
            + " GatherElements GatherND Identity NonZero OneHot Pad Range Reshape ReverseSequence"
            + " Scatter ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze Tile"
            + " Transpose Trilu Unique Unsqueeze"),
    CONTROL("If Loop Scan"),
    MATRIX("Einsum Gemm MatMul"),
    WINDOW(
        "AveragePool Conv ConvInteger ConvTranspose GlobalAveragePool GlobalLpPool GlobalMaxPool"
            + " LpPool MaxPool QLinearConv"),
    NORMALIZE(
        "BatchNormalization GroupNormalization Hardmax InstanceNormalization LayerNormalization"
            + " LogSoftmax LpNormalization MeanVarianceNormalization RMSNormalization Softmax"),
    RECURRENT("GRU LSTM RNN com.microsoft.DynamicQuantizeLSTM"),
    QUANTIZE("DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearMatMul QuantizeLinear"),
    SIGNAL("BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT"),
    RANDOM("Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"),
    RESIZE("Resize Upsample");

    private final String names; // with spaces between them

    Group(String names) {
      this.names = names;
    }

    /// Its operators.
    public List<String> names() {
      return List.of(names.split(" ", -1));
    }
  }

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

  private static final Map<String, Group> GROUPS = new TreeMap<>();

  static {
    for (Group group : Group.values()) {
      for (String name : group.names()) {
        GROUPS.put(name, group);
      }
    }
  }

  private Operators() {}

  /// The operator of a node.
  ///
  /// @throws Refusal if there is none, or its attributes cannot be
  static Operator of(Node node, OperatorContext context) {
    Group group = GROUPS.get(node.qualifiedOperator());
    if (group == null) {
      throw new Refusal("there is no such operator here");
    }
    if (node.domain().isEmpty()
        && node.version() < OLDEST
        && !UNCHANGED.contains(node.operator())) {
      throw new Refusal(
          "it is of operator set %d, expected %d or later".formatted(node.version(), OLDEST));
    }
    return switch (group) {
      case ARITHMETIC -> Arithmetic.of(node, context);
      case FUNCTIONS -> Functions.of(node, context);
      case ACTIVATIONS -> Activations.of(node, context);
      case LOGIC -> Logic.of(node, context);
      case ELEMENTWISE -> ElementwiseOperators.of(node, context);
      case REDUCE -> ReduceOperators.of(node, context);
      case SHAPE -> ShapeOperators.of(node, context);
      case CONTROL -> ControlOperators.of(node, context);
      case MATRIX -> MatrixOperators.of(node, context);
      case WINDOW -> WindowOperators.of(node, context);
      case NORMALIZE -> NormalizeOperators.of(node, context);
      case RECURRENT -> RecurrentOperators.of(node, context);
      case RESIZE -> Resize.of(node, context);
      case RANDOM -> RandomOperators.of(node, context);
      case SIGNAL -> SignalOperators.of(node, context);
      case QUANTIZE -> QuantizeOperators.of(node, context);
    };
  }

  /// The names of all operators, those outside ONNX's own domain with it.
  public static List<String> names() {
    return List.copyOf(GROUPS.keySet());
  }
}
