package io.kioku.internal.onnx.fuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxNode;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Nodes that become one: which do and which must not, and the numbers of ONNX Runtime.
class FusionTest {
  private static final int VERSION = 17;
  private static final double TOLERANCE = 1e-5;
  private static final ElementType FLOAT = ElementType.FLOAT;

  private final UniformTensors tensors = new UniformTensors(3);

  private static TinyModel model() {
    return new TinyModel(VERSION);
  }

  private NdArray values(long... dims) {
    return tensors.values(FLOAT, dims);
  }

  private static NdArray scalar(float value) {
    return NdArray.of(new float[] {value});
  }

  /// Checks what the nodes became, and the numbers.
  private static void check(TinyModel model, Map<String, NdArray> inputs, String... operators)
      throws Exception {
    try (OnnxModel loaded = model.load()) {
      assertEquals(List.of(operators), loaded.nodes().stream().map(OnnxNode::operator).toList());
    }
    Map<String, NdArray> expected = Oracle.expected(model, inputs).orElseThrow();
    Map<String, NdArray> actual = Oracle.actual(model, inputs);
    expected.forEach((name, array) -> {
      assertArrayEquals(array.shape(), actual.get(name).shape(), name);
      assertArrayEquals(array.toFloats(), actual.get(name).toFloats(), (float) TOLERANCE, name);
    });
  }

  private static TinyModel gelu(TinyModel model, long... dims) {
    return model
        .input("x", FLOAT, dims)
        .constant("root", scalar((float) Math.sqrt(2)))
        .constant("one", scalar(1))
        .constant("half", scalar(0.5f))
        .node("Div", "x root", "scaled")
        .node("Erf", "scaled", "erf")
        .node("Add", "one erf", "sum")
        .node("Mul", "x sum", "product")
        .node("Mul", "product half", "y");
  }

  @Test
  void geluBecomesOneNode() throws Exception {
    check(
        gelu(model(), -2, 7, 33).output("y"), Map.of("x", values(3, 7, 33)), "Div+Erf+Add+Mul+Mul");
  }

  @Test
  void whatIsReadElsewhereStays() throws Exception {
    check(
        gelu(model(), 5, 9).output("y").output("sum"),
        Map.of("x", values(5, 9)),
        "Div+Erf+Add",
        "Mul+Mul");
    TinyModel branch = model().node("Neg", "sum", "out").output("out");
    TinyModel other = model().node("Abs", "sum", "out").output("out");
    check(
        gelu(model(), 5, 9)
            .input("which", ElementType.BOOL)
            .node(
                "If",
                List.of("which"),
                List.of("z"),
                Map.of("then_branch", branch.graph(), "else_branch", other.graph()))
            .output("y")
            .output("z"),
        Map.of(
            "x",
            values(5, 9),
            "which",
            NdArray.copyOf(ElementType.BOOL, MemorySegment.ofArray(new byte[] {1}))),
        "Div+Erf+Add",
        "Mul+Mul",
        "If",
        "Neg",
        "Abs");
  }

  @Test
  void oneValueMayBeReadByTwoNodesOfAChain() throws Exception {
    check(
        model()
            .input("a", FLOAT, 4, 70)
            .input("b", FLOAT, 70)
            .node("Add", "a b", "sum")
            .node("Sigmoid", "sum", "gate")
            .node("Mul", "sum gate", "y")
            .output("y"),
        Map.of("a", values(4, 70), "b", values(70)),
        "Add+Sigmoid+Mul");
  }

  @Test
  void smallValuesAreNotComputedForEachRow() throws Exception {
    check(
        model()
            .input("mask", FLOAT, -1, 1, 1, -2)
            .input("x", FLOAT, -1, 3, -2, -2)
            .constant("one", scalar(1))
            .constant("far", scalar(-1e4f))
            .node("Sub", "one mask", "turned")
            .node("Mul", "turned far", "bias")
            .node("Add", "x bias", "y")
            .output("y"),
        Map.of("mask", values(2, 1, 1, 6), "x", values(2, 3, 6, 6)),
        "Sub+Mul",
        "Add");
  }

