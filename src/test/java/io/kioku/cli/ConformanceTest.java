package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.onnx.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// ONNX's own backend tests: none fails, and what is refused is what docs/onnx.md lists.
class ConformanceTest {
  @Test
  void nodeTestsPassOrAreListed() throws IOException {
    check("node");
  }

  @Test
  void convertedModelsPassOrAreListed() throws IOException {
    check("pytorch-converted");
    check("pytorch-operator");
    check("simple");
  }

  private static void check(String kind) throws IOException {
    String docs = Files.readString(Path.of("docs/onnx.md"));
    List<String> failed = new ArrayList<>();
    TreeSet<String> unlisted = new TreeSet<>();
    for (Path folder : folders(Needs.backendTests(kind))) {
      ConformanceCase.Result result = new ConformanceCase(folder).run(1e-3, 1e-7);
      String name = folder.getFileName().toString();
      switch (result.outcome()) {
        case PASSED -> {}
        case FAILED -> failed.add(name + ": " + result.text());
        case SKIPPED -> {
          if (!docs.contains("`" + name + "`")) {
            unlisted.add(name);
          }
        }
      }
    }
    assertEquals(List.of(), failed);
    assertEquals(List.of(), List.copyOf(unlisted), "refused, but not in docs/onnx.md");
  }

  private static List<Path> folders(Path tests) throws IOException {
    try (Stream<Path> files = Files.list(tests)) {
      return files.filter(folder -> Files.exists(folder.resolve("model.onnx"))).sorted().toList();
    }
  }
}
