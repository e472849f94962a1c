package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.composed.ComposedOperators;
import io.kioku.internal.onnx.op.control.IfOperator;
import io.kioku.internal.onnx.op.control.LoopOperator;
import io.kioku.internal.onnx.op.control.ScanOperator;
import io.kioku.internal.onnx.op.elementwise.ActivationFunctions;
import io.kioku.internal.onnx.op.elementwise.Arithmetic;
import io.kioku.internal.onnx.op.elementwise.Cast;
import io.kioku.internal.onnx.op.elementwise.Clip;
import io.kioku.internal.onnx.op.elementwise.Dropout;
import io.kioku.internal.onnx.op.elementwise.Logic;
import io.kioku.internal.onnx.op.elementwise.MathFunctions;
import io.kioku.internal.onnx.op.elementwise.Where;
import io.kioku.internal.onnx.op.matrix.Einsum;
import io.kioku.internal.onnx.op.matrix.Gemm;
import io.kioku.internal.onnx.op.matrix.MatMul;
import io.kioku.internal.onnx.op.normalize.BatchNormalization;
import io.kioku.internal.onnx.op.normalize.InstanceNormalization;
import io.kioku.internal.onnx.op.normalize.LayerNormalization;
import io.kioku.internal.onnx.op.normalize.Norms;
import io.kioku.internal.onnx.op.normalize.RmsNormalization;
import io.kioku.internal.onnx.op.normalize.SoftmaxOperator;
import io.kioku.internal.onnx.op.quantize.MatMulInteger;
import io.kioku.internal.onnx.op.quantize.QLinearMatMul;
import io.kioku.internal.onnx.op.quantize.QuantizeLinear;
import io.kioku.internal.onnx.op.random.RandomOperators;
import io.kioku.internal.onnx.op.recurrent.DynamicQuantizeLstm;
import io.kioku.internal.onnx.op.recurrent.RecurrentOperator;
import io.kioku.internal.onnx.op.reduce.ArgExtreme;
import io.kioku.internal.onnx.op.reduce.CumSum;
import io.kioku.internal.onnx.op.reduce.Reduce;
import io.kioku.internal.onnx.op.reduce.TopK;
import io.kioku.internal.onnx.op.resize.Resize;
import io.kioku.internal.onnx.op.sequence.SequenceOperators;
import io.kioku.internal.onnx.op.shape.Blocks;
import io.kioku.internal.onnx.op.shape.Compress;
import io.kioku.internal.onnx.op.shape.Concat;
import io.kioku.internal.onnx.op.shape.Expand;
import io.kioku.internal.onnx.op.shape.Gather;
import io.kioku.internal.onnx.op.shape.Generators;
import io.kioku.internal.onnx.op.shape.NonZero;
import io.kioku.internal.onnx.op.shape.OneHot;
import io.kioku.internal.onnx.op.shape.Pad;
import io.kioku.internal.onnx.op.shape.Reshape;
import io.kioku.internal.onnx.op.shape.ReverseSequence;
import io.kioku.internal.onnx.op.shape.Scatter;
import io.kioku.internal.onnx.op.shape.ShapeQueries;
import io.kioku.internal.onnx.op.shape.Slice;
import io.kioku.internal.onnx.op.shape.Split;
import io.kioku.internal.onnx.op.shape.Tile;
import io.kioku.internal.onnx.op.shape.Transpose;
import io.kioku.internal.onnx.op.shape.Trilu;
import io.kioku.internal.onnx.op.shape.Unique;
import io.kioku.internal.onnx.op.signal.SignalOperators;
import io.kioku.internal.onnx.op.window.Col2Im;
import io.kioku.internal.onnx.op.window.Convolution;
import io.kioku.internal.onnx.op.window.IntegerConvolution;
import io.kioku.internal.onnx.op.window.LpPool;
import io.kioku.internal.onnx.op.window.Pool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// All operators that there are, by domain and name. The classes of a family are loaded when a
/// model has one of its operators.
public final class Operators {
  /// Operators that are written in one file: their names, and behind a colon the operator set since
  /// which they mean what they mean here, or have attributes that they do not know here, so that
  /// they are refused; without one, the oldest set that is read.
  public enum Family {
    ARITHMETIC("Add:1 Div:1 Max:1 Mean:1 Min:1 Mod Mul:1 Pow:1 Sub:1 Sum:1"),
    MATH_FUNCTIONS(
        "Abs:1 Acos Acosh Asin Asinh Atan Atanh Ceil:1 Cos Cosh Erf Exp:1 Floor:1 Log:1"
            + " Mish Neg:1 Reciprocal:1 Relu:1 Round Sigmoid:1 Sign Sin Sinh Softplus:1"
            + " Softsign:1 Sqrt:1 Tan Tanh:1"),
    ACTIVATION_FUNCTIONS(
        "Celu Elu:1 Gelu HardSigmoid:1 HardSwish LeakyRelu:1 PRelu Selu:1 Swish"
            + " Shrink ThresholdedRelu"),
    LOGIC(
        "And BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Equal Greater"
            + " GreaterOrEqual IsInf IsNaN Less LessOrEqual Not:1 Or Xor"),
    CAST("Cast CastLike"),
    CLIP("Clip:1"),
    DROPOUT("Dropout"),
    WHERE("Where"),
    REDUCE(
        "ReduceL1:1 ReduceL2:1 ReduceLogSum:1 ReduceLogSumExp:1 ReduceMax:1"
            + " ReduceMean:1 ReduceMin:1 ReduceProd:1 ReduceSum:1 ReduceSumSquare:1"),
    ARG_EXTREME("ArgMax:1 ArgMin:1"),
    CUM_SUM("CumSum"),
    TOP_K("TopK"),
    COMPRESS("Compress"),
    CONCAT("Concat:1"),
    EXPAND("Expand"),
    GATHER("Gather:1 GatherElements GatherND"),
    GENERATORS("Constant:1 ConstantOfShape EyeLike Range"),
    NON_ZERO("NonZero"),
    ONE_HOT("OneHot"),
    PAD("Pad:1"),
    RESHAPE("Flatten:1 Identity:1 Reshape:1 Squeeze:1 Unsqueeze:1"),
    REVERSE_SEQUENCE("ReverseSequence"),
    SCATTER("Scatter ScatterElements ScatterND"),
    SHAPE_QUERIES("Shape:1 Size:1"),
    SLICE("Slice:1"),
    SPLIT("Split:1"),
    TILE("Tile"),
    TRANSPOSE("Transpose:1"),
    TRILU("Trilu"),
    IF("If"),
    LOOP("Loop"),
    SCAN("Scan"),
    GEMM("Gemm:1"),
    MAT_MUL("MatMul:1"),
    CONVOLUTION("Conv:1 ConvTranspose:1"),
    POOL("AveragePool:1 GlobalAveragePool:1 GlobalMaxPool:1 MaxPool:1"),
    BATCH_NORMALIZATION("BatchNormalization"),
    INSTANCE_NORMALIZATION("InstanceNormalization:1"),
    LAYER_NORMALIZATION("LayerNormalization"),
    RMS_NORMALIZATION("RMSNormalization SimplifiedLayerNormalization"),
    SOFTMAX("LogSoftmax:1 Softmax:1"),
    SEQUENCE(
        "ConcatFromSequence SequenceAt SequenceConstruct SequenceEmpty SequenceErase"
            + " SequenceInsert SequenceLength SplitToSequence"),
    RECURRENT("GRU LSTM RNN"),
    DYNAMIC_QUANTIZE_LSTM("com.microsoft.DynamicQuantizeLSTM"),
    QUANTIZE_LINEAR("DequantizeLinear DynamicQuantizeLinear QuantizeLinear"),
    MAT_MUL_INTEGER("MatMulInteger"),
    QLINEAR_MAT_MUL("QLinearMatMul"),
    EINSUM("Einsum"),
    NORMS("GroupNormalization Hardmax:1 LpNormalization:1 MeanVarianceNormalization"),
    BLOCKS("DepthToSpace:1 SpaceToDepth:1"),
    UNIQUE("Unique"),
    INTEGER_CONVOLUTION("ConvInteger QLinearConv"),
    LP_POOL("GlobalLpPool LpPool"),
    COL2IM("Col2Im"),
    SIGNAL("BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT"),
    RANDOM("Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"),
    RESIZE("Resize Upsample");

