package io.kioku.internal.onnx.op.composed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.UniformTensors;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Normalisations of sums, and by the root of the mean square: the numbers of ONNX Runtime.
class SkipNormalizationsTest {
  private static final int VERSION = 17;
  private static final ElementType FLOAT = ElementType.FLOAT;

  private final UniformTensors tensors = new UniformTensors(3);

  @Test
  void skippedLayersAgreeWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 40; i++) {
      NodeCase node = new NodeCase(VERSION).input(tensors.values(FLOAT, 2, 5, 12));
      boolean isShared = tensors.oneIn(3);
      node.input(isShared ? tensors.values(FLOAT, 1, 5, 12) : tensors.values(FLOAT, 2, 5, 12));
      tensors.either(node, tensors.values(FLOAT, 12));
      boolean isSimplified = tensors.oneIn(2);
      if (!isSimplified) {
        node.input(tensors.oneIn(2) ? tensors.values(FLOAT, 12) : null);
      }
      if (tensors.oneIn(2)) {
        tensors.either(node, tensors.values(FLOAT, 12));
      }
      String name = isSimplified ? "SkipSimplifiedLayerNormalization" : "SkipLayerNormalization";
      node.node("com.microsoft." + name, Map.of("epsilon", 1e-3f), FLOAT);
      if (node.check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > 30, compared + " compared");
  }

  @Test
  void rootsOfMeanSquaresAgreeWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 40; i++) {
      ElementType type = tensors.oneIn(2) ? FLOAT : ElementType.DOUBLE;
      boolean isOld = tensors.oneIn(2);
      int rank = tensors.from(1, 4);
      long[] x = tensors.list(rank, 2, 12);
      int axis = tensors.from(-rank, rank - 1);
      long[] part = Arrays.copyOfRange(x, axis < 0 ? axis + rank : axis, rank);
      NodeCase node = new NodeCase(isOld ? VERSION : 23).input(tensors.values(type, x));
      tensors.either(node, tensors.values(type, part));
      String name = isOld ? "SimplifiedLayerNormalization" : "RMSNormalization";
      if (node.node(name, Map.of("axis", axis, "epsilon", 1e-3f), type).check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > 20, compared + " compared");
  }

  @Test
  void embeddingsAgreeWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 30; i++) {
      boolean hasSegments = tensors.oneIn(2);
      boolean hasPositions = tensors.oneIn(2);
      boolean hasMask = tensors.oneIn(2);
      NodeCase node = new NodeCase(VERSION).input(indices(9));
      node.input(hasSegments ? indices(1) : null);
      node.constant(tensors.values(FLOAT, 10, 6)).constant(tensors.values(FLOAT, 8, 6));
      node.input(hasSegments ? tensors.values(FLOAT, 2, 6) : null);
      node.constant(tensors.values(FLOAT, 6)).constant(tensors.values(FLOAT, 6));
      node.input(hasMask ? indices(1) : null);
      node.input(hasPositions ? indices(7) : null);
      ElementType[] types = {FLOAT, ElementType.INT32};
      Map<String, Object> attributes = Map.of("epsilon", 1e-3f);
      node.node("com.microsoft.EmbedLayerNormalization", attributes, types);
      if (node.check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > 20, compared + " compared");
  }

  private NdArray indices(int most) {
    int[] indices = Arrays.stream(tensors.list(2 * 5, 0, most)).mapToInt(i -> (int) i).toArray();
    return NdArray.copyOf(ElementType.INT32, MemorySegment.ofArray(indices), 2, 5);
  }
}
