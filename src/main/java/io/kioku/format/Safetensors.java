package io.kioku.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The content of a Safetensors file: named tensors, and strings about them.
///
/// The format is Hugging Face's, <https://huggingface.co/docs/safetensors/index#format>: eight
/// bytes with the length of the header, the header in JSON, then the elements. Types F32, F16, BF16
/// and I8 are read and become float32, which holds their values exactly; files are written as F32,
/// or with tensors in fewer bits.
///
/// ```java
/// var file = Safetensors.read(Path.of("model.safetensors"));
/// Tensor weights = file.tensors().get("lstm.weight_ih_l0");   // float32[1024, 64]
///
/// new Safetensors(Map.of("h", Tensor.of(h, 1, 256)), Map.of("step", "17")).write(path);
/// ```
///
/// Reading refuses every file that breaks a rule of the format: names that appear twice, data that
/// overlap, leave holes or lie outside the file, sizes that contradict a shape. Values are not
/// checked: a NaN is a value.
///
/// @param tensors the tensors by name; iterates in the order of the header; unmodifiable
/// @param metadata strings by name, such as the architecture; empty if there are none; unmodifiable
public record Safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) {

  /// The longest name of a tensor or key of the metadata, in characters.
  static final int MAX_NAME_LENGTH = 4096;

  /// The name in a header that is no tensor but the map of strings.
  static final String METADATA = "__metadata__";

  /// Copies both maps, in their order.
  ///
  /// @throws IllegalArgumentException if a name is longer than 4096 characters, a text holds half a
  ///   surrogate pair, or a tensor is named `__metadata__`
  public Safetensors {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors.forEach(Safetensors::checkEntry);
    metadata.forEach(Safetensors::checkEntry);
    metadata.values().forEach(Safetensors::checkText);
    if (tensors.containsKey(METADATA)) {
      throw new IllegalArgumentException(
          "a tensor is named " + METADATA + "; the format keeps that name for strings");
    }
  }

  private static void checkEntry(String name, Object value) {
    if (name == null || value == null) {
      throw new IllegalArgumentException("%s has the value %s".formatted(name, value));
    }
    if (name.length() > MAX_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "a name has %d characters; at most %d are allowed"
              .formatted(name.length(), MAX_NAME_LENGTH));
    }
    checkText(name);
  }

  private static void checkText(String text) {
    if (!isUnicode(text)) {
      throw new IllegalArgumentException(
          SafetensorsHeader.quote(text) + " holds half a surrogate pair, which is no character");
    }
  }

  /// Tells whether a text can be written in UTF-8; half a surrogate pair cannot.
  static boolean isUnicode(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /// Reads a file of any size. The elements are copied into memory outside the Java heap, of which
  /// `-XX:MaxDirectMemorySize` is the limit (by default, as much as the heap).
  ///
  /// @throws FormatException if the content is not valid; the message begins with the path
  /// @throws IOException if the file is missing or cannot be read
  public static Safetensors read(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(
          path.toString(), null, "is a directory; expected a Safetensors file");
    }
    try (var channel = Files.newByteChannel(path)) {
      return new SafetensorsReader(channel, path.toString()).read(channel.size());
    }
  }

  /// Reads a stream to its end, such as a resource; at most 2 GB. The stream is not closed.
  ///
  /// @param in the bytes of a whole file
  /// @param source the name for it that messages begin with
  /// @throws FormatException if the content is not valid
  /// @throws IOException if the stream cannot be read
  public static Safetensors read(InputStream in, String source) throws IOException {
    byte[] bytes = in.readAllBytes();
    var channel = Channels.newChannel(new ByteArrayInputStream(bytes));
    return new SafetensorsReader(channel, source).read(bytes.length);
  }

  /// Writes a file, or replaces it, as a whole: it is written under a temporary name beside the
  /// target, forced to the disk, then renamed. When this fails, the target is what it was before,
  /// and the temporary file is deleted. The tensors lie in the file in the order of the map. A
  /// symbolic link at the path is replaced, not followed.
  ///
  /// @throws IOException if the directory does not exist, the path is a directory, or writing fails
  public void write(Path path) throws IOException {
    write(path, Map.of());
  }

  /// The same with some tensors in fewer bits.
  ///
  /// @param types of tensors by name, [ElementType#BFLOAT16], [ElementType#FLOAT16] or
  ///   [ElementType#INT8]: values are rounded to the nearest, those of INT8 must be from -128 to
  ///   127; the others are float32
  /// @throws IllegalArgumentException if there is no such tensor, a type is another one, or a value
  ///   is none of INT8's
  /// @throws IOException as above
  public void write(Path path, Map<String, ElementType> types) throws IOException {
    Map<String, Dtype> dtypes = new LinkedHashMap<>();
    tensors.keySet().forEach(name -> dtypes.put(name, Dtype.F32));
    types.forEach((name, type) -> dtypes.put(name, dtype(name, type)));
    SafetensorsWriter.write(this, dtypes, path);
  }

  private Dtype dtype(String name, ElementType type) {
    if (!tensors.containsKey(name)) {
      throw new IllegalArgumentException("there is no tensor " + name);
    }
    return switch (type) {
      case FLOAT -> Dtype.F32;
      case FLOAT16 -> Dtype.F16;
      case BFLOAT16 -> Dtype.BF16;
      case INT8 -> {
        for (float value : tensors.get(name).toArray()) {
          if (!(Math.rint(value) >= Byte.MIN_VALUE && Math.rint(value) <= Byte.MAX_VALUE)) {
            throw new IllegalArgumentException(
                "tensor %s holds %s, which is no INT8".formatted(name, value));
          }
        }
        yield Dtype.I8;
      }
      default ->
          throw new IllegalArgumentException(
              "tensor %s in %s, expected FLOAT, FLOAT16, BFLOAT16 or INT8".formatted(name, type));
    };
  }
}
