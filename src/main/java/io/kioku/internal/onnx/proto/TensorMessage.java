package io.kioku.internal.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `TensorProto`.
///
/// @param dataType as [#typeName] names it
/// @param isSegment whether it is a part of another
/// @param isExternal whether its content lies in another file, which `external` names
/// @param raw its content; null if it is in one of the lists
/// @param floats the bytes of `float_data`, little-endian
/// @param doubles those of `double_data`
/// @param ints `int32_data`
/// @param longs `int64_data`
/// @param unsignedLongs `uint64_data`
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages
public record TensorMessage(
    String name,
    long[] dims,
    int dataType,
    boolean isSegment,
    boolean isExternal,
    Map<String, String> external,
    MemorySegment raw,
    MemorySegment floats,
    MemorySegment doubles,
    long[] ints,
    long[] longs,
    long[] unsignedLongs) {
  private static final int EXTERNAL = 1;

  /// By number.
  private static final List<String> TYPE_NAMES =
      List.of(
          "UNDEFINED",
          "FLOAT",
          "UINT8",
          "INT8",
          "UINT16",
          "INT16",
          "INT32",
          "INT64",
          "STRING",
          "BOOL",
          "FLOAT16",
          "DOUBLE",
          "UINT32",
          "UINT64",
          "COMPLEX64",
          "COMPLEX128",
          "BFLOAT16",
          "FLOAT8E4M3FN",
          "FLOAT8E4M3FNUZ",
          "FLOAT8E5M2",
          "FLOAT8E5M2FNUZ",
          "UINT4",
          "INT4",
          "FLOAT4E2M1");

  /// Reads a file that is one tensor.
  ///
  /// @throws WireException if the bytes are no such message, or damaged
  public static TensorMessage read(MemorySegment bytes) throws WireException {
    return read(Wire.of(bytes));
  }

  static TensorMessage read(Wire wire) throws WireException {
    String name = "";
    Wire.Wholes dims = new Wire.Wholes();
    int dataType = 0;
    boolean isSegment = false;
    boolean isExternal = false;
    Map<String, String> external = new LinkedHashMap<>();
    MemorySegment raw = null;
    Wire.Bytes floats = new Wire.Bytes();
    Wire.Bytes doubles = new Wire.Bytes();
    Wire.Wholes ints = new Wire.Wholes();
    Wire.Wholes longs = new Wire.Wholes();
    Wire.Wholes unsignedLongs = new Wire.Wholes();
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> wire.wholes(dims);
        case 2 -> dataType = (int) wire.whole();
        case 3 -> {
          isSegment = true;
          wire.skip();
        }
        case 4 -> wire.reals(Float.BYTES, floats);
        case 5 -> wire.wholes(ints);
        case 7 -> wire.wholes(longs);
        case 8 -> name = wire.text();
        case 9 -> raw = wire.bytes();
        case 10 -> wire.reals(Double.BYTES, doubles);
        case 11 -> wire.wholes(unsignedLongs);
        case 13 -> readEntry(wire.message(), external);
        case 14 -> isExternal = wire.whole() == EXTERNAL;
        default -> wire.skip();
      }
    }
    return new TensorMessage(
        name,
        dims.toArray(),
        dataType,
        isSegment,
        isExternal,
        external,
        raw,
        floats.toSegment(),
        doubles.toSegment(),
        ints.toArray(),
        longs.toArray(),
        unsignedLongs.toArray());
  }

  /// `StringStringEntryProto`.
  private static void readEntry(Wire wire, Map<String, String> to) throws WireException {
    String key = "";
    String value = "";
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> key = wire.text();
        case 2 -> value = wire.text();
        default -> wire.skip();
      }
    }
    to.put(key, value);
  }

  /// What ONNX calls an element type; its number if it is none.
  public static String typeName(int dataType) {
    return dataType >= 0 && dataType < TYPE_NAMES.size()
        ? TYPE_NAMES.get(dataType)
        : Integer.toString(dataType);
  }

  /// The same under another name.
  public TensorMessage named(String other) {
    return new TensorMessage(
        other,
        dims,
        dataType,
        isSegment,
        isExternal,
        external,
        raw,
        floats,
        doubles,
        ints,
        longs,
        unsignedLongs);
  }
}
