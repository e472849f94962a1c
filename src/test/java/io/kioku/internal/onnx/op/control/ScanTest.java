package io.kioku.internal.onnx.op.control;

import static io.kioku.internal.onnx.op.control.ControlModels.FLOAT;
import static io.kioku.internal.onnx.op.control.ControlModels.assertAgrees;
import static io.kioku.internal.onnx.op.control.ControlModels.floats;
import static io.kioku.internal.onnx.op.control.ControlModels.model;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Scan: the results of ONNX Runtime, and what it leaves open.
class ScanTest {
  private static TinyModel scan(Map<String, Object> attributes) {
    TinyModel body =
        model()
            .input("s", FLOAT, 2)
            .input("a", FLOAT, 2)
            .input("b", FLOAT, 2)
            .node("Mul", "a w", "aw")
            .node("Add", "s aw", "s1")
            .node("Sub", "s1 b", "o")
            .output("s1", FLOAT, 2)
            .output("o", FLOAT, 2);
    Map<String, Object> all = new HashMap<>(attributes);
    all.put("body", body.graph());
    all.put("num_scan_inputs", 2);
    return model()
        .input("s0", FLOAT, 2)
        .input("as", FLOAT, -1, -2)
        .input("bs", FLOAT, -3, -4)
        .constant("w", floats(0.5f, 2))
        .node("Scan", List.of("s0", "as", "bs"), List.of("s9", "os"), all)
        .output("s9")
        .output("os");
  }

  private static NdArray ramp(long... dims) {
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.25f - 1;
    }
    return NdArray.of(values, dims);
  }

  @Test
  void scansGoForwardsAndBackwardsAlongAnyAxis() throws Exception {
    assertAgrees(scan(Map.of()), Map.of("s0", floats(1, 2), "as", ramp(5, 2), "bs", ramp(5, 2)));
    for (long first = 0; first < 2; first++) {
      for (long second = 0; second < 2; second++) {
        Map<String, Object> attributes =
            Map.of(
                "scan_input_axes", new long[] {first, -1},
                "scan_input_directions", new long[] {second, first},
                "scan_output_axes", new long[] {second},
                "scan_output_directions", new long[] {1 - first});
        NdArray as = first == 0 ? ramp(4, 2) : ramp(2, 4);
        assertAgrees(scan(attributes), Map.of("s0", floats(1, 2), "as", as, "bs", ramp(2, 4)));
      }
    }
  }

  @Test
  void scansOfDifferentLengthsFollowEachOther() {
    try (OnnxModel model = scan(Map.of()).load();
        OnnxSession session = model.newSession()) {
      for (int steps : new int[] {3, 0, 7, 1}) {
        session.set("s0", floats(0, 0));
        session.set("as", ramp(steps, 2));
        session.set("bs", ramp(steps, 2));
        session.run();
        assertArrayEquals(new long[] {steps, 2}, session.shape("os"));
        assertArrayEquals(new long[] {2}, session.shape("s9"));
      }
    }
  }

  @Test
  void scansOfUnequalLengthsFail() {
    Map<String, NdArray> inputs = Map.of("s0", floats(1, 2), "as", ramp(5, 2), "bs", ramp(4, 2));
    OnnxException e =
        assertThrows(OnnxException.class, () -> Oracle.actual(scan(Map.of()), inputs));
    assertTrue(e.getMessage().contains("5 and 4"), e::getMessage);
  }
}
