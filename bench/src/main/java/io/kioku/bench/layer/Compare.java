package io.kioku.bench.layer;

import io.kioku.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
          + " the other in each round, and prints medians. All outputs are compared first. The"
          + " state of a layer of one step is carried on from call to call."
    })
public final class Compare implements Callable<Integer> {
  private static final int ROUNDS = 15;
  private static final int QUICK_ROUNDS = 11;
  private static final long NANOS = 8_000_000;
  private static final long QUICK_NANOS = 3_000_000;

  @Option(names = "--quick", description = "Few shapes and rounds: less than three minutes.")
  private boolean quick;

  @Option(
      names = "--shapes",
      paramLabel = "FILE",
      description =
          "Other shapes: `cell T N I H` a line, cells LSTM, GRU, GRU_RESET_BEFORE and RNN; `[name]` begins a group."
              + " May be repeated.")
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
          "What Kioku and those peers who can compute in, f32, bf16 or int8; may be repeated. Default f32.")
  private Set<Precision> precisions = EnumSet.of(Precision.F32);

  @Option(
      names = "--backends",
      description = "Also each of Kioku's backends by itself, and libkioku from C.")
  private boolean backends;

  @Option(
      names = "--threads",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "Threads of a call; those from C have one. Default ${DEFAULT-VALUE}.")
  private int threads;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, List<Shape>> groups = new LinkedHashMap<>();
    for (Path file : shapeFiles.isEmpty() ? usualFiles() : shapeFiles) {
      Shape.read(file)
          .forEach((group, shapes) ->
              groups.computeIfAbsent(group, k -> new ArrayList<>()).addAll(shapes));
    }
    Machine machine = Machine.of(NativeBench.peak());
    Map<String, List<Result>> results = new LinkedHashMap<>();
    try (ProgressBar progress =
        new ProgressBar("shapes", groups.values().stream().mapToInt(List::size).sum())) {
      for (String group : groups.keySet()) {
        results.put(group, new ArrayList<>());
        for (Shape shape : groups.get(group)) {
          progress.setExtraMessage(shape.toString());
          results.get(group).addAll(measure(shape, machine));
          progress.step();
        }
      }
    }
    Report report = new Report(machine, results);
    System.out.println(report.markdown());
    if (out != null) {
      report.write(out);
    }
    return 0;
  }

  private List<Result> measure(Shape shape, Machine machine) {
    try (Contest contest = new Contest(shape, candidates(), threads)) {
      return contest.run(machine, quick ? QUICK_ROUNDS : ROUNDS, quick ? QUICK_NANOS : NANOS);
    }
  }

  private List<Path> usualFiles() {
    Path folder = Path.of(System.getProperty("kioku.bench.shapes"));
    List<String> names = quick ? List.of("quick") : List.of("streaming", "online", "batch");
    return names.stream().map(name -> folder.resolve(name + ".txt")).toList();
  }

  /// Kioku in each precision, then the peers in it; always those in float32 too.
  private List<Candidate> candidates() {
    List<Candidate> candidates = new ArrayList<>();
    for (Precision precision : precisions) {
      candidates.add(new Candidate("kioku", precision));
      if (backends) {
        boolean isFloat = precision == Precision.F32;
        for (String name : isFloat ? List.of("onednn", "blas", "fused") : List.of("fused")) {
          candidates.add(new Candidate("kioku " + name, precision));
        }
        candidates.add(new Candidate("libkioku (C)", precision));
      }
    }
    EnumSet<Precision> all = EnumSet.of(Precision.F32);
    all.addAll(precisions);
    for (String peer : List.of("onnxruntime", "pytorch", "onednn (C)")) {
      all.forEach(precision -> candidates.add(new Candidate(peer, precision)));
    }
    return candidates;
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
