package io.kioku.cli;

import io.kioku.nn.LanguageModel;
import io.kioku.nn.Score;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `kioku score`: how well a language model predicts a text.
@Command(
    name = "score",
    description = {
      "Prints how well a language model predicts a text: the mean of -log2 p(byte | all bytes"
          + " before) over all bytes but the first. Less is better; 8 is guessing."
    })
final class ScoreCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Mixin private ModelOptions model;

  @Parameters(
      paramLabel = "FILE",
      converter = FileName.class,
      description = "The text; at least 2 bytes.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    if (Files.isDirectory(file)) {
      throw new UserError(file + ": is a directory, expected a text");
    }
    if (!Files.exists(file)) {
      throw new UserError(file + ": no such file");
    }
    model.open(languageModel -> {
      Score score = score(languageModel);
      String line =
          String.format(
              Locale.ROOT,
              "%.6f bits per byte (%d bytes predicted)\n",
              score.bitsPerByte(),
              score.predicted());
      main.out().write(line.getBytes(StandardCharsets.UTF_8));
      main.out().flush();
    });
    return 0;
  }

  private Score score(LanguageModel languageModel) {
    try (InputStream text = Files.newInputStream(file);
        Progress progress = Progress.begin(Files.size(file), main.err())) {
      return languageModel.score(text, progress);
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }
}
