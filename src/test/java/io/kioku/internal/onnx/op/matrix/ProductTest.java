package io.kioku.internal.onnx.op.matrix;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.UniformTensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Random matrix products: the numbers of ONNX Runtime.
@Tag("tiers")
class ProductTest {
  private static final int VERSION = 13;
  private static final double TOLERANCE = 1e-5;
  private static final int MODELS = 150;

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "FLOAT16"})
  void matMulAgreesWithOnnxRuntime(ElementType type) throws Exception {
    UniformTensors tensors = new UniformTensors(1);
    int compared = 0;
    for (int i = 0; i < MODELS; i++) {
      NodeCase node = new NodeCase(VERSION);
      long[][] dims = dims(tensors);
      tensors.either(node, tensors.values(type, dims[0]));
      tensors.either(node, tensors.values(type, dims[1]));
      if (node.node("MatMul", Map.of(), type).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > MODELS * 3 / 4, compared + " compared");
  }

  @ParameterizedTest
  @EnumSource(names = {"INT32", "INT64", "UINT32", "UINT64"})
  void integersAgreeWithOnnxRuntime(ElementType type) throws Exception {
    UniformTensors tensors = new UniformTensors(2);
    RandomTensors values = new RandomTensors(2);
    int compared = 0;
    for (int i = 0; i < 20; i++) {
      long[][] dims = dims(tensors);
      NodeCase node =
          new NodeCase(VERSION)
              .input(values.values(type, dims[0]))
              .input(values.values(type, dims[1]));
      if (node.node("MatMul", Map.of(), type).check(0)) {
        compared++;
      }
    }
    assertTrue(compared > 10, compared + " compared");
  }

  /// Two shapes that can be multiplied: vectors, matrices, batches that are broadcast; now and then
  /// with a size of 0.
  private static long[][] dims(UniformTensors tensors) {
    long m = tensors.oneIn(12) ? 0 : tensors.from(1, 70);
    long n = tensors.oneIn(12) ? 0 : tensors.from(1, 70);
    long k = tensors.from(1, 70);
    long[] batch = tensors.list(tensors.from(0, 3), 1, 3);
    long[] a = tensors.oneIn(5) ? new long[] {k} : matrices(part(batch, tensors), m, k);
    long[] b = tensors.oneIn(5) ? new long[] {k} : matrices(part(batch, tensors), k, n);
    return new long[][] {a, b};
  }

  private static long[] part(long[] batch, UniformTensors tensors) {
    long[] part = Arrays.copyOfRange(batch, tensors.from(0, batch.length), batch.length);
    for (int i = 0; i < part.length; i++) {
      part[i] = tensors.oneIn(3) ? 1 : part[i];
    }
    return part;
  }

  private static long[] matrices(long[] batch, long rows, long columns) {
    long[] dims = Arrays.copyOf(batch, batch.length + 2);
    dims[batch.length] = rows;
    dims[batch.length + 1] = columns;
    return dims;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void gemmAgreesWithOnnxRuntime(ElementType type) throws Exception {
    UniformTensors tensors = new UniformTensors(3);
    int compared = 0;
    for (int i = 0; i < MODELS; i++) {
      if (gemm(type, tensors).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > MODELS * 3 / 4, compared + " compared");
  }

  private static NodeCase gemm(ElementType type, UniformTensors tensors) {
    long m = tensors.oneIn(12) ? 0 : tensors.from(1, 70);
    long n = tensors.from(1, 70);
    long k = tensors.from(1, 70);
    Map<String, Object> attributes = new HashMap<>();
    boolean transA = tensors.oneIn(3);
    boolean transB = tensors.oneIn(2);
    attributes.put("transA", transA ? 1 : 0);
    attributes.put("transB", transB ? 1 : 0);
    if (tensors.oneIn(3)) {
      attributes.put("alpha", tensors.oneIn(3) ? 0f : 0.7f);
    }
    if (tensors.oneIn(3)) {
      attributes.put("beta", tensors.oneIn(3) ? 0f : -1.5f);
    }
    NodeCase node = new NodeCase(VERSION);
    tensors.either(node, transA ? tensors.values(type, k, m) : tensors.values(type, m, k));
    tensors.either(node, transB ? tensors.values(type, n, k) : tensors.values(type, k, n));
    long[][] shapes = {{}, {1}, {n}, {1, n}, {m, 1}, {m, n}};
    if (tensors.oneIn(2)) {
      tensors.either(node, tensors.values(type, shapes[tensors.from(0, shapes.length - 1)]));
    }
    return node.node("Gemm", attributes, type);
  }

  /// Sums of many terms.
  @Test
  void longSumsAgreeWithOnnxRuntime() throws Exception {
    UniformTensors tensors = new UniformTensors(4);
    NodeCase node =
        new NodeCase(VERSION)
            .input(tensors.values(ElementType.FLOAT, 3, 2_000))
            .constant(tensors.values(ElementType.FLOAT, 2_000, 300));
    // each sum's terms are 700 together
    assertTrue(node.node("MatMul", Map.of(), ElementType.FLOAT).check(700 * TOLERANCE));
  }
}
