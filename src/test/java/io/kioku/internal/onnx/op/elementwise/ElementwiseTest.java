package io.kioku.internal.onnx.op.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random models of one node: the numbers of ONNX Runtime.
class ElementwiseTest {
  private static final int VERSION = 20;
  private static final int MODELS = 8; // of each type
  private static final List<ElementType> TYPES =
      List.of(
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.FLOAT16,
          ElementType.INT32,
          ElementType.INT64,
          ElementType.UINT8,
          ElementType.INT8,
          ElementType.UINT64,
          ElementType.BOOL);

  @ParameterizedTest
  @CsvSource({
    "Add, 2",
    "Sub, 2",
    "Mul, 2",
    "Div, 2",
    "Max, 1",
    "Max, 2",
    "Max, 3",
    "Min, 2",
    "Min, 4",
    "Sum, 3",
    "Neg, 1",
    "Abs, 1",
    "Sign, 1",
    "Floor, 1",
    "Ceil, 1",
    "Round, 1",
    "Sqrt, 1",
    "Relu, 1",
    "Reciprocal, 1",
    "BitwiseAnd, 2",
    "BitwiseOr, 2",
    "BitwiseXor, 2",
    "BitwiseNot, 1"
  })
  void exactOnesAreExact(String operator, int inputs) throws Exception {
    compare(operator, inputs, null, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "Equal, 2",
    "Less, 2",
    "Greater, 2",
    "LessOrEqual, 2",
    "GreaterOrEqual, 2",
    "And, 2",
    "Or, 2",
    "Xor, 2",
    "Not, 1",
    "IsNaN, 1",
    "IsInf, 1"
  })
  void testsAreExact(String operator, int inputs) throws Exception {
    compare(operator, inputs, ElementType.BOOL, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "Exp, 1",
    "Log, 1",
    "Sigmoid, 1",
    "Tanh, 1",
    "Sin, 1",
    "Cos, 1",
    "Tan, 1",
    "Sinh, 1",
    "Cosh, 1",
    "Asin, 1",
    "Acos, 1",
    "Atan, 1",
    "Asinh, 1",
    "Acosh, 1",
    "Atanh, 1",
    "Erf, 1",
    "Softplus, 1",
    "Softsign, 1",
    "LeakyRelu, 1",
    "Elu, 1",
    "Selu, 1",
    "Celu, 1",
    "ThresholdedRelu, 1",
    "HardSigmoid, 1",
    "HardSwish, 1",
    "Gelu, 1",
    "Mish, 1",
    "Mean, 3",
    "PRelu, 2"
  })
  void otherOnesAgree(String operator, int inputs) throws Exception {
    compare(operator, inputs, null, 1e-6);
  }

  /// @param result the output's type; null: the inputs'
  private static void compare(String operator, int inputs, ElementType result, double tolerance)
      throws Exception {
    RandomTensors random = new RandomTensors(operator.hashCode() + inputs);
    int compared = 0;
    for (ElementType type : TYPES) {
      for (int i = 0; i < MODELS; i++) {
        long[] whole = random.shape();
        NodeCase node = new NodeCase(VERSION);
        if (i % 2 == 1) {
          node.open();
        }
        for (int k = 0; k < inputs; k++) {
          long[] dims = k == 0 ? whole : random.part(whole);
          boolean divisor = operator.equals("Div") && k == 1 && type.isInteger();
          node.input(divisor ? random.divisors(type, dims) : random.values(type, dims));
        }
        node.node(operator, Map.of(), result == null ? type : result);
        compared += node.check(tolerance) ? 1 : 0;
      }
    }
    assertTrue(compared >= MODELS, "only %d models were compared".formatted(compared));
  }

  @Test
  void anyTypeBecomesAnyOther() throws Exception {
    RandomTensors random = new RandomTensors(1);
    for (ElementType from : ElementType.values()) {
      for (ElementType to : ElementType.values()) {
        NdArray x = random.small(from, 3, 50);
        new NodeCase(VERSION).input(x).node("Cast", Map.of("to", to.code()), to).check(0);
      }
    }
  }

  @Test
  void elementsAreChosen() throws Exception {
    RandomTensors random = new RandomTensors(2);
    for (ElementType type : TYPES) {
      for (int i = 0; i < MODELS; i++) {
        long[] dims = random.shape();
        new NodeCase(VERSION)
            .input(random.values(ElementType.BOOL, random.part(dims)))
            .input(random.values(type, dims))
            .input(random.values(type, random.part(dims)))
            .node("Where", Map.of(), type)
            .check(0);
      }
    }
  }

  @Test
  void remaindersHaveTheSignOfTheDivisorOrTheDividend() throws Exception {
    RandomTensors random = new RandomTensors(3);
    for (ElementType type : TYPES) {
      for (int fmod = type.isReal() ? 1 : 0; fmod < 2; fmod++) {
        long[] dims = random.shape();
        NdArray divisors =
            type.isInteger() ? random.divisors(type, dims) : random.values(type, dims);
        new NodeCase(VERSION)
            .input(fmod == 1 ? random.small(type, dims) : random.values(type, dims))
            .input(divisors)
            .node("Mod", Map.of("fmod", fmod), type)
            .check(1e-6);
      }
    }
  }

