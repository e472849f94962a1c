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
import org.junit.jupiter.params.provider.ValueSource;

/// Random convolutions: the numbers of ONNX Runtime.
@Tag("tiers")
class ConvolutionTest {
  private static final int VERSION = 13;
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @CsvSource({
    "Conv, 1, FLOAT, 150",
    "Conv, 2, FLOAT, 150",
    "Conv, 3, FLOAT, 60",
    "Conv, 1, FLOAT16, 20",
    "ConvTranspose, 1, FLOAT, 150",
    "ConvTranspose, 2, FLOAT, 100",
    "ConvTranspose, 3, FLOAT, 40"
  })
  void agreesWithOnnxRuntime(String operator, int rank, ElementType type, int models)
      throws Exception {
    UniformTensors tensors = new UniformTensors(rank + operator.length());
    int compared = 0;
    for (int i = 0; i < models; i++) {
      if (model(operator, rank, type, 20, tensors).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > models / 2, compared + " of " + models + " compared");
  }

  /// Windows that hold nothing but padding are among them.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void oneChannelAgreesWithOnnxRuntime(int rank) throws Exception {
    UniformTensors tensors = new UniformTensors(rank);
    int compared = 0;
    for (int i = 0; i < 200; i++) {
      if (model("Conv", rank, ElementType.FLOAT, 1, tensors).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 100, compared + " of 200 compared");
  }

  /// Windows of one position: over all of the input, over a part of it, with and without padding.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void onePositionAgreesWithOnnxRuntime(int rank) throws Exception {
    UniformTensors tensors = new UniformTensors(rank);
    int compared = 0;
    for (int i = 0; i < 100; i++) {
      long[] x = new long[rank + 2];
      long[] w = new long[rank + 2];
      long[] pads = new long[2 * rank];
      x[0] = tensors.from(1, 5);
      x[1] = tensors.from(1, 20);
      w[0] = tensors.from(1, 40);
      w[1] = x[1];
      for (int axis = 0; axis < rank; axis++) {
        w[axis + 2] = tensors.from(1, 4);
        pads[axis] = tensors.from(0, (int) w[axis + 2] - 1);
        int left = (int) (w[axis + 2] - pads[axis]);
        x[axis + 2] = tensors.from(1, tensors.oneIn(3) ? left + 3 : left);
        pads[axis + rank] = Math.max(0, left - x[axis + 2]);
      }
      long[] strides = new long[rank];
      Arrays.fill(strides, 20);
      NodeCase node = new NodeCase(VERSION).input(tensors.values(ElementType.FLOAT, x));
      tensors.either(node, tensors.values(ElementType.FLOAT, w));
      if (tensors.oneIn(2)) {
        tensors.either(node, tensors.values(ElementType.FLOAT, w[0]));
      }
      node.node("Conv", Map.of("pads", pads, "strides", strides), ElementType.FLOAT);
      compared += node.check(TOLERANCE) ? 1 : 0;
    }
    assertTrue(compared > 50, compared + " of 100 compared");
  }

  /// Planes that are computed in parts, and rows.
  @ParameterizedTest
  @CsvSource({"130, 140, 3", "9, 9000, 5", "1, 40000, 9", "300, 17, 7", "40, 41, 11"})
  void largePlanesAgreeWithOnnxRuntime(int height, int width, int size) throws Exception {
    UniformTensors tensors = new UniformTensors(width);
    for (int i = 0; i < 8; i++) {
      long step = i % 3 + 1L;
      long gap = i % 2 == 0 ? 1 : 2;
      long pad = i % 4;
      long[] kernel = {Math.min(size, height), size};
      Map<String, Object> attributes =
          Map.of(
              "group", 2,
              "strides", new long[] {step, step},
              "dilations", new long[] {height == 1 ? 1 : gap, gap},
              "pads", new long[] {2 * pad, pad, pad + kernel[0], pad});
      NodeCase node =
          new NodeCase(VERSION).input(tensors.values(ElementType.FLOAT, 1, 4, height, width));
      tensors.either(node, tensors.values(ElementType.FLOAT, 2 + i / 4 * 8, 2, kernel[0], size));
      node.node("Conv", attributes, ElementType.FLOAT);
      assertTrue(node.check(TOLERANCE), "ONNX Runtime refuses it");
    }
  }

