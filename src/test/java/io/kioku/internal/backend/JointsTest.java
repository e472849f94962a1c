package io.kioku.internal.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.cell.Cells;
import io.kioku.cell.Parameter;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which layers run at the same time, by sizes.
class JointsTest {
  /// Small steps that one layer cannot share are done by layers at once; a short or a small call, a
  /// single thread, and layers that share well are not.
  @ParameterizedTest
  @CsvSource({
    "2, 1, 64, 2, 200, 1, F32, true",
    "2, 1, 64, 1, 200, 1, F32, false",
    "2, 1, 64, 2, 1, 8, F32, false",
    "2, 1, 64, 2, 20, 1, F32, false",
    "3, 1, 128, 2, 50, 1, F32, true",
    "2, 1, 256, 2, 50, 1, F32, false",
    "1, 1, 64, 2, 400, 1, F32, false",
    "1, 2, 128, 2, 50, 1, F32, true",
    "1, 2, 256, 2, 50, 8, F32, true",
    "1, 2, 256, 4, 50, 8, F32, true",
    "1, 2, 512, 2, 50, 1, F32, false",
    "2, 1, 256, 2, 100, 1, BF16, true",
    "3, 1, 256, 2, 100, 1, BF16, false",
    "2, 1, 512, 2, 100, 1, BF16, false",
    "1, 2, 512, 2, 50, 1, INT8, true",
  })
  void sizesDecide(
      int layers,
      int directions,
      int hidden,
      int threads,
      int steps,
      int batch,
      WeightFormat format,
      boolean expected) {
    LayerBackend libkioku = new LibkiokuBackend();
    assertEquals(
        expected, isJoint(libkioku, layers, directions, hidden, threads, steps, batch, format));
  }

  private static boolean isJoint(
      LayerBackend backend,
      int layers,
      int directions,
      int hidden,
      int threads,
      int steps,
      int batch,
      WeightFormat format) {
    List<DirectedLayer> all = new ArrayList<>();
    List<Parameters> parameters = new ArrayList<>();
    for (int i = 0; i < layers * directions; i++) {
      int input = directions > 1 && i >= directions ? directions * hidden : hidden;
      LayerSpec spec = new LayerSpec(Cells.LSTM, input, hidden, 0).in(Quantization.of(format));
      all.add(new DirectedLayer(spec, i / directions, i % directions == 1));
      parameters.add(zeros(spec));
    }
    try (Arena arena = Arena.ofConfined();
        PackedNetwork network = new PackedNetwork(all, parameters, List.of(backend), threads)) {
      Joints joints = new Joints(network, new LayerRunners(network, arena), arena);
      return joints.find(0, steps, batch, true) != null;
    }
  }

  private static Parameters zeros(LayerSpec spec) {
    Map<String, float[]> values = new HashMap<>();
    for (Parameter parameter : spec.cell().parameters()) {
      int columns = parameter.isMatrix() ? spec.of(parameter.columns()) : 1;
      values.put(parameter.name(), new float[spec.of(parameter.rows()) * columns]);
    }
    return new Parameters(values);
  }
}
