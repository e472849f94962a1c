package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  private static final String FLOATS =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  private static final byte[] SIX = floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6);

  @TempDir Path folder;

  private static byte[] floats(ByteOrder order, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(order);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  /// A file of a version with a header and data.
  static byte[] file(int version, String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer prefix = ByteBuffer.allocate(version == 1 ? 10 : 12).order(ByteOrder.LITTLE_ENDIAN);
    prefix.put(Npy.MAGIC).put((byte) version).put((byte) 0);
    if (version == 1) {
      prefix.putShort((short) text.length);
    } else {
      prefix.putInt(text.length);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(prefix.array());
    file.writeBytes(text);
    file.writeBytes(data);
    return file.toByteArray();
  }

  /// Reads as from a file, whose size is known, and as from an archive: both give the same.
  private static NdArray read(byte[] file) throws IOException {
    NdArray known =
        new NpyReader(new ByteArrayInputStream(file), "test", file.length).read(Long.MAX_VALUE);
    assertEquals(
        known, new NpyReader(new ByteArrayInputStream(file), "test", -1).read(Long.MAX_VALUE));
    return known;
  }

  private static String problem(byte[] file) {
    String message = assertThrows(FormatException.class, () -> read(file)).getMessage();
    assertTrue(message.startsWith("test: "), message);
    return message;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BFLOAT16")
  void allTypesComeBack(ElementType type) throws IOException {
    byte[] bytes = new byte[6 * type.bytes()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (type == ElementType.BOOL ? i % 2 : 37 * i);
    }
    for (long[] shape : new long[][] {{2, 3}, {6}, {1, 6, 1}}) {
      NdArray array = NdArray.copyOf(type, MemorySegment.ofArray(bytes), shape);
      Path file = folder.resolve("a.npy");
      Npy.write(file, array);
      assertEquals(array, Npy.read(file));
      assertEquals(0, (Files.size(file) - bytes.length) % 64);
    }
  }

  @Test
  void scalarsAndEmptyArraysComeBack() throws IOException {
    Path file = folder.resolve("a.npy");
    for (NdArray array :
        new NdArray[] {NdArray.of(new long[] {7}), NdArray.of(new float[0], 3, 0, 2)}) {
      Npy.write(file, array);
      assertEquals(array, Npy.read(file));
    }
  }

  @Test
  void writtenHeadersAreNumpys() {
    String text =
        new String(
            Npy.header(NdArray.of(new float[6], 2, 3)), 10, 118, StandardCharsets.ISO_8859_1);
    assertEquals(FLOATS + " ".repeat(117 - FLOATS.length()) + "\n", text);
    assertTrue(NpyHeader.text(NdArray.of(new float[6], 6)).endsWith("'shape': (6,), }"));
    assertTrue(NpyHeader.text(NdArray.of(new double[1])).endsWith("'shape': (), }"));
    assertTrue(
        NpyHeader.text(NdArray.copyOf(ElementType.BOOL, MemorySegment.ofArray(new byte[1]), 1))
            .contains("'|b1'"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void allVersionsAreRead(int version) throws IOException {
    assertEquals(
        NdArray.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3), read(file(version, FLOATS, SIX)));
  }

  @Test
  void theOtherByteOrderIsRead() throws IOException {
    byte[] big = floats(ByteOrder.BIG_ENDIAN, 1, 2, 3, 4, 5, 6);
    assertEquals(
        NdArray.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
        read(file(1, FLOATS.replace('<', '>'), big)));
    byte[] longs = ByteBuffer.allocate(8).putLong(0x0102030405060708L).array();
    assertArrayEquals(
        new long[] {0x0102030405060708L},
        read(file(1, "{'descr':'>i8','fortran_order':False,'shape':()}", longs)).toLongs());
    assertArrayEquals(
        new long[] {0x0102, 0x0304},
        read(file(1, "{'descr':'>u2','fortran_order':False,'shape':(2,)}", Arrays.copyOf(longs, 4)))
            .toLongs());
  }

  @Test
  void fortransOrderIsTurned() throws IOException {
    String header = FLOATS.replace("False", "True");
    assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6}, read(file(1, header, SIX)).toFloats());
    byte[] bytes = new byte[24];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    NdArray array =
        read(file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4)}", bytes));
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < 3; b++) {
        for (int c = 0; c < 4; c++) {
          assertEquals(a + 2 * b + 6 * c, array.integer((a * 3L + b) * 4 + c));
        }
      }
    }
  }

  @Test
  void headersOfOthersAreRead() throws IOException {
    NdArray expected = read(file(1, FLOATS, SIX));
    for (String header :
        new String[] {
          "{\"shape\":(2,3),\"descr\":\"<f4\",\"fortran_order\":False}\n",
          " { 'fortran_order' : False , 'descr' : 'f4' , 'shape' : ( 2L , 3L ) , } ",
          "{'shape': (2, 3,), 'fortran_order': False, 'descr': '=f4'}"
        }) {
      assertEquals(expected, read(file(1, header, SIX)), header);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{'descr': '<c8', 'fortran_order': False, 'shape': (6,)} ~ NumPy's type '<c8'",
        "{'descr': '|O', 'fortran_order': False, 'shape': (6,)} ~ NumPy's type '|O'",
        "{'descr': '', 'fortran_order': False, 'shape': (6,)} ~ NumPy's type ''",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)} ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)} ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': False} ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1} ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)} ~ expected a shape, got (-6,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)} ~ 99999999999999999999",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6} ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} 1 ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': Falsehood, 'shape': (6,)} ~ expected True or False, got Falsehood",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)} ~ expected a shape, got (2 3)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,,)} ~ expected a shape, got (6,,)",
        "{'descr': '<f4 ~ expected {'descr'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (7,)} ~ has 24 bytes of data, but float[7] needs 28",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (5,)} ~ has 24 bytes of data, but float[5] needs 20",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)} ~ too many elements",
        "{'descr': '|b1', 'fortran_order': False, 'shape': (24,)} ~ a Boolean is 0 or 1",
      })
  void headersThatCannotBeAreRefused(String header, String part) {
    String message = problem(file(1, header, SIX));
    assertTrue(message.contains(part), message);
  }

  @Test
  void whatIsNoNpyFileIsRefused() {
    assertTrue(problem(file(4, FLOATS, SIX)).contains("version 4"));
    assertTrue(problem(file(1, FLOATS.replace("2, 3", "1, ".repeat(65)), SIX)).contains("65 dim"));
    byte[] huge = file(2, FLOATS, SIX);
    huge[11] = (byte) 0xff;
    assertTrue(problem(huge).contains("expected at most 65536"));
    assertTrue(
        problem("no array at all".getBytes(StandardCharsets.US_ASCII)).contains("no .npy file"));
    assertThrows(NoSuchFileException.class, () -> Npy.read(folder.resolve("none")));
  }

  @Test
  void bfloat16IsRefused() {
    NdArray array = NdArray.copyOf(ElementType.BFLOAT16, MemorySegment.ofArray(new short[2]), 2);
    Path file = folder.resolve("a.npy");
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> Npy.write(file, array))
            .getMessage()
            .contains("bfloat16"));
  }

  @Test
  void aHugeClaimTakesNoMemory() {
    byte[] file =
        file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,)}", SIX);
    assertTrue(problem(file).contains("has 24 bytes of data"));
    assertTrue(
        assertThrows(
                FormatException.class,
                () ->
                    new NpyReader(new ByteArrayInputStream(file), "test", -1).read(Long.MAX_VALUE))
            .getMessage()
            .contains("cut off: 24 of 8796093022208"));
    assertTrue(
        assertThrows(
                FormatException.class,
                () -> new NpyReader(new ByteArrayInputStream(file), "test", -1).read(1 << 20))
            .getMessage()
            .contains("more than the 1048576"));
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] file = file(1, FLOATS, SIX);
    for (int length = 0; length < file.length; length++) {
      problem(Arrays.copyOf(file, length));
    }
    problem(Arrays.copyOf(file, file.length + 1));
  }

  @Test
  void damageGivesAnArrayOrAProblem() throws IOException {
    Random random = new Random(1);
    int valid = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] file = file(1 + i % 3, FLOATS, SIX);
      int at = random.nextInt(file.length - SIX.length);
      file[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      try {
        assertEquals(SIX.length, read(file).data().byteSize());
        valid++;
      } catch (FormatException e) {
        assertTrue(e.getMessage().startsWith("test: "), e.getMessage());
      }
    }
    assertTrue(valid > 100 && valid < 10_000, valid + " of 20000 were valid");
  }
}
