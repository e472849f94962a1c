package io.kioku;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.LstmCells;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Numbers that are not ours: PyTorch's, and NumPy's from the papers' equations; src/test/goldens
/// has the scripts that made them.
@Tag("tiers")
class GoldensTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/kioku/goldens");

  static List<Path> pyTorch() throws IOException {
    return files(FOLDER, 76);
  }

  static List<Path> cells() throws IOException {
    return files(FOLDER.resolve("cells"), 103);
  }

  private static List<Path> files(Path folder, int least) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
      assertTrue(found.size() >= least, "only " + found.size() + " goldens in " + folder);
      return found;
    }
  }

  @ParameterizedTest
  @MethodSource({"pyTorch", "cells"})
  void everyBackendGivesTheirNumbers(Path file) throws IOException {
    Safetensors golden = Safetensors.read(file);
    RecurrentCase c = read(golden);
    Map<String, float[]> states = new LinkedHashMap<>();
    c.network().cell().states().forEach(s -> states.put(s, values(golden, s + "_n")));
    CaseResult expected = new CaseResult(values(golden, "y"), states);
    for (Backend backend : Backend.values()) {
      if (!CaseResult.runsOn(backend, c.network())) {
        continue;
      }
      // The reference computes in double and rounds its results once; float32 has 2^-24 of relative
      // error an operation.
      double tolerance = backend == Backend.REFERENCE ? 3e-7 : 2e-5;
      try (Engine engine = Engine.open(backend)) {
        CaseResult.of(engine, c)
            .assertNear(expected, tolerance, backend + " " + file.getFileName());
      }
    }
  }

  @Test
  void everyCellHasNumbers() throws IOException {
    Set<String> with = new HashSet<>();
    for (Path file : Stream.concat(pyTorch().stream(), cells().stream()).toList()) {
      with.add(Safetensors.read(file).metadata().get("cell"));
    }
    for (Cell cell : Cells.all()) {
      assertTrue(
          with.contains(cell.name()) || cell.equals(Cells.LINEAR),
          cell + " has no golden numbers: add some to src/test/goldens");
    }
  }

  private static RecurrentCase read(Safetensors golden) {
    Map<String, String> meta = golden.metadata();
    int projection = Integer.parseInt(meta.getOrDefault("projection", "0"));
    boolean isProjectedLstm =
        meta.get("cell").equals("LSTM") && projection > 0; // as PyTorch has it
    Cell cell = isProjectedLstm ? LstmCells.LSTMP : Cells.find(meta.get("cell")).orElseThrow();
    Network network =
        Network.of(
                Integer.parseInt(meta.get("input")),
                new Layer(
                    cell,
                    Boolean.parseBoolean(meta.get("bidirectional")) ? cell : null,
                    Integer.parseInt(meta.get("hidden")),
                    projection,
                    Boolean.parseBoolean(meta.get("bias"))))
            .layers(Integer.parseInt(meta.get("layers")));
    if (Boolean.parseBoolean(meta.get("batch_first"))) {
      network = network.batchFirst();
    }
    Map<String, Tensor> weights = new LinkedHashMap<>(golden.tensors());
    weights.keySet().removeIf(name -> !name.matches(".*_l\\d+(_reverse)?"));
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
