package io.kioku.cli;

import io.kioku.nn.Sampler;
import io.kioku.nn.TextStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `kioku generate`: a language model goes on with a prompt.
@Command(
    name = "generate",
    description = {
      "Prints a prompt and the text with which a language model goes on, byte by byte, then a line"
          + " feed.",
      "The same arguments give the same text."
    })
final class GenerateCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Mixin private ModelOptions model;

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description = "What to go on with; at least one character.")
  private String prompt;

  @Option(
      names = "--length",
      defaultValue = "400",
      paramLabel = "BYTES",
      description = "How many bytes to generate; default ${DEFAULT-VALUE}.")
  private int length;

  @Option(
      names = "--temperature",
      defaultValue = "0.7",
      paramLabel = "T",
      description =
          "0 takes the most likely byte each time, 1 draws with the model's probabilities, more"
              + " gives more variety; default ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "NUMBER",
      description =
          "Another seed gives another text, unless the temperature is 0; default ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    byte[] bytes = TextArgument.bytes("--prompt", prompt);
    check();
    Sampler sampler = new Sampler(temperature, seed);
    model.open(languageModel -> {
      try (TextStream stream = languageModel.newStream()) {
        OutputStream out = main.out();
        out.write(bytes);
        stream.generate(bytes, length, sampler, out);
        out.write('\n');
        out.flush();
      }
    });
    return 0;
  }

  private void check() {
    if (length < 0) {
      throw new UserError("--length is %d, expected 0 to %d".formatted(length, Integer.MAX_VALUE));
    }
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new UserError(
          "--temperature is %s, expected a finite number from 0 up".formatted(temperature));
    }
  }
}
