package io.kioku.cli;

import io.kioku.format.NdArray;
import io.kioku.format.Npy;
import io.kioku.format.Npz;
import io.kioku.onnx.OnnxValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Where a model's outputs go.
///
/// @param output its name; empty for all
/// @param file .npy for one, .npz for all
record OutputArgument(String output, Path file) {

  /// Reads `y=values.npy`, `values.npy` if there is one output only, or `all.npz`.
  ///
  /// @throws UserError if it is something else, or the model has no such output
  static OutputArgument of(String argument, List<OnnxValue> outputs) {
    int equals = argument.indexOf('=');
    String name = equals < 0 ? "" : argument.substring(0, equals);
    Path file = new FileName().convert(argument.substring(equals + 1));
    if (Files.isDirectory(file)) {
      throw new UserError(file + ": is a directory, expected the name of a file to write");
    }
    List<String> names = outputs.stream().map(OnnxValue::name).toList();
    if (!name.isEmpty() && !names.contains(name)) {
      throw new UserError("the model has no output '%s'; it has %s".formatted(name, names));
    }
    boolean all = name.isEmpty() && file.toString().endsWith(".npz");
    if (!all && !file.toString().endsWith(".npy")) {
      throw new UserError(
          "-o is %s, expected FILE.npz for all outputs, or OUTPUT=FILE.npy".formatted(argument));
    }
    if (!all && name.isEmpty() && names.size() != 1) {
      throw new UserError(
          "-o is %s, but the model has several outputs: write OUTPUT=%s with one of %s"
              .formatted(argument, file, names));
    }
    return new OutputArgument(all || !name.isEmpty() ? name : names.getFirst(), file);
  }

  /// Writes the file.
  ///
  /// @throws UserError if it cannot be written, or NumPy has no such element type
  void write(Map<String, NdArray> results) {
    try {
      if (output.isEmpty()) {
        Npz.write(file, results);
      } else {
        Npy.write(file, results.get(output));
      }
    } catch (IllegalArgumentException e) {
      throw new UserError("%s: %s".formatted(file, e.getMessage()), e);
    } catch (IOException e) {
      throw UserError.writing(file, e);
    }
  }
}
