package io.kioku.internal.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.LstmCells;
import io.kioku.cell.Parameter;
import io.kioku.cell.Size;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.backend.onednn.OnednnBackend;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Weights are kept once: where what was packed gives them back, nobody keeps them beside it.
class PackedNetworkTest {
  private static final LayerBackend BACKEND = new OnednnBackend();

  @Test
  void whatIsPackedIsGivenBack() {
    for (Cell cell :
        List.of(
            Cells.LSTM,
            LstmCells.LSTMP_PEEPHOLE,
            Cells.GRU,
            Cells.GRU_RESET_BEFORE,
            Cells.RNN_TANH)) {
      LayerSpec spec = new LayerSpec(cell, 3, 5, cell.equals(LstmCells.LSTMP_PEEPHOLE) ? 4 : 5);
      Parameters parameters = parameters(spec);
      try (Arena arena = Arena.ofShared();
          PackedLayer packed = BACKEND.pack(spec, parameters, 1, arena)) {
        assertTrue(packed.canUnpack(), cell.name());
        Parameters unpacked = packed.unpack();
        assertEquals(parameters.values().keySet(), unpacked.values().keySet(), cell.name());
        parameters
            .values()
            .forEach((name, values) ->
                assertArrayEquals(values, unpacked.get(name), cell + ": " + name));
      }
    }
  }

  /// Packed again, what is given back is the same; in float32 it is what was packed, but for biases
  /// that were added up, and what a clock never lets a matrix multiply.
  @Test
  void libkiokuGivesBackWhatItPacked() {
    LayerBackend backend = new LibkiokuBackend();
    for (Cell cell : Cells.all()) {
      LayerSpec plain = new LayerSpec(cell, 8, 8, cell.size("h") == Size.PROJECTED ? 4 : 8);
      for (WeightFormat format : WeightFormat.values()) {
        LayerSpec spec = plain.in(Quantization.of(format));
        Parameters parameters = parameters(spec);
        Parameters first = repacked(backend, spec, parameters);
        Parameters second = repacked(backend, spec, first);
        for (Parameter parameter : cell.parameters()) {
          String name = parameter.name();
          String what = cell + " in " + format + ": " + name;
          assertArrayEquals(first.get(name), second.get(name), what);
          if (format == WeightFormat.F32 && parameter.isMatrix() && cell.periods().isEmpty()) {
            assertArrayEquals(parameters.get(name), first.get(name), what);
          }
        }
      }
    }
  }

  private static Parameters repacked(LayerBackend backend, LayerSpec spec, Parameters parameters) {
    try (Arena arena = Arena.ofShared();
        PackedLayer packed = backend.pack(spec, parameters, 1, arena)) {
      assertTrue(packed.canUnpack(), spec.cell().name());
      return packed.unpack();
    }
  }

  @Test
  void arraysAreLetGoAndTracesPackFromWhatIsLeft() throws InterruptedException {
    LayerSpec spec = new LayerSpec(Cells.LSTM, 3, 5, 5);
    List<WeakReference<float[]>> matrix = new ArrayList<>();
    try (PackedNetwork network = packed(spec, matrix)) {
      for (int i = 0; i < 100 && matrix.getFirst().get() != null; i++) {
        System.gc();
        Thread.sleep(20);
      }
      assertNull(matrix.getFirst().get(), "the array is held");
      long before = network.bytes();
      network.traced(0, BACKEND);
      assertTrue(network.bytes() > before, "a trace packs");
    }
  }

  /// In a method of its own, whose locals are gone when it returns.
  private static PackedNetwork packed(LayerSpec spec, List<WeakReference<float[]>> matrix) {
    Parameters parameters = parameters(spec);
    matrix.add(new WeakReference<>(parameters.get("W_i")));
    return new PackedNetwork(
        List.of(new DirectedLayer(spec, 0, false)), List.of(parameters), List.of(BACKEND), 1);
  }

  private static Parameters parameters(LayerSpec spec) {
    SplittableRandom random = new SplittableRandom(1);
    Map<String, float[]> values = new HashMap<>();
    for (Parameter parameter : spec.cell().parameters()) {
      int columns = parameter.isMatrix() ? spec.of(parameter.columns()) : 1;
      float[] value = new float[spec.of(parameter.rows()) * columns];
      for (int i = 0; i < value.length; i++) {
        value[i] = random.nextFloat();
      }
      values.put(parameter.name(), value);
    }
    return new Parameters(values);
  }
}
