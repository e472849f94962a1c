package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What tests take from the system. A machine may lack it, and then skips them; with
/// `KIOKU_TESTS=complete`, as in CI, that is a failure.
public final class Needs {
  /// The folders of ONNX's backend tests as Debian's libonnx-testdata has them.
  private static final Path BACKEND_TESTS = Path.of("/usr/share/libonnx-testdata/data");

  private static final List<String> SILERO_MODELS =
      List.of(
          "silero_vad.onnx",
          "silero_vad_16k_op15.onnx",
          "silero_vad_half.onnx",
          "silero_vad_legacy.onnx",
          "silero_vad_op18_ifless.onnx",
          "silero_vad_v5.onnx",
          "silero_vad_v6.onnx");

  private Needs() {}

  /// All files of Silero VAD; the build fetches them with npm.
  public static List<Path> sileroModels() {
    return SILERO_MODELS.stream().map(Needs::silero).toList();
  }

  /// One file of Silero VAD.
  public static Path silero(String name) {
    return existing(Path.of(System.getProperty("kioku.silero"), name), "npm");
  }

  /// A kind of ONNX's backend tests, such as `node`.
  public static Path backendTests(String kind) {
    return existing(BACKEND_TESTS.resolve(kind), "libonnx-testdata");
  }

  /// A program of the system.
  public static Path program(String name) {
    return existing(Path.of("/usr/bin", name), name);
  }

  private static Path existing(Path path, String debianPackage) {
    String message = "%s is missing: install %s".formatted(path, debianPackage);
    if ("complete".equals(System.getenv("KIOKU_TESTS"))) {
      assertTrue(Files.exists(path), message);
    }
    assumeTrue(Files.exists(path), message);
    return path;
  }
}
