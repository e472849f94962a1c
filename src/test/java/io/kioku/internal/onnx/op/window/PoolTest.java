package io.kioku.internal.onnx.op.window;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.UniformTensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random poolings: the numbers of ONNX Runtime.
@Tag("tiers")
class PoolTest {
  private static final int VERSION = 19;
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @CsvSource({
    "MaxPool, 1, FLOAT, 1, 80",
    "MaxPool, 2, FLOAT, 1, 80",
    "MaxPool, 3, FLOAT, 1, 40",
    "MaxPool, 2, FLOAT, 2, 60",
    "MaxPool, 3, DOUBLE, 2, 40",
    "AveragePool, 1, FLOAT, 1, 80",
    "AveragePool, 2, FLOAT, 1, 80",
    "AveragePool, 3, FLOAT, 1, 40",
    "GlobalMaxPool, 2, FLOAT, 1, 20",
    "GlobalAveragePool, 1, FLOAT, 1, 20",
    "GlobalAveragePool, 3, FLOAT, 1, 20"
  })
  void agreesWithOnnxRuntime(String operator, int rank, ElementType type, int outputs, int models)
      throws Exception {
    UniformTensors tensors = new UniformTensors(rank + outputs);
    int compared = 0;
    for (int i = 0; i < models; i++) {
      if (model(operator, rank, type, outputs, tensors).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > models / 2, compared + " of " + models + " compared");
  }

  private static NodeCase model(
      String operator, int rank, ElementType type, int outputs, UniformTensors tensors) {
    long[] x = tensors.list(rank + 2, 7, rank == 3 ? 9 : 20);
    x[0] = tensors.oneIn(10) ? 0 : tensors.from(1, 3);
    NodeCase node = new NodeCase(VERSION).input(tensors.values(type, x));
    ElementType[] types = {type, ElementType.INT64};
    return node.node(
        operator,
        operator.startsWith("Global") ? Map.of() : attributes(operator, rank, tensors),
        Arrays.copyOf(types, outputs));
  }

  private static Map<String, Object> attributes(String operator, int rank, UniformTensors tensors) {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("kernel_shape", tensors.list(rank, 2, 4));
    if (tensors.oneIn(2)) {
      attributes.put("strides", tensors.list(rank, 1, 3));
    }
    boolean isDilated = tensors.oneIn(3);
    if (isDilated) {
      attributes.put("dilations", tensors.list(rank, 1, 2));
    }
    String[] pads = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"};
    String pad = pads[isDilated || tensors.oneIn(2) ? 0 : tensors.from(0, 3)];
    attributes.put("auto_pad", pad);
    if (pad.equals("NOTSET") && tensors.oneIn(2)) {
      attributes.put("pads", tensors.list(2 * rank, 0, 1));
    }
    if (tensors.oneIn(3)) {
      attributes.put("ceil_mode", 1);
    }
    if (operator.equals("AveragePool") && tensors.oneIn(2)) {
      attributes.put("count_include_pad", 1);
    }
    if (operator.equals("MaxPool") && tensors.oneIn(3)) {
      attributes.put("storage_order", 1);
    }
    return attributes;
  }
}