  @Test
  void powersMixTypes() throws Exception {
    RandomTensors random = new RandomTensors(4);
    for (ElementType base : List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.INT64)) {
      for (ElementType exponent :
          List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.INT32)) {
        long[] dims = {2, 30};
        new NodeCase(VERSION)
            .input(base.isReal() ? random.values(base, dims) : random.small(base, dims))
            .input(random.divisors(exponent, dims))
            .node("Pow", Map.of(), base)
            .check(1e-5);
      }
    }
  }

  @Test
  void aSquareIsAProduct() throws Exception {
    NdArray x = new RandomTensors(8).values(ElementType.FLOAT, 4, 50);
    NodeCase node = new NodeCase(VERSION).input(x).constant(NdArray.of(new float[] {2}));
    assertTrue(node.node("Pow", Map.of(), ElementType.FLOAT).check(0));
  }

  /// As the sign of the infinity that is their reciprocal shows.
  @ParameterizedTest
  @CsvSource({"Neg", "Abs", "Floor", "Sqrt"})
  void zerosHaveSigns(String operator) {
    TinyModel model = new TinyModel(VERSION).input("x", ElementType.FLOAT, 2).output("y");
    model.node(operator, "x", "z").node("Reciprocal", "z", "y");
    NdArray x = NdArray.of(new float[] {0f, -0f}, 2);
    float sign = operator.equals("Neg") ? -1 : 1;
    float other = operator.equals("Abs") ? 1 : -sign;
    float[] y = Oracle.actual(model, Map.of("x", x)).get("y").toFloats();
    assertArrayEquals(new float[] {sign / 0f, other / 0f}, y);
  }

  /// Where Java's own powers are not those of IEEE 754.
  @Test
  void powersOfOneAreOne() throws Exception {
    float[] bases = {1, 1, 1, -1, -1, -1, 0, -0f, Float.NaN};
    float inf = Float.POSITIVE_INFINITY;
    float[] exponents = {Float.NaN, inf, -inf, inf, -inf, Float.NaN, 0, -1, 0};
    NodeCase node = new NodeCase(VERSION).input(NdArray.of(bases, 9));
    node.input(NdArray.of(exponents, 9)).node("Pow", Map.of(), ElementType.FLOAT);
    assertTrue(node.check(0));
  }

  @Test
  void boundsAreInputsOrAttributes() throws Exception {
    RandomTensors random = new RandomTensors(5);
    for (ElementType type : TYPES) {
      NdArray low = random.divisors(type);
      NdArray high = random.divisors(type);
      NdArray x = random.values(type, random.shape());
      new NodeCase(13).input(x).input(low).input(high).node("Clip", Map.of(), type).check(0);
      new NodeCase(13).input(x).input(null).input(high).node("Clip", Map.of(), type).check(0);
      new NodeCase(13).input(x).constant(low).node("Clip", Map.of(), type).check(0);
      new NodeCase(13).input(x).node("Clip", Map.of(), type).check(0);
      new NodeCase(10).input(x).node("Clip", Map.of("min", -1.5f, "max", 2f), type).check(0);
      new NodeCase(10).input(x).node("Clip", Map.of("max", 2f), type).check(0);
    }
  }

  @Test
  void attributesCount() throws Exception {
    NdArray x = new RandomTensors(6).values(ElementType.FLOAT, 2, 100);
    Map<String, Map<String, Object>> cases =
        Map.of(
            "LeakyRelu", Map.of("alpha", 1.5f),
            "Elu", Map.of("alpha", 0.3f),
            "Selu", Map.of("alpha", 2f, "gamma", 3f),
            "Celu", Map.of("alpha", 2f),
            "ThresholdedRelu", Map.of("alpha", 2f),
            "HardSigmoid", Map.of("alpha", 0.3f, "beta", 0.4f),
            "Gelu", Map.of("approximate", "tanh"),
            "IsInf", Map.of("detect_negative", 0));
    for (var entry : cases.entrySet()) {
      ElementType result = entry.getKey().equals("IsInf") ? ElementType.BOOL : ElementType.FLOAT;
      NodeCase node = new NodeCase(VERSION).input(x);
      assertTrue(node.node(entry.getKey(), entry.getValue(), result).check(1e-6), entry.getKey());
    }
  }

  @ParameterizedTest
  @CsvSource({"LEFT", "RIGHT"})
  void bitsAreShifted(String direction) throws Exception {
    RandomTensors random = new RandomTensors(7);
    NodeCase node =
        new NodeCase(VERSION)
            .input(random.values(ElementType.UINT64, 40))
            .input(random.divisors(ElementType.UINT64, 40));
    assertTrue(node.node("BitShift", Map.of("direction", direction), ElementType.UINT64).check(0));
  }
}
