package io.kioku.internal.onnx.op;

import com.sun.management.ThreadMXBean;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A program that prints, for each operator that is a product, a convolution, a pooling or a
/// normalisation, the bytes of the Java heap that a hundred runs allocate.
final class NodeRuns {
  private static final ElementType[] TYPES = {ElementType.FLOAT, ElementType.DOUBLE};

  private NodeRuns() {}

  public static void main(String[] args) {
    for (ElementType type : TYPES) {
      for (boolean isConstant : new boolean[] {false, true}) {
        Map<String, Object> pads = Map.of("pads", new long[] {1, 1});
        Map<String, Object> window = Map.of("kernel_shape", new long[] {2});
        print("Conv", type, isConstant, pads, 1, new long[][] {{2, 6, 9}, {4, 6, 3}, {4}});
        Map<String, Object> frames = Map.of("strides", new long[] {4});
        print("Conv", type, isConstant, frames, 1, new long[][] {{2, 1, 40}, {4, 1, 8}, {4}});
        print("ConvTranspose", type, isConstant, pads, 1, new long[][] {{2, 6, 9}, {6, 4, 3}});
        print("MatMul", type, isConstant, Map.of(), 1, new long[][] {{2, 6, 9}, {9, 4}});
        print("MatMul", type, isConstant, Map.of(), 1, new long[][] {{2, 6, 9}, {2, 9, 4}});
        print("Gemm", type, isConstant, Map.of(), 1, new long[][] {{6, 9}, {9, 4}, {4}});
        print("Gemm", type, isConstant, Map.of("beta", 2f), 1, new long[][] {{6, 9}, {9, 4}, {1}});
        print("MaxPool", type, isConstant, window, 1, new long[][] {{2, 6, 9}});
        print("MaxPool", type, isConstant, window, 2, new long[][] {{2, 6, 9}});
        print("AveragePool", type, isConstant, window, 1, new long[][] {{2, 6, 9}});
        print("GlobalMaxPool", type, isConstant, Map.of(), 1, new long[][] {{2, 6, 9}});
        print("GlobalAveragePool", type, isConstant, Map.of(), 1, new long[][] {{2, 6, 9}});
        print("Softmax", type, isConstant, Map.of(), 1, new long[][] {{2, 6, 9}});
        long[][] channels = {{2, 6, 9}, {6}, {6}, {6}, {6}};
        print("BatchNormalization", type, isConstant, Map.of(), 1, channels);
        print(
            "InstanceNormalization",
            type,
            isConstant,
            Map.of(),
            1,
            List.of(channels).subList(0, 3).toArray(long[][]::new));
        print("LayerNormalization", type, isConstant, Map.of(), 3, new long[][] {{6, 9}, {9}, {9}});
      }
    }
  }

  /// @param isConstant whether all inputs but the first are
  private static void print(
      String operator,
      ElementType type,
      boolean isConstant,
      Map<String, Object> attributes,
      int outputs,
      long[][] dims) {
    UniformTensors tensors = new UniformTensors(1);
    TinyModel model = new TinyModel(17);
    List<String> inputs = new ArrayList<>();
    List<String> results = new ArrayList<>();
    List<NdArray> values = new ArrayList<>();
    for (int i = 0; i < dims.length; i++) {
      values.add(tensors.values(type, dims[i]));
      inputs.add("x" + i);
      if (i > 0 && isConstant) {
        model.constant("x" + i, values.get(i));
      } else {
        model.input("x" + i, type, dims[i]);
      }
    }
    for (int i = 0; i < outputs; i++) {
      results.add("y" + i);
      model.output("y" + i);
    }
    model.node(operator, inputs, results, attributes);
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      for (var input : loaded.inputs()) {
        session.set(input.name(), values.get(inputs.indexOf(input.name())));
      }
      System.out.println(operator + " " + type + " " + isConstant + " " + allocated(session));
    }
  }

  private static long allocated(OnnxSession session) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 200; i++) { // loads classes, links calls, and links them anew after 127
      session.run();
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    long empty = threads.getCurrentThreadAllocatedBytes() - before;
    long start = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      session.run();
    }
    return threads.getCurrentThreadAllocatedBytes() - start - empty;
  }
}
