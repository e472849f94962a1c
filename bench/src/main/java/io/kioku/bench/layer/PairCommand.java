package io.kioku.bench.layer;

import io.kioku.Precision;
import io.kioku.cell.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Compares Kioku with itself: for each cell, precision and size two jobs, whose times have a ratio
/// that is aimed at. All jobs of a size are timed in turn.
abstract class PairCommand implements Callable<Integer> {
  /// What is compared. [BenchCells#products] scale the second one's time, if they differ.
  record Plan(String cell, Job job, String with, Job second, double scale, double aim) {}

  /// T, N and H.
  record Size(int steps, int batch, int hidden) {}

  private static final List<String> CONTEST = List.of("T", "N", "H");

  private final String name;
  private final String ratio;
  private final boolean isSpeedUp;
  private final Set<String> notes = new LinkedHashSet<>(); // on what does not run

  @Mixin private RunOptions options;

  @Option(
      names = "--cell",
      paramLabel = "NAME|FILE",
      description = "One of Kioku's cells, or a file with equations; may be repeated.")
  private List<String> cells = new ArrayList<>();

  @Option(names = "--steps", split = ",", paramLabel = "T", description = "T, separated by commas.")
  private int[] steps = {};

  @Option(names = "--batch", split = ",", paramLabel = "N", description = "N, separated by commas.")
  private int[] batches = {};

  @Option(
      names = "--hidden",
      split = ",",
      paramLabel = "H",
      description = "H, separated by commas.")
  private int[] hidden = {};

  /// @param name of the files
  /// @param ratio what the ratio is, in words
  /// @param isSpeedUp whether it is the second job's time over the first's, and to be large
  PairCommand(String name, String ratio, boolean isSpeedUp) {
    this.name = name;
    this.ratio = ratio;
    this.isSpeedUp = isSpeedUp;
  }

  /// What is compared by default.
  abstract List<String> usualCells();

  /// T, N and H, all with all.
  abstract List<int[]> usualSizes(boolean isQuick);

  abstract Plan plan(Cell cell, Precision precision, Size size);

  /// Anything else that a run must have in common with one that it goes on with.
  Map<String, String> about() {
    return Map.of();
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Cell> chosen =
        (cells.isEmpty() ? usualCells() : cells).stream().map(BenchCells::find).toList();
    Set<Precision> precisions = EnumSet.of(Precision.F32);
    precisions.addAll(options.precisions(EnumSet.allOf(Precision.class)));
    Set<Size> sizes = sizes();
    Machine machine = Machine.measure();
    Map<String, String> about = new LinkedHashMap<>(about());
    about.put("cells", String.join(" ", chosen.stream().map(Cell::name).toList()));
    about.put("precisions", RunOptions.names(precisions));
    about.put("sizes", Integer.toHexString(sizes.toString().hashCode()));
    Journal journal = options.journal(name, Pair.COLUMNS, CONTEST, machine, about);
    List<Pair> all = new ArrayList<>();
    if (journal != null) {
      journal.kept().forEach(row -> all.add(Pair.of(row)));
    }
    measure(sizes, chosen, precisions, all, journal);
    String text = machine.markdown() + new PairReport(all, ratio, isSpeedUp).markdown();
    text += notes.stream().map(note -> "\n- " + note).collect(Collectors.joining());
    System.out.println(text);
    if (journal != null) {
      Files.writeString(options.out().resolve(name + ".md"), text);
    }
    return all.stream().allMatch(Pair::agrees) && notes.isEmpty() ? 0 : 1;
  }

  private Set<Size> sizes() {
    List<int[]> usual = usualSizes(options.isQuick());
    Set<Size> sizes = new LinkedHashSet<>();
    for (int h : orElse(hidden, usual.get(2))) {
      for (int t : orElse(steps, usual.get(0))) {
        for (int n : orElse(batches, usual.get(1))) {
          sizes.add(new Size(t, n, h));
        }
      }
    }
    return sizes;
  }

  private static int[] orElse(int[] chosen, int[] usual) {
    if (Arrays.stream(chosen).anyMatch(size -> size < 1)) {
      throw new IllegalArgumentException("sizes are from 1, not " + Arrays.toString(chosen));
    }
    return chosen.length == 0 ? usual : chosen;
  }

  private void measure(
      Set<Size> sizes,
      List<Cell> chosen,
      Set<Precision> precisions,
      List<Pair> all,
      Journal journal)
      throws IOException {
    Set<Size> left = new LinkedHashSet<>(sizes);
    all.forEach(pair -> left.remove(new Size(pair.steps(), pair.batch(), pair.hidden())));
    Rounds rounds = options.rounds();
    try (ProgressBar progress = new ProgressBar("sizes", sizes.size())) {
      progress.stepBy((long) sizes.size() - left.size());
      for (Size size : left) {
        progress.setExtraMessage("T=%d N=%d H=%d".formatted(size.steps, size.batch, size.hidden));
        List<Plan> plans = new ArrayList<>();
        for (Cell cell : chosen) {
          precisions.forEach(precision -> plans.add(plan(cell, precision, size)));
        }
        List<Pair> here = contest(plans, size, rounds);
        all.addAll(here);
        if (journal != null) {
          journal.append(here.stream().map(Pair::row).toList());
        }
        progress.step();
      }
    }
  }

  private List<Pair> contest(List<Plan> plans, Size size, Rounds rounds) {
    Map<Job, KiokuLayer> runners = new LinkedHashMap<>();
    try {
      Map<Job, Double> differences = new LinkedHashMap<>();
      List<Plan> running = new ArrayList<>();
      for (Plan plan : plans) {
        try {
          for (Job job : List.of(plan.job, plan.second)) {
            if (!runners.containsKey(job)) {
              runners.put(job, job.open());
              differences.put(job, job.difference(runners.get(job)));
            }
          }
          running.add(plan);
        } catch (IllegalArgumentException e) { // a cell need not run in every precision
          notes.add(e.getMessage());
        }
      }
      double[] medians = rounds.medians(List.copyOf(runners.values()));
      List<Job> jobs = List.copyOf(runners.keySet());
      return running.stream()
          .map(plan ->
              pair(
                  plan,
                  size,
                  medians[jobs.indexOf(plan.job)],
                  medians[jobs.indexOf(plan.second)] * plan.scale,
                  differences.get(plan.job)))
          .toList();
    } finally {
      runners.values().forEach(KiokuLayer::close);
    }
  }

  private Pair pair(Plan plan, Size size, double micros, double second, double difference) {
    double times = isSpeedUp ? second / micros : micros / second;
    return new Pair(
        plan.cell,
        plan.job.precision(),
        size.steps,
        size.batch,
        size.hidden,
        micros,
        plan.with,
        second,
        times,
        plan.aim,
        isSpeedUp ? times >= plan.aim : times <= plan.aim,
        difference);
  }
}