  @Test
  void constantsKeepTheirRank() throws Exception {
    check(
        model()
            .input("x", FLOAT, 5)
            .constant("two", NdArray.of(new float[] {2}, 1, 1, 1))
            .node("Mul", "x two", "t")
            .node("Exp", "t", "y")
            .output("y"),
        Map.of("x", values(5)),
        "Mul+Exp");
  }

  @ParameterizedTest
  @CsvSource({"0, 6", "0, ''", "'', 1"})
  void boundsMayBeLeftOut(String low, String high) throws Exception {
    TinyModel model = model().input("x", FLOAT, 3, 40);
    if (!low.isEmpty()) {
      model.constant("low", scalar(Float.parseFloat(low)));
    }
    if (!high.isEmpty()) {
      model.constant("high", scalar(Float.parseFloat(high)));
    }
    String bounds = (low.isEmpty() ? "" : "low") + " " + (high.isEmpty() ? "" : "high");
    check(
        model
            .node("Neg", "x", "t")
            .node("Clip", ("t " + bounds).stripTrailing(), "clipped")
            .node("Mul", "clipped x", "y")
            .output("y"),
        Map.of("x", values(3, 40)),
        "Neg+Clip+Mul");
  }

  @Test
  void longChainsAreCutWhereAProgramEnds() throws Exception {
    TinyModel model = model().input("x", FLOAT, 50);
    String last = "x";
    Map<String, NdArray> inputs = new HashMap<>(Map.of("x", values(50)));
    for (int i = 0; i < 20; i++) {
      inputs.put("a" + i, values(50));
      model.input("a" + i, FLOAT, 50).node("Add", last + " a" + i, "t" + i);
      last = "t" + i;
    }
    check(
        model.output(last),
        inputs,
        "Add+Add+Add+Add+Add",
        "Add+Add+Add+Add+Add",
        "Add+Add+Add+Add+Add",
        "Add+Add+Add+Add+Add");
  }

