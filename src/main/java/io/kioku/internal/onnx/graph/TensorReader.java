package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.internal.onnx.proto.TensorMessage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// Reads tensors of ONNX files: from the bytes within, from the typed lists, or from another file.
public final class TensorReader {
  private static final long ALIGNMENT = 64;

  private final Path folder;
  private final Arena arena;

  /// @param folder of the model, which files with external data must not leave; null if there is
  ///   none
  /// @param arena of the constants
  public TensorReader(Path folder, Arena arena) {
    this.folder = folder;
    this.arena = arena;
  }

  /// A tensor as a constant, its 16-bit floats widened.
  ///
  /// @throws Refusal if it is damaged or of a type that is none of [ElementType]
  public Constant constant(TensorMessage tensor) {
    ElementType type = type(tensor);
    long[] dims = tensor.dims();
    MemorySegment bytes = bytes(tensor, type, elements(type, dims));
    long size = bytes.byteSize() / type.bytes();
    MemorySegment data = allocate(Math.multiplyExact(size, (long) type.storage().bytes()));
    if (type.storage() == type) {
      data.copyFrom(bytes);
    } else {
      Floats16.widen(type, bytes, data);
    }
    return new Constant(type, dims, data.asReadOnly());
  }

  /// A tensor as it is.
  ///
  /// @throws Refusal if it is damaged or of a type that is none of [ElementType]
  public NdArray array(TensorMessage tensor) {
    ElementType type = type(tensor);
    long[] dims = tensor.dims();
    return NdArray.copyOf(type, bytes(tensor, type, elements(type, dims)), dims);
  }

  private static ElementType type(TensorMessage tensor) {
    Optional<ElementType> type = ElementType.ofCode(tensor.dataType());
    if (type.isEmpty()) {
      throw new Refusal(
          "tensor '%s' has element type %s, which is not supported"
              .formatted(tensor.name(), TensorMessage.typeName(tensor.dataType())));
    }
    return type.get();
  }

  private static long elements(ElementType type, long[] dims) {
    try {
      return NdArray.bytes(type, dims) / type.bytes();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Refusal("a tensor has the impossible shape " + Arrays.toString(dims));
    }
  }

  private MemorySegment allocate(long bytes) {
    return arena.allocate(Math.max(ALIGNMENT, bytes), ALIGNMENT).asSlice(0, bytes);
  }

  private MemorySegment bytes(TensorMessage tensor, ElementType type, long size) {
    long expected = size * type.bytes();
    if (tensor.isSegment()) {
      throw new Refusal("tensor '%s' is a segment of another".formatted(tensor.name()));
    }
    if (tensor.isExternal()) {
      return external(tensor, expected);
    }
    if (tensor.raw() != null) {
      return sized(tensor, MemorySegment.ofBuffer(tensor.raw()), expected);
    }
    return sized(tensor, listed(tensor, type), expected);
  }

  private static MemorySegment sized(TensorMessage tensor, MemorySegment bytes, long expected) {
    if (bytes.byteSize() != expected) {
      throw new Refusal(
          "tensor '%s' has %d bytes of data, its shape %s needs %d"
              .formatted(
                  tensor.name(), bytes.byteSize(), Arrays.toString(tensor.dims()), expected));
    }
    return bytes;
  }

  /// The typed lists: small types lie in `int32_data`, one value an entry.
  private static MemorySegment listed(TensorMessage tensor, ElementType type) {
    return switch (type) {
      case FLOAT -> MemorySegment.ofArray(tensor.floats());
      case DOUBLE -> MemorySegment.ofArray(tensor.doubles());
      case INT64 -> MemorySegment.ofArray(tensor.longs());
      case UINT64 -> MemorySegment.ofArray(tensor.unsignedLongs());
      case UINT32 -> narrow(tensor.unsignedLongs(), type.bytes());
      default -> narrow(tensor.ints(), type.bytes());
    };
  }

  /// The low bytes of each long.
  private static MemorySegment narrow(long[] longs, int bytes) {
    byte[] narrow = new byte[Math.multiplyExact(longs.length, bytes)];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (byte) (longs[i / bytes] >>> (i % bytes * Byte.SIZE));
    }
    return MemorySegment.ofArray(narrow);
  }

  private MemorySegment external(TensorMessage tensor, long expected) {
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
    return read(tensor, location, offset, length);
  }

  private MemorySegment read(TensorMessage tensor, String location, long offset, long length) {
    try {
      Path root = folder.toRealPath();
      Path file = root.resolve(location).toRealPath(); // links count as where they lead
      if (!file.startsWith(root)) {
        throw new Refusal("'%s' lies outside the model's folder".formatted(location));
      }
      try (FileChannel channel = FileChannel.open(file)) {
        if (offset < 0 || length > channel.size() - offset) {
          throw new Refusal(
              "tensor '%s' lies at %d to %d of '%s', which has %d bytes"
                  .formatted(tensor.name(), offset, offset + length, location, channel.size()));
        }
        MemorySegment data = allocate(length);
        long done = 0;
        while (done < length) {
          ByteBuffer part = data.asSlice(done, Math.min(length - done, 1 << 30)).asByteBuffer();
          int read = channel.read(part, offset + done);
          if (read < 0) {
            throw new IOException("the file has become shorter");
          }
          done += read;
        }
        return data;
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
