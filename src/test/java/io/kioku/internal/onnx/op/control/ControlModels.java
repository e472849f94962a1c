package io.kioku.internal.onnx.op.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/// What tests of branches and loops are made of.
final class ControlModels {
  static final ElementType FLOAT = ElementType.FLOAT;
  private static final int VERSION = 13;

  private ControlModels() {}

  /// An empty graph: a model, a branch or a body.
  static TinyModel model() {
    return new TinyModel(VERSION);
  }

  /// A body whose condition is what it was.
  static TinyModel body() {
    return model()
        .input("i", ElementType.INT64)
        .input("on", ElementType.BOOL)
        .node("Identity", "on", "still")
        .output("still", ElementType.BOOL);
  }

  static NdArray bool(boolean value) {
    MemorySegment data = MemorySegment.ofArray(new byte[] {(byte) (value ? 1 : 0)});
    return NdArray.copyOf(ElementType.BOOL, data);
  }

  static NdArray number(long value) {
    return NdArray.of(new long[] {value});
  }

  static NdArray floats(float... values) {
    return NdArray.of(values, values.length);
  }

  /// Compares with ONNX Runtime, bit by bit.
  static void assertAgrees(TinyModel model, Map<String, NdArray> inputs) throws OrtException {
    Map<String, NdArray> expected = Oracle.expected(model, inputs).orElseThrow();
    Map<String, NdArray> actual = Oracle.actual(model, inputs);
    expected.forEach((name, value) -> {
      assertArrayEquals(value.shape(), actual.get(name).shape(), name);
      assertEquals(value, actual.get(name), name);
    });
  }

  /// Adds a Loop.
  static TinyModel loop(TinyModel model, String inputs, String outputs, TinyModel body) {
    return model.node(
        "Loop",
        List.of(inputs.split(" ", -1)),
        List.of(outputs.split(" ", -1)),
        Map.of("body", body.graph()));
  }
}