  private TinyModel layerNorm(String divide, long... dims) {
    int n = (int) dims[dims.length - 1];
    TinyModel model =
        model()
            .input("x", FLOAT, dims)
            .constant("two", scalar(2))
            .constant("epsilon", scalar(1e-6f))
            .constant("scale", values(n))
            .constant("bias", values(n))
            .node("ReduceMean", List.of("x"), List.of("mean"), Map.of("axes", new long[] {-1}))
            .node("Sub", "x mean", "d");
    if (divide.equals("twice")) {
      model.node("Sub", "x mean", "d2");
    }
    model
        .node("Pow", (divide.equals("twice") ? "d2" : "d") + " two", "squares")
        .node("ReduceMean", List.of("squares"), List.of("v"), Map.of("axes", new long[] {-1}))
        .node("Add", "v epsilon", "sum")
        .node("Sqrt", "sum", "root");
    if (divide.equals("reciprocal")) {
      model.node("Reciprocal", "root", "inverse").node("Mul", "inverse d", "n");
    } else {
      model.node("Div", "d root", "n");
    }
    return model.node("Mul", "n scale", "scaled").node("Add", "bias scaled", "y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"once", "twice", "reciprocal"})
  void layerNormalizationIsRecognised(String divide) throws Exception {
    check(
        layerNorm(divide, -2, 5, 48).output("y"),
        Map.of("x", values(2, 5, 48)),
        "LayerNormalization");
  }

  @Test
  void aMeanThatIsReadElsewhereKeepsItsNodes() throws Exception {
    check(
        layerNorm("once", 5, 48).output("y").output("v"),
        Map.of("x", values(5, 48)),
        "ReduceMean",
        "Sub",
        "Pow",
        "ReduceMean",
        "Add",
        "Sqrt",
        "Div+Mul+Add");
  }

  @Test
  void rootMeanSquareIsRecognised() throws Exception {
    check(
        model()
            .input("x", FLOAT, -2, 32)
            .constant("epsilon", scalar(1e-6f))
            .constant("scale", values(32))
            .node("Mul", "x x", "squares")
            .node("ReduceMean", List.of("squares"), List.of("v"), Map.of("axes", new long[] {1}))
            .node("Add", "epsilon v", "sum")
            .node("Sqrt", "sum", "root")
            .node("Div", "x root", "n")
            .node("Mul", "scale n", "y")
            .output("y"),
        Map.of("x", values(6, 32)),
        "RMSNormalization");
  }

  @Test
  void biasGoesIntoTheProduct() throws Exception {
    for (long[] dims : new long[][] {{5, 24}, {2, 3, 24}, {24}}) {
      check(
          model()
              .input("x", FLOAT, dims)
              .constant("w", values(24, 17))
              .constant("b", values(17))
              .node("MatMul", "x w", "t")
              .node("Add", "b t", "y")
              .output("y"),
          Map.of("x", values(dims)),
          "MatMul+Add");
    }
  }

  @Test
  void whatIsNoBiasStays() throws Exception {
    for (long[] dims : new long[][] {{5, 17}, {1, 1, 17}, {1}}) {
      check(
          model()
              .input("x", FLOAT, 5, 24)
              .constant("w", values(24, 17))
              .constant("b", values(dims))
              .node("MatMul", "x w", "t")
              .node("Add", "t b", "y")
              .output("y"),
          Map.of("x", values(5, 24)),
          "MatMul",
          "Add");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void batchNormalizationGoesIntoTheConvolution(long group) throws Exception {
    NdArray variance = NdArray.of(new float[] {0.5f, 1, 2, 3, 0.1f, 4}, 6);
    for (boolean hasBias : new boolean[] {false, true}) {
      check(
          model()
              .input("x", FLOAT, -2, 4, 9, 8)
              .constant("w", values(6, 4 / group, 3, 3))
              .constant("b", values(6))
              .constant("scale", values(6))
              .constant("shift", values(6))
              .constant("mean", values(6))
              .constant("variance", variance)
              .node(
                  "Conv",
                  hasBias ? List.of("x", "w", "b") : List.of("x", "w"),
                  List.of("t"),
                  Map.of("group", group, "pads", new long[] {1, 0, 1, 2}))
              .node("BatchNormalization", "t scale shift mean variance", "n")
              .node("Relu", "n", "y")
              .output("y"),
          Map.of("x", values(2, 4, 9, 8)),
          "Conv",
          "Relu");
    }
  }

  /// Where the shape of x is not known when a model is loaded, nothing has checked them yet.
  @Test
  void numbersThatDoNotFitAConvolutionAreLeftToTheRun() {
    TinyModel model =
        model()
            .input("x", FLOAT, 8)
            .input("shape", ElementType.INT64, -1)
            .node("Reshape", "x shape", "open")
            .constant("w", values(6, 2, 1))
            .constant("scale", values(6))
            .constant("one", values(1))
            .node("Conv", "open w", "t")
            .node("BatchNormalization", "t scale one scale scale", "y")
            .output("y");
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      assertEquals(
          List.of("Reshape", "Conv", "BatchNormalization"),
          loaded.nodes().stream().map(OnnxNode::operator).toList());
      session.set("x", values(8));
      session.set("shape", NdArray.of(new long[] {1, 2, 4}, 3));
      assertThrows(OnnxException.class, session::run);
    }
  }

  @Test
  void attentionReadsAndWritesHeadsWhereTheyLie() throws Exception {
    Map<String, Object> heads = Map.of("perm", new long[] {0, 2, 1, 3});
    Map<String, Object> turned = Map.of("perm", new long[] {0, 2, 3, 1});
    for (long[] size : new long[][] {{2, 5}, {1, 1}, {3, 1}, {1, 40}}) {
      check(
          model()
              .input("q", FLOAT, -1, -2, 3, 8)
              .input("k", FLOAT, -1, -2, 3, 8)
              .input("v", FLOAT, -1, -2, 3, 8)
              .node("Transpose", List.of("q"), List.of("qh"), heads)
              .node("Transpose", List.of("k"), List.of("kh"), turned)
              .node("Transpose", List.of("v"), List.of("vh"), heads)
              .node("MatMul", "qh kh", "scores")
              .node("Softmax", "scores", "p")
              .node("MatMul", "p vh", "oh")
              .node("Transpose", List.of("oh"), List.of("y"), heads)
              .output("y"),
          Map.of(
              "q", values(size[0], size[1], 3, 8),
              "k", values(size[0], size[1], 3, 8),
              "v", values(size[0], size[1], 3, 8)),
          "MatMul+Transpose",
          "Softmax",
          "MatMul+Transpose");
    }
  }

  @Test
  void repeatedMatricesAreTransposedInPlaceToo() throws Exception {
    check(
        model()
            .input("a", FLOAT, 2, 1, 4, 6)
            .input("b", FLOAT, 5, 3, 6)
            .node("Transpose", List.of("b"), List.of("bt"), Map.of("perm", new long[] {0, 2, 1}))
            .node("MatMul", "a bt", "y")
            .output("y"),
        Map.of("a", values(2, 1, 4, 6), "b", values(5, 3, 6)),
        "MatMul+Transpose");
    // neither rows nor columns lie side by side
    check(
        model()
            .input("a", FLOAT, 4, 6)
            .input("b", FLOAT, 6, 3, 2)
            .node("Transpose", List.of("b"), List.of("bt"), Map.of("perm", new long[] {2, 0, 1}))
            .node("MatMul", "a bt", "y")
            .output("y"),
        Map.of("a", values(4, 6), "b", values(6, 3, 2)),
        "Transpose",
        "MatMul");
  }

  /// What ONNX Runtime's quantizer writes. Weights are small: its products saturate on CPUs without
  /// VNNI.
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void quantisedLinearLayersBecomeTwoNodes(boolean isEach, boolean hasBias) throws Exception {
    RandomTensors codes = new RandomTensors(8);
    TinyModel model = model().input("x", FLOAT, -1, 20);
    model.constant("w", codes.small(ElementType.INT8, 20, 9));
    model.constant("scale", isEach ? values(9) : values(1));
    model.constant(
        "zero", isEach ? codes.small(ElementType.INT8, 9) : codes.small(ElementType.INT8));
    model.constant("bias", values(1, 9));
    model.node("DynamicQuantizeLinear", List.of("x"), List.of("q", "s", "z"), Map.of());
    model.node("MatMulInteger", "q w z zero", "sum");
    model.node("Cast", List.of("sum"), List.of("number"), Map.of("to", 1L));
    model.node("Mul", "s scale", "scales").node("Mul", "number scales", "product");
    model.node("Add", "bias product", "y").output("y");
    if (!hasBias) {
      model.output("product");
    }
    check(
        model,
        Map.of("x", values(7, 20)),
        hasBias
            ? new String[] {"DynamicQuantizeLinear", "MatMulInteger+Cast+Mul+Mul+Add"}
            : new String[] {"DynamicQuantizeLinear", "MatMulInteger+Cast+Mul+Mul", "Add"});
  }

  @Test
  void scaledSumsKeepTheirShape() throws Exception {
    RandomTensors codes = new RandomTensors(9);
    check(
        model()
            .input("q", ElementType.UINT8, 20)
            .constant("w", codes.small(ElementType.INT8, 20, 3))
            .constant("scales", values(1, 3))
            .node("MatMulInteger", "q w", "sum")
            .node("Cast", List.of("sum"), List.of("number"), Map.of("to", 1L))
            .node("Mul", "number scales", "y")
            .output("y"),
        Map.of("q", codes.small(ElementType.UINT8, 20)),
        "MatMulInteger",
        "Cast",
        "Mul");
  }
}
