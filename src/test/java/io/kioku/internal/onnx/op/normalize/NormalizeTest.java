package io.kioku.internal.onnx.op.normalize;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.UniformTensors;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Random soft-maxima and normalisations: the numbers of ONNX Runtime.
@Tag("tiers")
class NormalizeTest {
  private static final double TOLERANCE = 1e-5;
  private static final int MODELS = 60;

  @ParameterizedTest
  @CsvSource({
    "Softmax, 11, FLOAT",
    "Softmax, 13, FLOAT",
    "Softmax, 13, DOUBLE",
    "LogSoftmax, 11, FLOAT",
    "LogSoftmax, 13, FLOAT",
    "LogSoftmax, 11, DOUBLE",
    "Softmax, 13, FLOAT16"
  })
  void softmaxAgreesWithOnnxRuntime(String operator, int version, ElementType type)
      throws Exception {
    UniformTensors tensors = new UniformTensors(version);
    int compared = 0;
    for (int i = 0; i < MODELS; i++) {
      int rank = tensors.from(1, 4);
      long[] dims = tensors.list(rank, tensors.oneIn(10) ? 0 : 1, 20);
      boolean hasAxis = rank == 1 || tensors.oneIn(2);
      Map<String, Object> attributes =
          hasAxis ? Map.of("axis", tensors.from(-rank, rank - 1)) : Map.of();
      NodeCase node = new NodeCase(version).input(tensors.values(type, dims));
      if (node.node(operator, attributes, type).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > MODELS / 2, compared + " compared");
  }

  /// What is not finite: an infinite number, none, or all of a row.
  @ParameterizedTest
  @CsvSource({"Softmax", "LogSoftmax"})
  void softmaxOfExtremesAgreesWithOnnxRuntime(String operator) throws Exception {
    float inf = Float.POSITIVE_INFINITY;
    float[] rows = {
      1, -inf, 3, -inf, // masked
      -inf, -inf, -inf, -inf, Float.NaN, 1, 2, 3, 3e38f, -3e38f, 3e38f, 0, -1e-40f, 1e-40f, 0, -0f
    };
    NodeCase node = new NodeCase(13).input(NdArray.of(rows, 5, 4));
    assertTrue(node.node(operator, Map.of(), ElementType.FLOAT).check(TOLERANCE));
  }

  @ParameterizedTest
  @CsvSource({"7, FLOAT", "9, FLOAT", "9, DOUBLE", "14, FLOAT", "15, FLOAT", "15, FLOAT16"})
  void batchNormalizationAgreesWithOnnxRuntime(int version, ElementType type) throws Exception {
    UniformTensors tensors = new UniformTensors(version);
    int compared = 0;
    for (int i = 0; i < MODELS; i++) {
      long[] x = tensors.list(tensors.from(2, 5), 1, 9);
      x[0] = tensors.oneIn(10) ? 0 : x[0];
      NodeCase node = new NodeCase(version).input(tensors.values(type, x));
      boolean isConstant = tensors.oneIn(2);
      for (int k = 0; k < 4; k++) {
        NdArray values = tensors.values(type, x[1]);
        NdArray given = k < 3 ? values : squares(values);
        node = isConstant ? node.constant(given) : node.input(given);
      }
      if (node.node("BatchNormalization", Map.of("epsilon", 1e-2f), type).check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > MODELS / 2, compared + " compared");
  }

  private static NdArray squares(NdArray values) {
    double[] squares = new double[Math.toIntExact(values.size())];
    Arrays.setAll(squares, i -> values.real(i) * values.real(i));
    return UniformTensors.of(values.type(), squares, values.shape());
  }

  @Test
  void instanceNormalizationAgreesWithOnnxRuntime() throws Exception {
    UniformTensors tensors = new UniformTensors(5);
    int compared = 0;
    for (int i = 0; i < MODELS; i++) {
      long[] x = tensors.list(tensors.from(3, 5), 2, 12);
      NodeCase node = new NodeCase(9).input(tensors.values(ElementType.FLOAT, x));
      tensors.either(node, tensors.values(ElementType.FLOAT, x[1]));
      tensors.either(node, tensors.values(ElementType.FLOAT, x[1]));
      node.node("InstanceNormalization", Map.of("epsilon", 1e-3f), ElementType.FLOAT);
      if (node.check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > MODELS / 2, compared + " compared");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void layerNormalizationAgreesWithOnnxRuntime(ElementType type) throws Exception {
    UniformTensors tensors = new UniformTensors(6);
    int compared = 0;
    for (int i = 0; i < MODELS; i++) {
      int rank = tensors.from(1, 4);
      long[] x = tensors.list(rank, 2, 12);
      int axis = tensors.from(-rank, rank - 1);
      long[] part = Arrays.copyOfRange(x, axis < 0 ? axis + rank : axis, rank);
      NodeCase node = new NodeCase(17).input(tensors.values(type, x));
      tensors.either(node, tensors.values(type, part));
      if (tensors.oneIn(2)) {
        tensors.either(node, tensors.values(type, part));
      }
      ElementType[] types = {type, ElementType.FLOAT, ElementType.FLOAT};
      // ONNX Runtime gives the mean of doubles as doubles, against the specification
      int outputs = type == ElementType.DOUBLE ? 1 : tensors.from(1, 3);
      node.node(
          "LayerNormalization",
          Map.of("axis", axis, "epsilon", 1e-3f),
          Arrays.copyOf(types, outputs));
      if (node.check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > MODELS / 2, compared + " compared");
  }
}
