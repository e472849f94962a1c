package io.kioku.internal.onnx.graph;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

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
  public Constant constant(TensorProto proto) {
    ElementType type = type(proto);
    long[] dims = dims(proto);
    MemorySegment bytes = bytes(proto, type, elements(type, dims));
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
  public NdArray array(TensorProto proto) {
    ElementType type = type(proto);
    long[] dims = dims(proto);
    return NdArray.copyOf(type, bytes(proto, type, elements(type, dims)), dims);
  }

  private static ElementType type(TensorProto proto) {
    return ElementType.ofCode(proto.getDataType())
        .orElseThrow(() ->
            new Refusal(
                "tensor '%s' has element type %s, which is not supported"
                    .formatted(
                        proto.getName(),
                        TensorProto.DataType.forNumber(proto.getDataType()) == null
                            ? proto.getDataType()
                            : TensorProto.DataType.forNumber(proto.getDataType()))));
  }

  private static long[] dims(TensorProto proto) {
    return proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
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

  private MemorySegment bytes(TensorProto proto, ElementType type, long size) {
    long expected = size * type.bytes();
    if (proto.hasSegment()) {
      throw new Refusal("tensor '%s' is a segment of another".formatted(proto.getName()));
    }
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return external(proto, expected);
    }
    if (proto.hasRawData()) {
      return sized(
          proto, MemorySegment.ofBuffer(proto.getRawData().asReadOnlyByteBuffer()), expected);
    }
    return sized(proto, listed(proto, type), expected);
  }

  private static MemorySegment sized(TensorProto proto, MemorySegment bytes, long expected) {
    if (bytes.byteSize() != expected) {
      throw new Refusal(
          "tensor '%s' has %d bytes of data, its shape %s needs %d"
              .formatted(
                  proto.getName(), bytes.byteSize(), Arrays.toString(dims(proto)), expected));
    }
    return bytes;
  }

  /// The typed lists: small types lie in `int32_data`, one value an entry.
  private static MemorySegment listed(TensorProto proto, ElementType type) {
    return switch (type) {
      case FLOAT -> floats(proto.getFloatDataList());
      case DOUBLE ->
          MemorySegment.ofArray(
              proto.getDoubleDataList().stream().mapToDouble(Double::doubleValue).toArray());
      case INT64 -> longs(proto.getInt64DataList());
      case UINT64 -> longs(proto.getUint64DataList());
      case UINT32 -> narrow(longs(proto.getUint64DataList()), type.bytes());
      default -> narrow(ints(proto.getInt32DataList()), type.bytes());
    };
  }

  private static MemorySegment floats(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return MemorySegment.ofArray(array);
  }

  private static MemorySegment longs(List<Long> values) {
    return MemorySegment.ofArray(values.stream().mapToLong(Long::longValue).toArray());
  }

  private static MemorySegment ints(List<Integer> values) {
    return MemorySegment.ofArray(values.stream().mapToLong(Integer::longValue).toArray());
  }

  /// The low bytes of each long.
  private static MemorySegment narrow(MemorySegment longs, int bytes) {
    long count = longs.byteSize() / Long.BYTES;
    ByteBuffer narrow =
        ByteBuffer.allocate(Math.toIntExact(count * bytes)).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < count; i++) {
      long value = longs.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
      for (int b = 0; b < bytes; b++) {
        narrow.put((byte) (value >>> (b * Byte.SIZE)));
      }
    }
    return MemorySegment.ofArray(narrow.array());
  }

  private MemorySegment external(TensorProto proto, long expected) {
    String location = null;
    long offset = 0;
    long length = expected;
    for (StringStringEntryProto entry : proto.getExternalDataList()) {
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
                .formatted(proto.getName(), entry.getKey(), entry.getValue()));
      }
    }
    if (location == null || folder == null) {
      throw new Refusal(
          "tensor '%s' lies in another file, and %s"
              .formatted(
                  proto.getName(),
                  location == null
                      ? "its name is missing"
                      : "the model was not loaded from a file itself"));
    }
    if (length != expected) {
      throw new Refusal(
          "tensor '%s' has %d bytes of external data, its shape needs %d"
              .formatted(proto.getName(), length, expected));
    }
    return read(proto, location, offset, length);
  }

  private MemorySegment read(TensorProto proto, String location, long offset, long length) {
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
                  .formatted(proto.getName(), offset, offset + length, location, channel.size()));
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