  /// Strides beyond the window, which leave places that nothing meets, and few positions.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void wideStridesAgreeWithOnnxRuntime(int rank) throws Exception {
    UniformTensors tensors = new UniformTensors(rank);
    int compared = 0;
    for (int i = 0; i < 100; i++) {
      int group = tensors.oneIn(2) ? 1 : 3;
      long[] x = new long[rank + 2];
      long[] w = new long[rank + 2];
      System.arraycopy(tensors.list(rank, 1, 4), 0, x, 2, rank);
      System.arraycopy(tensors.list(rank, 1, 5), 0, w, 2, rank);
      x[0] = tensors.from(1, 3);
      x[1] = (long) group * tensors.from(1, 20);
      w[0] = x[1];
      w[1] = tensors.from(1, 20);
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("group", group);
      attributes.put("strides", tensors.list(rank, 1, 9));
      attributes.put("dilations", tensors.list(rank, 1, 6));
      if (tensors.oneIn(2)) {
        attributes.put("pads", tensors.list(2 * rank, 0, 3));
      }
      NodeCase node = new NodeCase(VERSION).input(tensors.values(ElementType.FLOAT, x));
      tensors.either(node, tensors.values(ElementType.FLOAT, w));
      if (tensors.oneIn(2)) {
        tensors.either(node, tensors.values(ElementType.FLOAT, w[1] * group));
      }
      node.node("ConvTranspose", attributes, ElementType.FLOAT);
      compared += node.check(TOLERANCE) ? 1 : 0;
    }
    assertTrue(compared > 40, compared + " of 100 compared");
  }

  private static NodeCase model(
      String operator, int rank, ElementType type, int channels, UniformTensors tensors) {
    boolean isTransposed = !operator.equals("Conv");
    int group = tensors.oneIn(3) ? tensors.from(2, 20) : 1;
    int in = group * (tensors.oneIn(3) && group > 1 ? 1 : tensors.from(1, channels));
    int out = group * (tensors.oneIn(3) && group > 1 ? 1 : tensors.from(1, 20));
    long[] kernel = tensors.list(rank, 1, 4);
    long[] x = new long[rank + 2];
    long[] w = new long[rank + 2];
    System.arraycopy(tensors.list(rank, 3, rank == 3 ? 7 : 20), 0, x, 2, rank);
    System.arraycopy(kernel, 0, w, 2, rank);
    x[0] = tensors.oneIn(10) ? 0 : tensors.from(1, 3);
    x[1] = in;
    w[0] = isTransposed ? in : out;
    w[1] = (isTransposed ? out : in) / group;
    NodeCase node = new NodeCase(VERSION).input(tensors.values(type, x));
    tensors.either(node, tensors.values(type, w));
    if (tensors.oneIn(2)) {
      tensors.either(node, tensors.values(type, out));
    }
    return node.node(operator, attributes(isTransposed, rank, group, kernel, tensors), type);
  }

  private static Map<String, Object> attributes(
      boolean isTransposed, int rank, int group, long[] kernel, UniformTensors tensors) {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("group", group);
    if (tensors.oneIn(2)) {
      attributes.put("kernel_shape", kernel);
    }
    long[] strides = tensors.list(rank, 1, 3);
    if (tensors.oneIn(2)) {
      attributes.put("strides", strides);
    }
    if (tensors.oneIn(3)) {
      attributes.put("dilations", tensors.list(rank, 1, 3));
    }
    String[] pads = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"};
    String pad = pads[tensors.oneIn(2) ? 0 : tensors.from(0, 3)];
    attributes.put("auto_pad", pad);
    if (pad.equals("NOTSET") && tensors.oneIn(2)) {
      attributes.put("pads", tensors.list(2 * rank, 0, isTransposed ? 1 : 4));
    }
    if (isTransposed && attributes.containsKey("strides") && tensors.oneIn(2)) {
      long[] extra = new long[rank];
      for (int i = 0; i < rank; i++) {
        extra[i] = tensors.from(0, (int) strides[i] - 1);
      }
      attributes.put("output_padding", extra);
    }
    if (isTransposed && tensors.oneIn(6)) {
      attributes.put("output_shape", tensors.list(rank, 5, 20));
    }
    return attributes;
  }
}
