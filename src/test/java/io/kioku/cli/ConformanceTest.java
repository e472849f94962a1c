package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.onnx.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// ONNX's own backend tests: none fails, and what is refused is what docs/onnx.md lists.
class ConformanceTest {
  private static final Pattern MISSING =
      Pattern.compile("\\(([A-Za-z.]+)\\): there is no such operator here");

  /// These want the random numbers of NumPy.
  private static final String RANDOM = "test_bernoulli";

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
    Set<String> unlisted = new TreeSet<>();
    for (Path folder : folders(Needs.backendTests(kind))) {
      ConformanceCase.Result result = new ConformanceCase(folder).run(1e-3, 1e-7);
      switch (result.outcome()) {
        case PASSED -> {}
        case FAILED -> {
          if (!folder.getFileName().toString().startsWith(RANDOM)) {
            failed.add(folder.getFileName() + ": " + result.text());
          }
        }
        case SKIPPED ->
            reasons(folder, result.text()).stream()
                .filter(reason -> !docs.contains("`" + reason + "`"))
                .forEach(unlisted::add);
      }
    }
    assertEquals(List.of(), failed);
    assertEquals(List.of(), List.copyOf(unlisted), "refused, but not in docs/onnx.md");
  }

  /// The operators that are missing; the test itself if it was refused for another reason.
  private static List<String> reasons(Path folder, String text) {
    List<String> operators =
        MISSING.matcher(text).results().map(match -> match.group(1)).distinct().toList();
    return operators.isEmpty() ? List.of(folder.getFileName().toString()) : operators;
  }

  private static List<Path> folders(Path tests) throws IOException {
    try (Stream<Path> files = Files.list(tests)) {
      return files.filter(folder -> Files.exists(folder.resolve("model.onnx"))).sorted().toList();
    }
  }
}
