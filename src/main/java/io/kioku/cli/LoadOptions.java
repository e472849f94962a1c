package io.kioku.cli;

import io.kioku.onnx.OnnxModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which ONNX model a command loads, and how.
final class LoadOptions {
  @Parameters(paramLabel = "MODEL.onnx", converter = FileName.class, description = "The model.")
  private Path file;

  @Option(
      names = "--threads",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "Native threads of a run; default ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--state",
      paramLabel = "INPUT=OUTPUT",
      description =
          "An input that carries state, and the output that carries it on. It is zero at first, and"
              + " stays from run to run.")
  private Map<String, String> states = new LinkedHashMap<>();

  @Option(
      names = "--memory-limit",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "The most that the values of a run may take, such as 512M; default 4G.")
  private Long memoryLimit;

  @Option(
      names = "--loop-limit",
      paramLabel = "STEPS",
      description = "The most steps that all loops of a run may take together; default 10 million.")
  private Long loopLimit;

  Path file() {
    return file;
  }

  /// The names of inputs that carry state, with those of the outputs.
  Map<String, String> states() {
    return states;
  }

  /// Loads the model.
  ///
  /// @throws UserError if it cannot be loaded with these options
  OnnxModel load() {
    return load(OnnxModel.builder());
  }

  /// Loads the model to be run chunk by chunk.
  ///
  /// @throws UserError if it cannot be loaded with these options, or not be streamed
  OnnxModel loadStreaming() {
    return load(OnnxModel.builder().streaming());
  }

  private OnnxModel load(OnnxModel.Builder options) {
    try {
      options.threads(threads);
      if (memoryLimit != null) {
        options.memoryLimit(memoryLimit);
      }
      if (loopLimit != null) {
        options.loopLimit(loopLimit);
      }
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
    states.forEach(options::state);
    return OnnxFile.load(file, options);
  }
}