    private final String text; // with spaces between the operators

    Family(String text) {
      this.text = text;
    }

    private String[] entries() {
      return text.split(" ", -1);
    }

    /// The names of its operators.
    public List<String> names() {
      List<String> names = new ArrayList<>();
      for (String entry : entries()) {
        names.add(operator(entry));
      }
      return names;
    }
  }

  /// What is known of an operator before its class is loaded.
  ///
  /// @param since the first operator set in which it is what it is here
  private record Entry(Family family, int since) {}

  /// The oldest operator set whose operators are all known here; before it, broadcasting was
  /// another.
  private static final int OLDEST = 7;

  private static final Map<String, Entry> ENTRIES = new HashMap<>();

  static {
    for (Family family : Family.values()) {
      for (String entry : family.entries()) {
        ENTRIES.put(operator(entry), new Entry(family, since(entry)));
      }
    }
  }

  private Operators() {}

  private static String operator(String entry) {
    int colon = entry.indexOf(':');
    return colon < 0 ? entry : entry.substring(0, colon);
  }

  private static int since(String entry) {
    int colon = entry.indexOf(':');
    return colon < 0 ? OLDEST : Integer.parseInt(entry.substring(colon + 1));
  }

  /// The operator of a node.
  ///
  /// @throws Refusal if there is none, or its attributes cannot be
  static Operator of(GraphNode node, OperatorContext context) {
    Entry entry = ENTRIES.get(node.qualifiedOperator());
    if (entry == null) {
      throw new Refusal("there is no such operator here");
    }
    if (node.domain().isEmpty() && node.version() < entry.since) {
      throw new Refusal(
          "it is of operator set %d, expected %d or later".formatted(node.version(), entry.since));
    }
    return switch (entry.family) {
      case ARITHMETIC -> Arithmetic.of(node, context);
      case MATH_FUNCTIONS -> MathFunctions.of(node, context);
      case ACTIVATION_FUNCTIONS -> ActivationFunctions.of(node, context);
      case LOGIC -> Logic.of(node, context);
      case CAST -> Cast.of(node, context);
      case CLIP -> Clip.of(node, context);
      case DROPOUT -> Dropout.of(node, context);
      case WHERE -> Where.of(node, context);
      case REDUCE -> Reduce.of(node, context);
      case ARG_EXTREME -> ArgExtreme.of(node, context);
      case CUM_SUM -> CumSum.of(node, context);
      case TOP_K -> TopK.of(node, context);
      case COMPRESS -> Compress.of(node, context);
      case CONCAT -> Concat.of(node, context);
      case EXPAND -> Expand.of(node, context);
      case GATHER -> Gather.of(node, context);
      case GENERATORS -> Generators.of(node, context);
      case NON_ZERO -> NonZero.of(node, context);
      case ONE_HOT -> OneHot.of(node, context);
      case PAD -> Pad.of(node, context);
      case RESHAPE -> Reshape.of(node, context);
      case REVERSE_SEQUENCE -> ReverseSequence.of(node, context);
      case SCATTER -> Scatter.of(node, context);
      case SHAPE_QUERIES -> ShapeQueries.of(node, context);
      case SLICE -> Slice.of(node, context);
      case SPLIT -> Split.of(node, context);
      case TILE -> Tile.of(node, context);
      case TRANSPOSE -> Transpose.of(node, context);
      case TRILU -> Trilu.of(node, context);
      case IF -> IfOperator.of(node, context);
      case LOOP -> LoopOperator.of(node, context);
      case SCAN -> ScanOperator.of(node, context);
      case GEMM -> Gemm.of(node, context);
      case MAT_MUL -> MatMul.of(node, context);
      case CONVOLUTION -> Convolution.of(node, context);
      case POOL -> Pool.of(node, context);
      case BATCH_NORMALIZATION -> BatchNormalization.of(node, context);
      case INSTANCE_NORMALIZATION -> InstanceNormalization.of(node, context);
      case LAYER_NORMALIZATION -> LayerNormalization.of(node, context);
      case RMS_NORMALIZATION -> RmsNormalization.of(node, context);
      case SOFTMAX -> SoftmaxOperator.of(node, context);
      case SEQUENCE -> SequenceOperators.of(node);
      case RECURRENT -> RecurrentOperator.of(node, context);
      case DYNAMIC_QUANTIZE_LSTM -> DynamicQuantizeLstm.of(node, context);
      case QUANTIZE_LINEAR -> QuantizeLinear.of(node, context);
      case MAT_MUL_INTEGER -> MatMulInteger.of(node, context);
      case QLINEAR_MAT_MUL -> QLinearMatMul.of(node, context);
      case EINSUM -> new Einsum(node);
      case NORMS -> Norms.of(node, context);
      case BLOCKS -> new Blocks(node);
      case UNIQUE -> new Unique(node);
      case INTEGER_CONVOLUTION -> new IntegerConvolution(node, context);
      case LP_POOL -> new LpPool(node);
      case COL2IM -> new Col2Im(node);
      case SIGNAL -> SignalOperators.of(node, context);
      case RANDOM -> RandomOperators.of(node, context);
      case RESIZE -> Resize.of(node, context);
    };
  }

  /// Whether a node computes each element from those at its place, broadcasting its inputs.
  static boolean isElementwise(GraphNode node) {
    Entry entry = ENTRIES.get(node.qualifiedOperator());
    return entry != null
        && switch (entry.family) {
          case ARITHMETIC,
              MATH_FUNCTIONS,
              ACTIVATION_FUNCTIONS,
              LOGIC,
              CAST,
              CLIP,
              DROPOUT,
              WHERE ->
              true;
          default -> false;
        };
  }

  /// The names of all operators, those outside ONNX's own domain with it.
  public static List<String> names() {
    TreeSet<String> names = new TreeSet<>(ENTRIES.keySet());
    names.addAll(ComposedOperators.names());
    return List.copyOf(names);
  }
}
