package io.kioku.cli;

import io.kioku.cell.Cells;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `kioku cells`: which cells there are, and what follows from a cell's equations.
@Command(
    name = "cells",
    description = {
      "Lists the cells of the library: states, parameters, the backends that run each, and who"
          + " described it; or prints all about one of them, or about one that you have written"
          + " (docs/equations.md has the language)."
    })
final class CellsCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @ArgGroup private Choice choice = new Choice();

  /// One of these, or none.
  private static final class Choice {
    @Option(
        names = "--show",
        paramLabel = "NAME",
        description =
            "Print a cell's equations, inputs, states and tensors, the backends that run it, and"
                + " the planner's choice for 1 stream and for 32.")
    private String name;

    @Option(
        names = "--file",
        paramLabel = "FILE",
        converter = FileName.class,
        description =
            "Print the same of the equations in a file, or where they are wrong and what would be"
                + " right.")
    private Path file;

    @Option(names = "--markdown", hidden = true, description = "Print docs/cells.md.")
    private boolean markdown;
  }

  @Option(
      names = "--size",
      paramLabel = "IxH",
      defaultValue = "256x256",
      converter = LayerSize.Converter.class,
      description =
          "Features and units of a layer; default ${DEFAULT-VALUE}. A cell that cannot have them"
              + " takes the nearest that it can.")
  private LayerSize size;

  @Override
  public Integer call() throws IOException {
    main.out().write(text().getBytes(StandardCharsets.UTF_8));
    return 0;
  }

  private String text() {
    if (choice.markdown) {
      return CellMarkdown.document(Cells.all());
    }
    if (choice.file != null) {
      return CellText.page(CellFile.read(choice.file), size);
    }
    return choice.name == null
        ? CellText.list(Cells.all(), size)
        : CellText.page(CellName.find(choice.name), size);
  }
}
