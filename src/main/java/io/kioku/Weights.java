package io.kioku;

import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Named float32 tensors with PyTorch's names and layout: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, …
/// [Network#parameters] lists what a network needs. Immutable.
///
///     Weights weights = Weights.read(Path.of("model.safetensors")).under("lstm.");
///
/// Instead of a tensor that stacks several parameters of a cell, the parameters may be given one by one, named as in
/// the equations: `W_i_l0`, `W_f_l0`, …
public final class Weights {
  private static final int SHOWN_NAMES = 16;
  private static final int SHOWN_LETTERS = 60;

  private final Map<String, Tensor> tensors;
  private final String source;

  private Weights(Map<String, Tensor> tensors, String source) {
    this.tensors = tensors;
    this.source = source;
  }

  /// No tensors; [#with] adds some.
  public static Weights none() {
    return new Weights(Map.of(), "the weights");
  }

  /// These tensors.
  public static Weights of(Map<String, Tensor> tensors) {
    return of(tensors, "the weights");
  }

  /// These tensors.
  ///
  /// @param source what messages call them: a file's name, say
  public static Weights of(Map<String, Tensor> tensors, String source) {
    return new Weights(new LinkedHashMap<>(tensors), Objects.requireNonNull(source, "source"));
  }

  /// All tensors of a safetensors file (float32, float16 and bfloat16), or of one that [#save]
  /// wrote.
  ///
  /// @throws IOException if the file cannot be read or is malformed; the message says where
  public static Weights read(Path file) throws IOException {
    return new Weights(
        QuantizedTensors.expanded(Safetensors.read(file).tensors()), file.toString());
  }

  /// Writes a safetensors file, or replaces it, with the matrices of recurrent layers
  /// (`…weight_ih_l0`, `…weight_hh_l0`, `…weight_hr_l0` and so on) in a precision: bfloat16, or
  /// 8-bit integers with one scale a row, `….int8_scale`. A model that is compiled from it in this
  /// precision computes what one of the unrounded weights would, but for the last bits.
  ///
  /// @throws IOException if the file cannot be written
  /// @throws IllegalArgumentException in INT8, if a matrix holds a value that is not finite
  public void save(Path file, Precision precision) throws IOException {
    QuantizedTensors.write(tensors, precision, file);
  }

  /// The same and one more tensor, which replaces one of its name.
  ///
  /// @param values row-major, as many as the shape has elements; copied
  /// @throws IllegalArgumentException if values and shape do not fit
  public Weights with(String name, float[] values, long... shape) {
    Map<String, Tensor> more = new LinkedHashMap<>(tensors);
    more.put(Objects.requireNonNull(name, "name"), Tensor.of(values, shape));
    return new Weights(more, source);
  }

  /// The tensors whose names begin with a prefix, without it: `under("lstm.")` finds
  /// `lstm.weight_ih_l0` as `weight_ih_l0`.
  public Weights under(String prefix) {
    Map<String, Tensor> under = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (name.startsWith(prefix)) {
        under.put(name.substring(prefix.length()), tensor);
      }
    });
    return new Weights(under, source + " under " + prefix);
  }

  /// The same with another name for a tensor, if there is one of the old name.
  ///
  /// @throws IllegalArgumentException if both names are there
  public Weights renamed(String from, String to) {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    if (tensors.containsKey(from) && tensors.containsKey(to) && !from.equals(to)) {
      throw new IllegalArgumentException(
          "%s: %s cannot be renamed, there is a %s already".formatted(source, from, to));
    }
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> renamed.put(name.equals(from) ? to : name, tensor));
    return new Weights(renamed, source);
  }

  /// The names, in the order of the file.
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /// The tensor of a name.
  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// The tensor of a name, with the shape that is expected of it.
  ///
  /// @throws IllegalArgumentException if it is missing or has another shape
  public Tensor get(String name, long... shape) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "%s: no tensor %s, expected float32%s; there are %s"
              .formatted(source, name, Arrays.toString(shape), listed(tensors.keySet())));
    }
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new IllegalArgumentException(
          "%s: %s is %s, expected float32%s"
              .formatted(source, name, tensor, Arrays.toString(shape)));
    }
    return tensor;
  }

  /// Where the tensors come from, for messages.
  @Override
  public String toString() {
    return source;
  }

  /// Names for a message: not all of thousands, and none that could make a terminal do something.
  static String listed(Collection<String> names) {
    String shown =
        names.stream()
            .limit(SHOWN_NAMES)
            .map(n -> n.substring(0, Math.min(n.length(), SHOWN_LETTERS)))
            .map(n -> n.replaceAll("\\p{Cntrl}", "?"))
            .collect(Collectors.joining(", "));
    return names.size() > SHOWN_NAMES
        ? "[%s, … and %d more]".formatted(shown, names.size() - SHOWN_NAMES)
        : "[" + shown + "]";
  }
}
