package io.kioku.bench.layer;

import io.kioku.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench/compare`: Kioku and what a Java user would take instead, interleaved in one go. Its
/// subcommands compare Kioku with itself.
@Command(
    name = "bench/compare",
    mixinStandardHelpOptions = true,
    subcommands = {OwnCells.class, RaggedBatches.class, MoreThreads.class},
    description = {
      "Times one recurrent layer in Kioku, ONNX Runtime, PyTorch (DJL) and oneDNN from C, one after"
          + " the other in each round, and prints medians. All outputs are compared first; who"
          + " computes something else is marked. The state of a layer of one step is carried on from"
          + " call to call."
    })
public final class Compare implements Callable<Integer> {
  private static final List<String> CONTEST = List.of("group", "cell", "T", "N", "I", "H");

  @Mixin private RunOptions options;

  @Option(
      names = "--shapes",
      paramLabel = "FILE",
      description =
          "Other shapes: `cell T N I H` a line, cells LSTM, GRU, GRU_RESET_BEFORE and RNN; `[name]` begins a group."
              + " May be repeated.")
  private List<Path> shapeFiles = new ArrayList<>();

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
    Map<String, List<Shape>> groups = groups();
    Machine machine = Machine.measure();
    Set<Precision> precisions = EnumSet.of(Precision.F32);
    precisions.addAll(options.precisions(precisions));
    Map<String, String> about = new LinkedHashMap<>();
    about.put("precisions", RunOptions.names(precisions));
    about.put("backends", Boolean.toString(backends));
    about.put("threads", Integer.toString(threads));
    about.put("shapes", Integer.toHexString(groups.toString().hashCode()));
    Journal journal = options.journal("compare", Result.COLUMNS, CONTEST, machine, about);
    List<Measured> all = measure(groups, precisions, machine, journal);
    List<String> notes = new ArrayList<>();
    Report report = new Report(machine.raisedBy(all, notes), notes, all);
    System.out.println(report.markdown());
    if (journal != null) {
      journal.finish(report.rows());
      report.write(options.out());
    }
    return all.stream().allMatch(m -> m.agrees() || m.candidate().isPeer()) ? 0 : 1;
  }

  private Map<String, List<Shape>> groups() throws IOException {
    Map<String, List<Shape>> groups = new LinkedHashMap<>();
    for (Path file : shapeFiles.isEmpty() ? usualFiles() : shapeFiles) {
      Shape.read(file)
          .forEach((group, shapes) ->
              groups.computeIfAbsent(group, k -> new ArrayList<>()).addAll(shapes));
    }
    return groups;
  }

  private List<Path> usualFiles() {
    Path folder = Path.of(System.getProperty("kioku.bench.shapes"));
    List<String> names =
        options.isQuick() ? List.of("quick") : List.of("streaming", "online", "batch");
    return names.stream().map(name -> folder.resolve(name + ".txt")).toList();
  }

  /// What an earlier run has left, then what it had not measured.
  private List<Measured> measure(
      Map<String, List<Shape>> groups, Set<Precision> precisions, Machine machine, Journal journal)
      throws IOException {
    List<Measured> all = new ArrayList<>();
    if (journal != null) {
      journal.kept().forEach(row -> all.add(Measured.of(row)));
    }
    record Place(String group, Shape shape) {}
    Set<Place> done = new LinkedHashSet<>();
    all.forEach(m -> done.add(new Place(m.group(), m.shape())));
    Set<Place> places = new LinkedHashSet<>();
    groups.forEach((group, shapes) -> shapes.forEach(s -> places.add(new Place(group, s))));
    Rounds rounds = options.rounds();
    try (ProgressBar progress = new ProgressBar("shapes", places.size())) {
      progress.stepBy(done.size());
      places.removeAll(done);
      for (Place place : places) {
        progress.setExtraMessage(place.shape.toString());
        List<Measured> here;
        try (Contest contest = new Contest(place.shape, candidates(precisions), threads)) {
          here = contest.run(place.group, rounds);
        }
        all.addAll(here);
        if (journal != null) {
          journal.append(Result.of(here, machine).stream().map(Result::row).toList());
        }
        progress.step();
      }
    }
    return all;
  }

  /// Kioku in each precision, then the peers.
  private List<Candidate> candidates(Set<Precision> precisions) {
    List<Candidate> candidates = new ArrayList<>();
    for (Precision precision : precisions) {
      candidates.add(new Candidate("kioku", precision));
      if (backends) {
        Candidate.backends().forEach(name -> candidates.add(new Candidate(name, precision)));
        candidates.add(new Candidate("libkioku (C)", precision));
      }
    }
    for (String peer : List.of("onnxruntime", "pytorch", "onednn (C)")) {
      precisions.forEach(precision -> candidates.add(new Candidate(peer, precision)));
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
