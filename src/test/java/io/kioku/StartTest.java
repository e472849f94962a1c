package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.TinyModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a program loads from its start to the first output of a small LSTM in an ONNX file: nothing
/// that this does not need.
class StartTest {
  private static final int STEPS = 5;
  private static final int SIZE = 8;

  /// Of the JVM, the JDK and Kioku, those in the JDK's archive included; hello world has 450, and
  /// some 1,730 are loaded now.
  private static final int MOST_CLASSES = 1_780;

  private static List<String> classes;
  private static List<String> libraries;

  /// Prints the native libraries that it loaded.
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (OnnxModel model = OnnxModel.load(Path.of(args[0]));
          OnnxSession session = model.newSession()) {
        session.set("x", new float[STEPS * SIZE], STEPS, 1, SIZE);
        session.run();
        assertEquals(STEPS * SIZE, session.floats("y").length);
      }
      io.kioku.internal.ffi.Natives.loaded()
          .forEach(path -> System.out.println(path.getFileName()));
    }
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("lstm.onnx"), model());
    ChildJvm.run(List.of(), Program.class, file.toString()); // checks the libraries
    Path log = folder.resolve("classes");
    List<String> options = List.of("-Xlog:class+load:file=" + log + ":none");
    libraries = ChildJvm.run(options, Program.class, file.toString());
    try (Stream<String> lines = Files.lines(log)) {
      classes = lines.map(line -> line.split(" ", 2)[0]).toList();
    }
  }

  private static byte[] model() {
    float[] weights = new float[4 * SIZE * SIZE];
    Arrays.fill(weights, 0.1f);
    return new TinyModel(17)
        .input("x", ElementType.FLOAT, STEPS, 1, SIZE)
        .constant("w", weights, 1, 4 * SIZE, SIZE)
        .constant("r", weights, 1, 4 * SIZE, SIZE)
        .node("LSTM", List.of("x", "w", "r"), List.of("y"), Map.of("hidden_size", SIZE))
        .output("y")
        .bytes();
  }

  @Test
  void noLibraryButThoseThatCompute() {
    assertTrue(libraries.stream().anyMatch(name -> name.contains("kioku")), libraries::toString);
    assertTrue(libraries.stream().noneMatch(name -> name.contains("dnnl")), libraries::toString);
    assertTrue(
        libraries.stream().noneMatch(name -> name.contains("openblas")), libraries::toString);
  }

  @Test
  void noClassesOfOtherPurposes() {
    List<String> others =
        List.of(
            "ai.onnx.", // the tests' way to write models
            "com.fasterxml.", // safetensors
            "picocli.",
            "io.kioku.bindings.onednn.",
            "io.kioku.bindings.openblas.",
            "io.kioku.bindings.kioku.kioku_layer", // written by the numbers of fields
            "io.kioku.cell.OtherCells",
            "io.kioku.cell.Lstm$", // writes cells with options
            "io.kioku.internal.onnx.op.elementwise.",
            "io.kioku.internal.onnx.op.shape.",
            "java.security.MessageDigest", // hashes libraries
            "java.util.Formatter", // loads the data of a language
            "java.util.regex.",
            "java.lang.invoke.StringConcatFactory$"); // links each place
    for (String prefix : others) {
      List<String> found = classes.stream().filter(name -> name.startsWith(prefix)).toList();
      assertEquals(List.of(), found);
    }
  }

  @Test
  void fewClasses() {
    assertTrue(classes.size() > 500, "what the JVM logs");
    assertTrue(classes.size() <= MOST_CLASSES, classes.size() + " classes");
  }
}
