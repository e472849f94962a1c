package io.kioku.bench.layer;

import io.kioku.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench/compare`: Kioku and what a Java user would take instead, interleaved in one go.
@Command(
    name = "bench/compare",
    mixinStandardHelpOptions = true,
    description = {
      "Times one recurrent layer in Kioku, ONNX Runtime, PyTorch (DJL) and oneDNN from C, one after"
          + " the other in each round, and prints medians. All outputs are compared first. Ratios"
          + " are to the fastest of the others in float32."
    })
public final class Compare implements Callable<Integer> {
  private static final int ROUNDS = 15;
  private static final int QUICK_ROUNDS = 11;

  @Option(names = "--quick", description = "Few shapes and rounds: less than three minutes.")
  private boolean quick;

  @Option(
      names = "--shapes",
      paramLabel = "FILE",
      description =
          "Other shapes: `cell T N I H` a line, cells LSTM, GRU and RNN. May be repeated.")
  private List<Path> shapeFiles = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write CSV, Markdown and a chart here.")
  private Path out;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "What Kioku computes in: ${COMPLETION-CANDIDATES}; may be repeated. Default all.")
  private List<Precision> precisions = new ArrayList<>();

  @Option(names = "--backends", description = "Also each of Kioku's backends by itself.")
  private boolean backends;

  @Option(
      names = "--threads",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description =
          "Threads of a call in Kioku and ONNX Runtime; the others have one. Default"
              + " ${DEFAULT-VALUE}.")
  private int threads;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String program = System.getProperty("kioku.bench.native");
    List<Shape> shapes = new ArrayList<>();
    if (shapeFiles.isEmpty()) {
      Path folder = Path.of(System.getProperty("kioku.bench.shapes"));
      shapeFiles =
          quick
              ? List.of(folder.resolve("quick.txt"))
              : List.of(
                  folder.resolve("streaming.txt"),
                  folder.resolve("online.txt"),
                  folder.resolve("batch.txt"));
    }
    for (Path file : shapeFiles) {
      shapes.addAll(Shape.read(file));
    }
    if (precisions.isEmpty()) {
      precisions = List.of(Precision.values());
    }
    System.setProperty("ai.djl.pytorch.num_threads", "1");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    Machine machine = Machine.of(NativeBench.peak(program));
    List<Result> results = new ArrayList<>();
    try (NativeBench bench = new NativeBench(program);
        ProgressBar progress = new ProgressBar("shapes", shapes.size())) {
      for (Shape shape : shapes) {
        progress.setExtraMessage(shape.toString());
        try (Contest contest = new Contest(shape, precisions, backends, threads, bench)) {
          results.addAll(
              contest.run(machine, quick ? QUICK_ROUNDS : ROUNDS, quick ? 3_000_000 : 8_000_000));
        }
        progress.step();
      }
    }
    Report report = new Report(machine, results);
    System.out.println(report.markdown());
    if (out != null) {
      report.write(out);
    }
    return 0;
  }

  /// @param args see `--help`
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Compare())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler((e, line, parsed) -> {
              line.getErr().println("bench/compare: " + e.getMessage());
              return 1;
            })
            .execute(args));
  }
}
