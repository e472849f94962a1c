package io.kioku.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Builds the bytes of Safetensors files, good and bad, without the code under test.
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  /// A small valid file: metadata, three types, a scalar, an empty tensor, order unlike the data's.
  static byte[] sample() {
    String header =
        """
        {"__metadata__":{"kind":"sample"},\
        "b":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},\
        "a":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},\
        "c":{"dtype":"BF16","shape":[],"data_offsets":[16,18]},\
        "d":{"dtype":"F32","shape":[0,4],"data_offsets":[18,18]}}\
        """;
    ByteBuffer data = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(1).putFloat(-2).putFloat(0.5f);
    data.putShort((short) 0x3C00).putShort((short) 0xC000); // 1, -2
    data.putShort((short) 0x4049); // 3.140625
    return file(header, data.array());
  }

  /// A file with a true header length.
  static byte[] file(String header, byte... data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return withLength(json.length, json, data);
  }

  /// A file with one tensor `a` described by the text, and zeros for data.
  static byte[] tensor(String description, int dataLength) {
    return file("{\"a\":{" + description + "}}", new byte[dataLength]);
  }

  /// A file that claims a length of the header.
  static byte[] withLength(long claim, byte[] header, byte... data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(claim)
        .put(header)
        .put(data)
        .array();
  }

  static Safetensors read(byte[] file) throws IOException {
    return Safetensors.read(new ByteArrayInputStream(file), "test");
  }
}
