package io.kioku;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The numbers of PyTorch itself; src/test/goldens has the script that made them.
@Tag("tiers")
class PyTorchGoldensTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/kioku/goldens");
  private static final Map<String, Cell> CELLS =
      Map.of(
          "LSTM", Cells.LSTM,
          "GRU", Cells.GRU,
          "GRU_RESET_BEFORE", Cells.GRU_RESET_BEFORE,
          "RNN_TANH", Cells.RNN_TANH,
          "RNN_RELU", Cells.RNN_RELU);

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
      assertTrue(found.size() >= 60, "only " + found.size() + " goldens");
      return found;
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyBackendGivesPyTorchsNumbers(Path file) throws IOException {
    Safetensors golden = Safetensors.read(file);
    RecurrentCase c = read(golden);
    Map<String, float[]> states = new LinkedHashMap<>();
    c.network().cell().states().forEach(s -> states.put(s, values(golden, s + "_n")));
    CaseResult expected = new CaseResult(values(golden, "y"), states);
    for (Backend backend : Backend.values()) {
      // The reference computes in double and rounds its results once; float32 has 2^-24 of relative
      // error an operation.
      double tolerance = backend == Backend.REFERENCE ? 3e-7 : 2e-5;
      try (Engine engine = Engine.open(backend)) {
        CaseResult.of(engine, c)
            .assertNear(expected, tolerance, backend + " " + file.getFileName());
      }
    }
  }

  private static RecurrentCase read(Safetensors golden) {
    Map<String, String> meta = golden.metadata();
    Network network =
        new Network(
            CELLS.get(meta.get("cell")),
            Integer.parseInt(meta.get("input")),
            Integer.parseInt(meta.get("hidden")),
            Integer.parseInt(meta.get("layers")),
            Boolean.parseBoolean(meta.get("bidirectional")),
            Boolean.parseBoolean(meta.get("bias")),
            Boolean.parseBoolean(meta.get("batch_first")));
    Map<String, Tensor> weights = new LinkedHashMap<>(golden.tensors());
    weights.keySet().retainAll(network.parameters().keySet());
    Map<String, float[]> states = new LinkedHashMap<>();
    for (String state : network.cell().states()) {
      if (golden.tensors().containsKey(state + "_0")) {
        states.put(state, values(golden, state + "_0"));
      }
    }
    int[] lengths = null;
    if (golden.tensors().containsKey("lengths")) {
      float[] read = values(golden, "lengths");
      lengths = new int[read.length];
      for (int n = 0; n < read.length; n++) {
        lengths[n] = (int) read[n];
      }
    }
    return new RecurrentCase(
        network,
        Weights.of(weights),
        Integer.parseInt(meta.get("T")),
        Integer.parseInt(meta.get("N")),
        values(golden, "x"),
        states,
        lengths);
  }

  private static float[] values(Safetensors golden, String name) {
    return golden.tensors().get(name).toArray();
  }
}
