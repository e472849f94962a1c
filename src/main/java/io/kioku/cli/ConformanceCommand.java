package io.kioku.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `kioku conformance DIR`: runs a folder of ONNX backend tests.
@Command(
    name = "conformance",
    description = {
      "Run a folder of ONNX backend tests: each has a model.onnx and test_data_set_*/ with input_*.pb and output_*.pb."
    })
final class ConformanceCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder; tests are found at any depth.")
  private Path folder;

  @Option(names = "--match", paramLabel = "REGEX", description = "Only tests whose name matches.")
  private String match = ".*";

  @Option(
      names = "--verbose",
      description = "Print the tests that passed, too, and why others were skipped.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    int[] counts = new int[ConformanceCase.Outcome.values().length];
    for (Path test : tests()) {
      ConformanceCase.Result result = new ConformanceCase(test).run(1e-3, 1e-7);
      switch (result.outcome()) {
        case PASSED -> counts[0]++;
        case FAILED -> counts[1]++;
        case SKIPPED -> counts[2]++;
      }
      if (verbose || result.outcome() == ConformanceCase.Outcome.FAILED) {
        out.println("%s %s %s".formatted(result.outcome(), test.getFileName(), result.text()));
      }
    }
    out.println("%d passed, %d failed, %d skipped".formatted(counts[0], counts[1], counts[2]));
    return counts[1] == 0 ? 0 : 1;
  }

  private List<Path> tests() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("model.onnx"))
          .map(Path::getParent)
          .filter(test -> test.getFileName().toString().matches(match))
          .sorted()
          .toList();
    }
  }
}
