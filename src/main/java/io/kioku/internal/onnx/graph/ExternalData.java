package io.kioku.internal.onnx.graph;

import io.kioku.internal.onnx.proto.TensorMessage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Tensors that lie in other files than the model's. The files are mapped: what is not copied from
/// them takes no memory.
public final class ExternalData {
  private final Path folder;
  private final Arena arena;
  private final Map<String, MemorySegment> files = new HashMap<>(); // by their names in the model

  /// @param folder of the model, which files must not leave; null if there is none
  /// @param arena as long as files are mapped; of the caller's thread
  public ExternalData(Path folder, Arena arena) {
    this.folder = folder;
    this.arena = arena;
  }

  /// A tensor's bytes.
  ///
  /// @param expected how many its shape needs
  /// @throws Refusal if they are not there
  MemorySegment of(TensorMessage tensor, long expected) {
    String location = null;
    long offset = 0;
    long length = expected;
    for (Map.Entry<String, String> entry : tensor.external().entrySet()) {
      try {
        switch (entry.getKey()) {
          case "location" -> location = entry.getValue();
          case "offset" -> offset = Long.parseLong(entry.getValue());
          case "length" -> length = Long.parseLong(entry.getValue());
          default -> {} // a checksum, or what others need
        }
      } catch (NumberFormatException e) {
        throw new Refusal(
            "tensor '%s' has %s '%s' of external data, expected a number"
                .formatted(tensor.name(), entry.getKey(), entry.getValue()));
      }
    }
    if (location == null || folder == null) {
      throw new Refusal(
          "tensor '%s' lies in another file, and %s"
              .formatted(
                  tensor.name(),
                  location == null
                      ? "its name is missing"
                      : "the model was not loaded from a file itself"));
    }
    if (length != expected) {
      throw new Refusal(
          "tensor '%s' has %d bytes of external data, its shape needs %d"
              .formatted(tensor.name(), length, expected));
    }
    MemorySegment file = file(location);
    if (offset < 0 || length > file.byteSize() - offset) {
      throw new Refusal(
          "tensor '%s' lies at %d to %d of '%s', which has %d bytes"
              .formatted(tensor.name(), offset, offset + length, location, file.byteSize()));
    }
    return file.asSlice(offset, length);
  }

  private MemorySegment file(String location) {
    MemorySegment file = files.get(location);
    if (file == null) {
      file = map(location);
      files.put(location, file);
    }
    return file;
  }

  private MemorySegment map(String location) {
    try {
      Path root = folder.toRealPath();
      Path file = root.resolve(location).toRealPath(); // links count as where they lead
      if (!file.startsWith(root)) {
        throw new Refusal("'%s' lies outside the model's folder".formatted(location));
      }
      try (FileChannel channel = FileChannel.open(file)) {
        return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      }
    } catch (NoSuchFileException e) {
      throw new Refusal(
          "the model's data lie in '%s', which is missing: it belongs into %s"
              .formatted(location, folder));
    } catch (IOException | IllegalArgumentException e) {
      throw new Refusal(
          "the model's data lie in '%s', which cannot be read: %s".formatted(location, e));
    }
  }
}
