package io.kioku.bench.layer;

import io.kioku.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/// What all reports of `bench/compare` can be asked for.
final class RunOptions {
  private static final Rounds QUICK_ROUNDS = new Rounds(11, 3_000_000);
  private static final Rounds ROUNDS = new Rounds(15, 8_000_000);

  @Option(names = "--quick", description = "Few shapes and rounds: less than three minutes.")
  private boolean quick;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write CSV (as it is measured), Markdown and charts here.")
  private Path out;

  @Option(
      names = "--resume",
      description = "Go on with an interrupted run that had the same options and --out.")
  private boolean resume;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "What is computed in beside f32: bf16 or int8; may be repeated. Usually f32 alone;"
              + " where Kioku is compared with itself, all three.")
  private Set<Precision> precisions = EnumSet.noneOf(Precision.class);

  boolean isQuick() {
    return quick;
  }

  /// Null if nothing is to be written.
  Path out() {
    return out;
  }

  /// @param usual what is taken if there is no such option
  Set<Precision> precisions(Set<Precision> usual) {
    return precisions.isEmpty() ? usual : precisions;
  }

  Rounds rounds() {
    return quick ? QUICK_ROUNDS : ROUNDS;
  }

  /// Where rows are to be written; null if nowhere.
  ///
  /// @param contest the columns that rows of one contest have in common
  /// @param options of the run, beside those here
  Journal journal(
      String name,
      List<String> columns,
      List<String> contest,
      Machine machine,
      Map<String, String> options)
      throws IOException {
    if (out == null) {
      if (resume) {
        throw new IllegalArgumentException("--resume needs --out, where the interrupted run wrote");
      }
      return null;
    }
    Map<String, String> about = new LinkedHashMap<>();
    about.put("processor", machine.cpu());
    about.put("instructions", machine.isa());
    about.put("rounds", quick ? "quick" : "usual");
    about.putAll(options);
    return resume
        ? Journal.resume(out, name, columns, contest, about)
        : Journal.begin(out, name, columns, about);
  }

  /// Names of precisions, as [#journal] is told them.
  static String names(Set<Precision> precisions) {
    return precisions.stream()
        .map(p -> p.name().toLowerCase(java.util.Locale.ROOT))
        .sorted()
        .collect(Collectors.joining(" "));
  }
}
