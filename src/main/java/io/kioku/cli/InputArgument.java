package io.kioku.cli;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.format.Npy;
import io.kioku.format.Npz;
import io.kioku.onnx.OnnxTensors;
import io.kioku.onnx.OnnxValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where the values of a model's inputs come from, as the user says it: `x=values.npy`,
/// `h=state.npz:h`, `x=input_0.pb`, `sr=16000`, `sr=int64:16000`, or `all.npz` for all inputs.
///
/// @param input its name; empty for all
/// @param text what stands for the values
record InputArgument(String input, String text) {
  private static final Pattern FILE = Pattern.compile("(.+\\.(?:npy|npz|pb))(?::(.*))?");
  private static final Pattern NUMBERS = Pattern.compile("(?:(\\w+):)?([^:]+)");

  static InputArgument of(String argument) {
    int equals = argument.indexOf('=');
    return equals < 0
        ? new InputArgument("", argument)
        : new InputArgument(argument.substring(0, equals), argument.substring(equals + 1));
  }

  /// The values, by the names of the inputs.
  ///
  /// @throws UserError if there is no such input, or the values cannot be read
  Map<String, NdArray> read(List<OnnxValue> inputs) {
    if (input.isEmpty()) {
      return readAll(inputs);
    }
    OnnxValue value =
        inputs.stream()
            .filter(declared -> declared.name().equals(input))
            .findFirst()
            .orElseThrow(() -> unknown(inputs));
    Matcher file = FILE.matcher(text);
    return Map.of(
        input, file.matches() ? read(Path.of(file.group(1)), file.group(2)) : literal(value));
  }

  private UserError unknown(List<OnnxValue> inputs) {
    return new UserError("the model has no input '%s'; it has %s".formatted(input, inputs));
  }

  private Map<String, NdArray> readAll(List<OnnxValue> inputs) {
    if (!text.endsWith(".npz")) {
      throw new UserError(
          "-i is %s, expected INPUT=VALUE, or an .npz file with all inputs".formatted(text));
    }
    Map<String, NdArray> arrays = archive(Path.of(text));
    Map<String, NdArray> values = new LinkedHashMap<>();
    for (OnnxValue declared : inputs) {
      if (arrays.containsKey(declared.name())) {
        values.put(declared.name(), arrays.get(declared.name()));
      }
    }
    if (values.isEmpty()) {
      throw new UserError(
          "%s has %s, none of which is an input; those are %s"
              .formatted(text, arrays.keySet(), inputs));
    }
    return values;
  }

  /// @param key of an array in an archive; null: there is only one, or it has the input's name
  private NdArray read(Path file, String key) {
    if (file.toString().endsWith(".npz")) {
      Map<String, NdArray> arrays = archive(file);
      String name =
          key != null ? key : arrays.size() == 1 ? arrays.keySet().iterator().next() : input;
      return Optional.ofNullable(arrays.get(name))
          .orElseThrow(() ->
              new UserError(
                  "%s has no array '%s'; it has %s".formatted(file, name, arrays.keySet())));
    }
    try {
      return file.toString().endsWith(".npy") ? Npy.read(file) : OnnxTensors.read(file);
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }

  private static Map<String, NdArray> archive(Path file) {
    try {
      return Npz.read(file);
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }

  private NdArray literal(OnnxValue declared) {
    Matcher numbers = NUMBERS.matcher(text);
    if (!numbers.matches()) {
      throw unreadable();
    }
    ElementType type =
        Optional.ofNullable(numbers.group(1))
            .map(this::type)
            .or(declared::type)
            .orElseThrow(() ->
                new UserError(
                    "the model does not declare the type of '%s': write %s=TYPE:%s"
                        .formatted(input, input, text)));
    try {
      return Numbers.array(numbers.group(2), type, declared);
    } catch (NumberFormatException e) {
      throw unreadable();
    }
  }

  private UserError unreadable() {
    return new UserError(
        "-i %s=%s: expected a file that ends in .npy, .npz or .pb, or numbers"
            .formatted(input, text));
  }

  private ElementType type(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "float32" -> ElementType.FLOAT;
      case "float64" -> ElementType.DOUBLE;
      default -> {
        for (ElementType type : ElementType.values()) {
          if (type.toString().equals(name.toLowerCase(Locale.ROOT))) {
            yield type;
          }
        }
        throw new UserError(
            "-i %s=%s: there is no type '%s'; expected one of %s"
                .formatted(input, text, name, List.of(ElementType.values())));
      }
    };
  }
}
