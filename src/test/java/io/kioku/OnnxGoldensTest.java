package io.kioku;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// ONNX's operators LSTM, GRU and RNN with all of their attributes: the ONNX project's own node
/// tests, and options evaluated by NumPy; src/test/goldens has the scripts.
@Tag("tiers")
class OnnxGoldensTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/kioku/goldens/onnx");

  static List<Path> nodeTests() throws IOException {
    return files(FOLDER, 12);
  }

  static List<Path> options() throws IOException {
    return files(FOLDER.resolve("options"), 45);
  }

  private static List<Path> files(Path folder, int least) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
      assertTrue(found.size() >= least, "only " + found.size() + " goldens in " + folder);
      return found;
    }
  }

  @ParameterizedTest
  @MethodSource({"nodeTests", "options"})
  void everyBackendGivesTheOperatorsOutputs(Path file) throws IOException {
    OnnxCase golden = new OnnxCase(Safetensors.read(file));
    RecurrentCase c = golden.recurrentCase();
    for (Backend backend : Backend.values()) {
      if (CaseResult.runsOn(backend, c.network())) {
        // As in GoldensTest: the reference computes in double, the others in float32.
        double tolerance = backend == Backend.REFERENCE ? 3e-7 : 2e-5;
        check(golden, c, backend, tolerance, file.getFileName().toString());
      }
    }
  }

  private static void check(
      OnnxCase golden, RecurrentCase c, Backend backend, double tolerance, String file) {
    try (Engine engine = Engine.open(backend)) {
      var actual = golden.named(CaseResult.of(engine, c));
      golden
          .expected()
          .forEach((name, values) ->
              CaseResult.assertNear(
                  values, actual.get(name), tolerance, backend + " " + file + ": " + name));
    }
  }
}
