package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The conversions to float32, through a whole file.
class DtypeTest {
  private static final int ALL = 1 << Short.SIZE;

  @ParameterizedTest
  @CsvSource({
    "0x0000, 0x00000000", // 0
    "0x8000, 0x80000000", // -0
    "0x3C00, 0x3F800000", // 1
    "0xC000, 0xC0000000", // -2
    "0x3555, 0x3EAAA000", // about 1/3
    "0x7BFF, 0x477FE000", // 65504, the largest
    "0x0400, 0x38800000", // 2^-14, the smallest normal
    "0x03FF, 0x387FC000", // the largest subnormal
    "0x0001, 0x33800000", // 2^-24, the smallest subnormal
    "0x8001, 0xB3800000",
    "0x7C00, 0x7F800000", // infinity
    "0xFC00, 0xFF800000",
    "0x7E00, 0x7FC00000", // NaN
  })
  void convertsF16(String half, String single) throws IOException {
    assertEquals(Integer.parseUnsignedInt(single, 2, 10, 16), bits("F16")[parse(half)]);
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, 0x00000000",
    "0x8000, 0x80000000",
    "0x3F80, 0x3F800000", // 1
    "0x4049, 0x40490000", // 3.140625
    "0x7F7F, 0x7F7F0000", // the largest
    "0x0080, 0x00800000", // the smallest normal
    "0x0001, 0x00010000", // the smallest subnormal
    "0x7F80, 0x7F800000", // infinity
    "0xFF80, 0xFF800000",
    "0x7FC1, 0x7FC10000", // NaN, with its payload
    "0xFF81, 0xFF810000", // a signalling NaN
  })
  void convertsBf16(String narrow, String single) throws IOException {
    assertEquals(Integer.parseUnsignedInt(single, 2, 10, 16), bits("BF16")[parse(narrow)]);
  }

  @Test
  void everyF16HasItsOwnValue() throws IOException {
    int[] bits = bits("F16");
    for (int i = 0; i < ALL; i++) {
      int exponent = i >> 10 & 31;
      int fraction = i & 1023;
      float value = Float.intBitsToFloat(bits[i]);
      if (exponent == 31 && fraction != 0) {
        assertTrue(Float.isNaN(value), "NaN expected for " + i);
        continue;
      }
      double magnitude =
          exponent == 31
              ? Double.POSITIVE_INFINITY
              : exponent == 0
                  ? Math.scalb(fraction, -24)
                  : Math.scalb(1024 + fraction, exponent - 25);
      assertEquals((float) (i < ALL / 2 ? magnitude : -magnitude), value);
    }
  }

  @Test
  void everyBf16IsTheUpperHalf() throws IOException {
    int[] bits = bits("BF16");
    for (int i = 0; i < ALL; i++) {
      assertEquals(i << 16, bits[i]);
    }
  }

  /// Reads a file with all 65,536 values of a 16-bit type, and returns the bits of the floats.
  private static int[] bits(String dtype) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(2 * ALL).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ALL; i++) {
      data.putShort((short) i);
    }
    String header =
        "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(dtype, ALL, 2 * ALL);
    Tensor tensor =
        SafetensorsBytes.read(SafetensorsBytes.file(header, data.array())).tensors().get("a");
    return tensor.data().toArray(ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  private static int parse(String hex) {
    return Integer.decode(hex);
  }
}
