package io.kioku.cli;

import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;

/// A file with an ONNX model, as commands open it.
final class OnnxFile {
  private OnnxFile() {}

  /// Loads it.
  ///
  /// @throws UserError if it cannot be read, is damaged or needs what is not supported, if options
  ///   do not fit it, or the native libraries cannot be loaded
  static OnnxModel load(Path file, OnnxModel.Builder options) {
    try {
      return options.load(file);
    } catch (IllegalArgumentException e) { // does not name the file
      throw new UserError("%s: %s".formatted(file, e.getMessage()), e);
    } catch (OnnxException | IllegalStateException e) {
      throw new UserError(e.getMessage(), e);
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }
}
