package io.kioku.cli;

import io.kioku.nn.LanguageModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `kioku explain`: what goes on in a language model while it reads a text.
@Command(
    name = "explain",
    description = {
      "Shows what the gates and states of a language model's cell do while it reads a text, byte by"
          + " byte, and what it expects next: in a table, or in a picture with --out.",
      "Units are sorted by how long they remember."
    })
final class ExplainCommand implements Callable<Integer> {
  /// The longest text: with more columns, nobody can look at the picture.
  private static final int LONGEST = 256;

  /// The most rows of a picture, so that it has room in memory with the longest text.
  private static final int MOST_ROWS = 1024;

  @ParentCommand private Main main;
  @Mixin private ModelOptions model;

  @Option(
      names = "--text",
      defaultValue = "It is not down in any map; true places never are.",
      paramLabel = "TEXT",
      description = "What to read; 1 to " + LONGEST + " bytes. Default: ${DEFAULT-VALUE}")
  private String text;

  @Option(
      names = "--layer",
      paramLabel = "NUMBER",
      description = "Which layer to look into, from 0; default the last.")
  private Integer layer;

  @Option(
      names = "--units",
      paramLabel = "NUMBER",
      description =
          "How many units to show, evenly spread from the longest memory to the shortest; default"
              + " all in a picture, up to "
              + MOST_ROWS
              + ", and "
              + WalkTable.UNITS
              + " in the table.")
  private Integer units;

  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      converter = FileName.class,
      description = "Draw a picture into this file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    byte[] bytes = TextArgument.bytes("--text", text);
    if (bytes.length > LONGEST) {
      throw new UserError("--text has %d bytes, expected 1 to %d".formatted(bytes.length, LONGEST));
    }
    PictureFile.check(out);
    model.open(languageModel -> explain(Walk.through(languageModel, bytes, layer(languageModel))));
    return 0;
  }

  private int layer(LanguageModel languageModel) {
    int layers = languageModel.network().layers();
    if (layer == null) {
      return layers - 1;
    }
    if (layer < 0 || layer >= layers) {
      throw new UserError("--layer is %d, expected 0 to %d".formatted(layer, layers - 1));
    }
    return layer;
  }

  private void explain(Walk walk) throws IOException {
    String result =
        out == null
            ? table(walk, units(walk, WalkTable.UNITS, WalkTable.room(walk)))
            : draw(walk, units(walk, MOST_ROWS, MOST_ROWS));
    main.out().write(result.getBytes(StandardCharsets.UTF_8));
    main.out().flush();
  }

  /// The units to show.
  ///
  /// @param few how many if nothing is said
  /// @param most how many there is room for
  private List<Integer> units(Walk walk, int few, int most) {
    int limit = Math.min(walk.units(), most);
    if (units != null && (units < 1 || units > limit)) {
      throw new UserError(
          "--units is %d, expected 1 to %d%s"
              .formatted(
                  units,
                  limit,
                  out == null && limit < walk.units() ? "; --out has room for more" : ""));
    }
    return walk.byMemory(units == null ? Math.min(walk.units(), few) : units);
  }

  private String table(Walk walk, List<Integer> columns) {
    return new WalkTable(walk, columns, main.isColored()).toString();
  }

  private String draw(Walk walk, List<Integer> rows) {
    return "%s, layer %d\n"
        .formatted(PictureFile.write(out, () -> WalkPicture.of(walk, rows)), walk.layer());
  }
}
