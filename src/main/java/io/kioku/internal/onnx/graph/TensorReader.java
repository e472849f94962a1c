package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.internal.onnx.proto.TensorMessage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/// Reads tensors of ONNX files: from the bytes within, from the typed lists, or from another file.
/// Each is copied once, to where constants live.
public final class TensorReader {
  private static final long ALIGNMENT = 64;

  private final ExternalData external;
  private final Arena arena;

  /// @param external what lies in other files
  /// @param arena of the constants
  public TensorReader(ExternalData external, Arena arena) {
    this.external = external;
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
      return external.of(tensor, expected);
    }
    if (tensor.raw() != null) {
      return sized(tensor, tensor.raw(), expected);
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
      case FLOAT -> tensor.floats();
      case DOUBLE -> tensor.doubles();
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
}
