package io.kioku.internal.onnx.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.ChildJvm;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the kernels of nodes promise beyond their numbers.
class NodeKernelsTest {
  /// With the first compiler only, which removes no allocation.
  @Test
  void runsAllocateNothing() throws Exception {
    List<String> lines = ChildJvm.run(List.of("-XX:TieredStopAtLevel=1"), NodeRuns.class);
    assertEquals(List.of(), lines.stream().filter(line -> !line.endsWith(" 0")).toList());
    assertEquals(64, lines.size());
  }

  /// One of them is empty, and the shapes of two sessions are mixed.
  @Test
  void shapesMayChangeFromRunToRun() {
    try (OnnxModel model = convolution(true).load();
        OnnxSession one = model.newSession();
        OnnxSession other = model.newSession()) {
      for (int i = 0; i < 140; i++) {
        int length = 1 + 7 * i % 23;
        check(one, i % 11 == 0 ? 0 : 1 + i % 3, length);
        check(other, 2, 24 - length);
      }
    }
  }

  private static TinyModel convolution(boolean isFloat) {
    ElementType type = isFloat ? ElementType.FLOAT : ElementType.DOUBLE;
    UniformTensors tensors = new UniformTensors(4);
    NdArray weights = tensors.values(type, 17, 40, 3);
    return new TinyModel(13)
        .input("x", type, -1, 17, -2)
        .constant("w", weights)
        .node("ConvTranspose", List.of("x", "w"), List.of("y"), Map.of("pads", new long[] {1, 1}))
        .output("y");
  }

  /// Against the same in double, which is computed in loops.
  private static void check(OnnxSession session, int batch, int length) {
    NdArray x = new UniformTensors(batch + length).values(ElementType.FLOAT, batch, 17, length);
    session.set("x", x);
    session.run();
    try (OnnxModel model = convolution(false).load();
        OnnxSession doubles = model.newSession()) {
      double[] wide = new double[Math.toIntExact(x.size())];
      Arrays.setAll(wide, i -> x.real(i));
      doubles.set("x", NdArray.of(wide, x.shape()));
      doubles.run();
      assertArrayEquals(new long[] {batch, 40, length}, session.shape("y"));
      assertArrayEquals(doubles.floats("y"), session.floats("y"), 1e-5f);
    }
  }

  /// What is not a number stays so, wherever it stands.
  @Test
  void nansAreNotLost() {
    for (int i = 0; i < 40; i++) {
      float[] x = new float[40];
      x[i] = Float.NaN;
      float[] soft = run("Softmax", Map.of(), x);
      float[] max = run("MaxPool", Map.of("kernel_shape", new long[] {4}), x);
      for (int at = 0; at < 40; at++) {
        assertEquals(at / 20 == i / 20, Float.isNaN(soft[at]), "soft-max, " + i + ", " + at);
      }
      for (int at = 0; at < max.length; at++) {
        int place = i % 20;
        boolean holds = at / 17 == i / 20 && at % 17 <= place && place < at % 17 + 4;
        assertEquals(holds, Float.isNaN(max[at]), "maximum, " + i + ", " + at);
      }
    }
  }

  private static float[] run(String operator, Map<String, Object> attributes, float[] x) {
    TinyModel tiny = new TinyModel(13).input("x", ElementType.FLOAT, 1, 2, 20).output("y");
    try (OnnxModel model = tiny.node(operator, List.of("x"), List.of("y"), attributes).load();
        OnnxSession session = model.newSession()) {
      session.set("x", x, 1, 2, 20);
      session.run();
      return session.floats("y");
    }
  }

  /// A sum of no terms is 0, whatever lay in the memory.
  @Test
  void productsOfNothingAreZero() {
    TinyModel tiny =
        new TinyModel(13)
            .input("a", ElementType.FLOAT, -1, -2)
            .input("b", ElementType.FLOAT, -2, -3)
            .constant("c", new float[] {3}, 1)
            .node("MatMul", "a b", "y")
            .node("Gemm", List.of("a", "b", "c"), List.of("z"), Map.of("beta", 2f))
            .output("y")
            .output("z");
    try (OnnxModel model = tiny.load();
        OnnxSession session = model.newSession()) {
      for (int k : new int[] {5, 0}) {
        session.set("a", new UniformTensors(1).values(ElementType.FLOAT, 4, k));
        session.set("b", new UniformTensors(2).values(ElementType.FLOAT, k, 3));
        session.run();
      }
      assertArrayEquals(new float[12], session.floats("y"));
      for (float value : session.floats("z")) {
        assertTrue(value == 6);
      }
    }
  }
}
