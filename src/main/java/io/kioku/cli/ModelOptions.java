package io.kioku.cli;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Precision;
import io.kioku.Weights;
import io.kioku.format.Safetensors;
import io.kioku.nn.LanguageModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The options of commands that use a language model, and the model that they name.
final class ModelOptions {
  private static final String BUNDLED = "moby-dick/model.safetensors";

  @Option(
      names = "--model",
      paramLabel = "FILE",
      converter = FileName.class,
      description = {
        "A byte-level language model in safetensors, with tensors named as PyTorch does:"
            + " embedding.weight, then lstm. or gru., head.weight and head.bias. Without it, the"
            + " bundled model of Moby-Dick."
      })
  private Path file;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      converter = BackendName.class,
      completionCandidates = BackendName.class,
      description =
          "Compute with this backend only: ${COMPLETION-CANDIDATES}. Without it, kioku chooses.")
  private Backend backend;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "f32",
      converter = PrecisionName.class,
      completionCandidates = PrecisionName.class,
      description =
          "What recurrent layers are computed in: ${COMPLETION-CANDIDATES}; default"
              + " ${DEFAULT-VALUE}.")
  private Precision precision;

  /// What a command does with the model.
  interface Use {
    void with(LanguageModel model) throws IOException;
  }

  /// Opens the model, uses it, and closes it.
  ///
  /// @throws UserError if there is no such model, it cannot be used, or the native libraries cannot
  ///   be loaded
  void open(Use use) throws IOException {
    Weights weights = read();
    try (Engine engine = openEngine();
        LanguageModel model = LanguageModel.load(engine, weights, precision)) {
      use.with(model);
    } catch (IllegalArgumentException e) { // the model or the text is not what io.kioku.nn can use
      throw new UserError(e.getMessage(), e);
    }
  }

  private Weights read() {
    if (file == null) {
      return bundled();
    }
    try {
      return Weights.read(file);
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }

  private static Weights bundled() {
    try (InputStream in = ModelOptions.class.getResourceAsStream(BUNDLED)) {
      return Weights.of(Safetensors.read(in, BUNDLED).tensors(), "the bundled model");
    } catch (IOException e) {
      throw new UncheckedIOException("the bundled model cannot be read", e);
    }
  }

  private Engine openEngine() {
    try {
      return backend == null ? Engine.open() : Engine.open(backend);
    } catch (IllegalStateException e) {
      throw new UserError(e.getMessage(), e);
    }
  }
}
