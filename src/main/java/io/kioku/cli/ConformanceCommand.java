package io.kioku.cli;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `kioku conformance`: runs a folder of ONNX backend tests.
@Command(
    name = "conformance",
    description = {
      "Runs ONNX backend tests: folders with a model.onnx and test_data_set_*/ that have input_*.pb"
          + " and output_*.pb. Prints each that fails, with its largest error, and how many passed,"
          + " failed and were skipped because kioku refuses their model.",
      "The exit code is 1 if a test has failed."
    })
final class ConformanceCommand implements Callable<Integer> {
  private static final int FAILED = 1;

  @ParentCommand private Main main;

  @Parameters(
      paramLabel = "DIR",
      converter = FileName.class,
      description = "The folder; tests are found at any depth, and behind links.")
  private Path folder;

  @Option(
      names = "--match",
      paramLabel = "REGEX",
      defaultValue = ".*",
      description = "Only tests whose folder's name matches.")
  private Pattern match;

  @Option(
      names = "--verbose",
      description = "Print the tests that passed, too, and why others were skipped.")
  private boolean verbose;

  @Option(
      names = "--rtol",
      paramLabel = "NUMBER",
      defaultValue = "1e-3",
      description =
          "The error that passes, relative to the expected value; default ${DEFAULT-VALUE}")
  private double relative;

  @Option(
      names = "--atol",
      paramLabel = "NUMBER",
      defaultValue = "1e-7",
      description = "The error that passes in addition; default ${DEFAULT-VALUE}")
  private double absolute;

  @Override
  public Integer call() throws IOException {
    List<Path> tests = tests();
    if (tests.isEmpty()) {
      throw new UserError("%s: no tests that match %s".formatted(folder, match));
    }
    Map<ConformanceCase.Outcome, Integer> counts = new EnumMap<>(ConformanceCase.Outcome.class);
    StringBuilder report = new StringBuilder();
    try (Progress progress = Progress.begin(tests.size(), " tests", 1, main.err())) {
      int done = 0;
      for (Path test : tests) {
        ConformanceCase.Result result = new ConformanceCase(test).run(relative, absolute);
        counts.merge(result.outcome(), 1, Integer::sum);
        if (verbose || result.outcome() == ConformanceCase.Outcome.FAILED) {
          report.append(line(test, result));
        }
        progress.accept(++done);
      }
    }
    int failed = counts.getOrDefault(ConformanceCase.Outcome.FAILED, 0);
    main.print(
        "%s%d passed, %d failed, %d skipped\n"
            .formatted(
                report,
                counts.getOrDefault(ConformanceCase.Outcome.PASSED, 0),
                failed,
                counts.getOrDefault(ConformanceCase.Outcome.SKIPPED, 0)));
    return failed == 0 ? 0 : FAILED;
  }

  private String line(Path test, ConformanceCase.Result result) {
    String text = result.text().replaceAll("\\s*\\R\\s*", " ");
    return "%-7s  %s%s\n"
        .formatted(result.outcome(), folder.relativize(test), text.isEmpty() ? "" : "  " + text);
  }

  private List<Path> tests() {
    if (!Files.isDirectory(folder)) {
      throw new UserError(folder + ": no such folder");
    }
    Set<Path> tests = new TreeSet<>();
    try {
      Files.walkFileTree(
          folder,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (file.endsWith("model.onnx") && matches(file.getParent())) {
                tests.add(file.getParent());
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof FileSystemLoopException) { // its tests are found where it leads
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw UserError.reading(folder, e);
    }
    return List.copyOf(tests);
  }

  private boolean matches(Path test) {
    return match.matcher(test.toAbsolutePath().normalize().getFileName().toString()).matches();
  }
}
