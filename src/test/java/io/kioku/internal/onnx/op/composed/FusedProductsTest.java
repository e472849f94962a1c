package io.kioku.internal.onnx.op.composed;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random products with what ONNX Runtime's optimiser puts around them: its numbers.
class FusedProductsTest {
  private static final int VERSION = 17;
  private static final double TOLERANCE = 1e-5;
  private static final ElementType FLOAT = ElementType.FLOAT;

  private final UniformTensors tensors = new UniformTensors(1);

  @Test
  void matricesAgreeWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 150; i++) {
      long m = tensors.from(1, 20);
      long k = tensors.from(1, 20);
      long n = tensors.from(1, 20);
      long[] batch = tensors.list(tensors.from(0, 2), 1, 3);
      Map<String, Object> attributes = new HashMap<>();
      NodeCase node = new NodeCase(VERSION);
      if (tensors.oneIn(2)) {
        node.open();
      }
      boolean isBatch = tensors.oneIn(3); // ONNX Runtime has both only together with equal batches
      tensors.either(node, tensors.values(FLOAT, factor("A", isBatch, batch, m, k, attributes)));
      tensors.either(node, tensors.values(FLOAT, factor("B", isBatch, batch, k, n, attributes)));
      if (tensors.oneIn(2)) {
        attributes.put("alpha", 0.3f);
      }
      if (node.node("com.microsoft.FusedMatMul", attributes, FLOAT).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 100, compared + " compared");
  }

  private long[] factor(
      String name,
      boolean mayBeBatch,
      long[] batch,
      long rows,
      long columns,
      Map<String, Object> attributes) {
    boolean isBatch = mayBeBatch && batch.length > 0 && tensors.oneIn(2);
    boolean isLast = tensors.oneIn(2);
    long first = isLast ? columns : rows;
    long[] dims = new long[batch.length + 2];
    System.arraycopy(batch, 0, dims, isBatch ? 1 : 0, batch.length);
    dims[isBatch ? 0 : batch.length] = first;
    dims[batch.length + 1] = isLast ? rows : columns;
    attributes.put("trans" + name, isLast ? 1 : 0);
    attributes.put("transBatch" + name, isBatch ? 1 : 0);
    return dims;
  }

  @ParameterizedTest
  @CsvSource({"Relu", "Tanh", "Sigmoid", "LeakyRelu", "HardSigmoid", "Softplus", "Elu"})
  void linearLayersAgreeWithOnnxRuntime(String activation) throws Exception {
    int compared = 0;
    for (int i = 0; i < 10; i++) {
      boolean transB = tensors.oneIn(2);
      NodeCase node = new NodeCase(VERSION).input(tensors.values(FLOAT, 5, 17));
      tensors.either(node, transB ? tensors.values(FLOAT, 9, 17) : tensors.values(FLOAT, 17, 9));
      if (tensors.oneIn(2)) {
        tensors.either(node, tensors.values(FLOAT, 9));
      }
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("transB", transB ? 1 : 0);
      attributes.put("activation", activation);
      if (List.of("LeakyRelu", "HardSigmoid", "Elu").contains(activation)) {
        attributes.put("activation_alpha", 0.3f);
      }
      if (activation.equals("HardSigmoid")) {
        attributes.put("activation_beta", 0.4f);
      }
      if (node.node("com.microsoft.FusedGemm", attributes, FLOAT).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 5, compared + " compared");
  }

  @ParameterizedTest
  @CsvSource({"Relu, 0", "Tanh, 0", "Sigmoid, 0", "LeakyRelu, 1", "Clip, 2", "HardSigmoid, 2"})
  void convolutionsAgreeWithOnnxRuntime(String activation, int parameters) throws Exception {
    int compared = 0;
    for (int i = 0; i < 20; i++) {
      int group = tensors.from(1, 2);
      NodeCase node = new NodeCase(VERSION).input(tensors.values(FLOAT, 2, 4, 9, 8));
      node.constant(tensors.values(FLOAT, 6, 4 / group, 3, 3));
      boolean hasBias = tensors.oneIn(2);
      boolean hasSummand = tensors.oneIn(2);
      node.input(hasBias ? tensors.values(FLOAT, 6) : null);
      if (hasSummand) {
        node.input(tensors.values(FLOAT, 2, 6, 9, 8));
      }
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("group", group);
      attributes.put("pads", new long[] {1, 1, 1, 1});
      attributes.put("activation", activation);
      if (parameters > 0) {
        attributes.put(
            "activation_params", parameters == 1 ? new float[] {0.2f} : new float[] {0.1f, 0.7f});
      }
      if (node.node("com.microsoft.FusedConv", attributes, FLOAT).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 10, compared + " compared");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    TinyModel unknown = new TinyModel(VERSION).input("x", FLOAT, 2, 3).input("w", FLOAT, 3, 4);
    unknown
        .node(
            "com.microsoft",
            "FusedGemm",
            List.of("x", "w"),
            List.of("y"),
            Map.of("activation", "Relu7"))
        .output("y");
    assertThrows(OnnxException.class, unknown::load);
    TinyModel shapes = new TinyModel(VERSION).input("x", FLOAT, 2, 3).input("w", FLOAT, 3, 4);
    shapes
        .node("com.microsoft", "FusedMatMul", List.of("x", "w"), List.of("y"), Map.of("transA", 1))
        .output("y");
    assertThrows(OnnxException.class, shapes::load);
  }
}
