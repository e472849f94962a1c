package io.kioku.internal.onnx.op.composed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.UniformTensors;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Variants of Gelu: the numbers of ONNX Runtime.
class GelusTest {
  private static final int VERSION = 17;
  private static final double TOLERANCE = 1e-5;
  private static final ElementType FLOAT = ElementType.FLOAT;

  private final UniformTensors tensors = new UniformTensors(2);

  @ParameterizedTest
  @CsvSource({"Gelu, 0", "BiasGelu, 1", "FastGelu, 0", "FastGelu, 1", "QuickGelu, 0"})
  void gelusAgreeWithOnnxRuntime(String operator, int bias) throws Exception {
    for (int i = 0; i < 10; i++) {
      NodeCase node = new NodeCase(VERSION).open().input(tensors.values(FLOAT, 2, 5, 24));
      if (bias > 0) {
        tensors.either(node, tensors.values(FLOAT, 24));
      }
      assertTrue(node.node("com.microsoft." + operator, Map.of(), FLOAT).check(TOLERANCE));
    }
    Map<String, Object> alpha = Map.of("alpha", 0.5f);
    NodeCase quick = new NodeCase(VERSION).input(tensors.values(FLOAT, 7));
    assertTrue(quick.node("com.microsoft.QuickGelu", alpha, FLOAT).check(TOLERANCE));
  }
}
