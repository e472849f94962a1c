package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WavTest {
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("a.wav");
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] chunk(String name, int size, byte[] content) {
    return ByteBuffer.allocate(8 + content.length + content.length % 2)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(name.getBytes(StandardCharsets.US_ASCII))
        .putInt(size)
        .put(content)
        .array();
  }

  private static byte[] chunk(String name, byte[] content) {
    return chunk(name, content.length, content);
  }

  private static byte[] format(int tag, int channels, int rate, int bits) {
    int frame = channels * ((bits + 7) / 8);
    return buffer(16)
        .putShort((short) tag)
        .putShort((short) channels)
        .putInt(rate)
        .putInt(rate * frame)
        .putShort((short) frame)
        .putShort((short) bits)
        .array();
  }

  private static byte[] extensible(int tag, int channels, int bits, int validBits) {
    return buffer(40)
        .put(format(EXTENSIBLE, channels, 16_000, bits))
        .putShort((short) 22)
        .putShort((short) validBits)
        .putInt(0)
        .putShort((short) tag)
        .put(new byte[] {0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0, (byte) 0xAA, 0, 0x38})
        .put(new byte[] {(byte) 0x9B, 0x71})
        .array();
  }

  private static byte[] riff(String riff, byte[]... chunks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(chunk(riff, "WAVE".getBytes(StandardCharsets.US_ASCII)));
    for (byte[] chunk : chunks) {
      bytes.writeBytes(chunk);
    }
    return bytes.toByteArray();
  }

  private static byte[] wav(byte[] format, byte[] data) {
    return riff("RIFF", chunk("fmt ", format), chunk("data", data));
  }

  private static byte[] shorts(int... values) {
    byte[] bytes = new byte[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[2 * i] = (byte) values[i];
      bytes[2 * i + 1] = (byte) (values[i] >> Byte.SIZE);
    }
    return bytes;
  }

  private float[] read(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Wav wav = Wav.open(file)) {
      float[] samples = new float[100];
      int n = wav.read(samples, 0, 100);
      assertEquals(0, wav.read(samples, 0, 100));
      assertEquals(OptionalLong.of(n), wav.frames());
      return Arrays.copyOf(samples, n);
    }
  }

  private String problem(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    String message = assertThrows(FormatException.class, () -> Wav.open(file)).getMessage();
    assertTrue(message.startsWith(file + ": "), message);
    return message;
  }

  @Test
  void allKindsOfSamplesAreRead() throws IOException {
    float[] expected = {0, 0.5f, -1, 0.25f};
    byte[] bytes = {(byte) 128, (byte) 192, 0, (byte) 160};
    assertArrayEquals(expected, read(wav(format(PCM, 1, 8000, 8), bytes)));
    byte[] two = shorts(0, 1 << 14, -1 << 15, 1 << 13);
    assertArrayEquals(expected, read(wav(format(PCM, 1, 8000, 16), two)));
    byte[] three = {0, 0, 0, 0, 0, 0x40, 0, 0, (byte) 0x80, 0, 0, 0x20};
    assertArrayEquals(expected, read(wav(format(PCM, 1, 8000, 24), three)));
    byte[] four = buffer(16).putInt(0).putInt(1 << 30).putInt(1 << 31).putInt(1 << 29).array();
    assertArrayEquals(expected, read(wav(format(PCM, 1, 8000, 32), four)));
    byte[] floats = buffer(16).putFloat(0).putFloat(.5f).putFloat(-1).putFloat(.25f).array();
    assertArrayEquals(expected, read(wav(format(FLOAT, 1, 8000, 32), floats)));
    byte[] doubles = buffer(32).putDouble(0).putDouble(.5).putDouble(-1).putDouble(.25).array();
    assertArrayEquals(expected, read(wav(format(FLOAT, 1, 8000, 64), doubles)));
    // 12 bits lie in the upper part of 16
    assertArrayEquals(expected, read(wav(format(PCM, 1, 8000, 12), two)));
    assertArrayEquals(expected, read(wav(extensible(PCM, 1, 16, 16), two)));
    assertArrayEquals(expected, read(wav(extensible(PCM, 1, 24, 20), three)));
    assertArrayEquals(expected, read(wav(extensible(FLOAT, 1, 32, 32), floats)));
  }

  @Test
  void lowBitsCount() throws IOException {
    byte[] three = {1, 0, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
    assertArrayEquals(
        new float[] {0x1p-23f, -0x1p-23f, 1 - 0x1p-23f},
        read(wav(format(PCM, 1, 8000, 24), three)));
  }

  @Test
  void channelsAreMixed() throws IOException {
    byte[] data = shorts(1 << 14, 0, -1 << 15, -1 << 15, 3 << 13, 1 << 13);
    assertArrayEquals(new float[] {.25f, -1, .5f}, read(wav(format(PCM, 2, 44_100, 16), data)));
    assertArrayEquals(new float[] {-1 / 6f, 0}, read(wav(format(PCM, 3, 44_100, 16), data)), 1e-6f);
  }

  @Test
  void aLongFileIsReadInPieces() throws IOException {
    int count = 100_003;
    byte[] data = shorts(IntStream.range(0, 3 * count).map(i -> i / 3).toArray());
    Files.write(file, wav(format(PCM, 3, 48_000, 16), data));
    try (Wav wav = Wav.open(file)) {
      assertEquals(3, wav.channels());
      assertEquals(48_000, wav.sampleRate());
      assertEquals(OptionalLong.of(count), wav.frames());
      float[] samples = new float[count + 10];
      int n = 0;
      for (int piece = 1; n < count; piece = piece * 2 + 1) {
        int read = wav.read(samples, n, Math.min(piece, samples.length - n));
        assertEquals(Math.min(piece, count - n), read);
        n += read;
      }
      for (int i = 0; i < count; i++) {
        assertEquals((short) i * 0x1p-15f, samples[i]);
      }
      assertThrows(IndexOutOfBoundsException.class, () -> wav.read(samples, 0, -1));
    }
  }

  @Test
  void otherChunksAreSkipped() throws IOException {
    byte[] bytes =
        riff(
            "RIFF",
            chunk("LIST", new byte[7]),
            chunk("junk", new byte[100_000]),
            chunk("fmt ", format(PCM, 1, 16_000, 8)),
            chunk("fact", new byte[4]),
            chunk("data", new byte[] {0, 0, 0}),
            chunk("id3 ", new byte[11]));
    assertArrayEquals(new float[] {-1, -1, -1}, read(bytes));
  }

  @Test
  void whatIsCutOffIsReadUpToItsEnd() throws IOException {
    byte[] bytes = wav(format(PCM, 2, 16_000, 16), new byte[20]);
    for (int left = 20; left >= 1; left--) {
      float[] samples = read(Arrays.copyOf(bytes, bytes.length - 20 + left));
      assertEquals(left / 4, samples.length);
      try (Wav wav = Wav.open(file)) {
        assertEquals(left < 20, wav.isCutOff());
      }
    }
  }

  @Test
  void sizesThatNobodyKnewAreTheRest() throws IOException {
    byte[] format = chunk("fmt ", format(PCM, 1, 16_000, 16));
    for (int size : new int[] {0, -1}) {
      byte[] bytes = riff("RIFF", format, chunk("data", size, shorts(1 << 14, 1 << 14)));
      assertArrayEquals(new float[] {.5f, .5f}, read(bytes));
      try (Wav wav = Wav.open(file)) {
        assertFalse(wav.isCutOff());
      }
    }
    byte[] ds64 = buffer(28).putLong(0).putLong(2).putLong(1).putInt(0).array();
    byte[] data = chunk("data", -1, shorts(1 << 14, 1 << 14));
    assertArrayEquals(new float[] {.5f}, read(riff("RF64", chunk("ds64", ds64), format, data)));
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    byte[] data = new byte[64];
    assertTrue(problem(new byte[100]).contains("is no WAV file"));
    assertTrue(problem(riff("RIFX", chunk("data", data))).contains("is no WAV file"));
    assertTrue(problem(riff("RIFF", chunk("data", data))).contains("no 'fmt ' chunk"));
    assertTrue(
        problem(riff("RIFF", chunk("fmt ", format(PCM, 1, 16_000, 16)))).contains("ends before"));
    assertTrue(problem(wav(new byte[15], data)).contains("has 15 bytes"));
    assertTrue(problem(wav(format(7, 1, 8000, 8), data)).contains("µ-law with 8 bits"));
    assertTrue(problem(wav(format(PCM, 1, 8000, 64), data)).contains("PCM with 64 bits"));
    assertTrue(problem(wav(format(PCM, 1, 8000, 0), data)).contains("PCM with 0 bits"));
    assertTrue(problem(wav(format(FLOAT, 1, 8000, 16), data)).contains("float with 16 bits"));
    assertTrue(problem(wav(format(PCM, 0, 8000, 16), data)).contains("has 0 channels"));
    assertTrue(problem(wav(format(PCM, 1, 0, 16), data)).contains("sample rate is 0"));
    assertTrue(problem(wav(format(PCM, 1, -1, 16), data)).contains("sample rate is 4294967295"));
    assertTrue(problem(wav(format(EXTENSIBLE, 1, 8000, 16), data)).contains("expected 40"));
    byte[] other = extensible(PCM, 1, 16, 16);
    other[39] = 0;
    assertTrue(problem(wav(other, data)).contains("0xFFFE"));
    byte[] uneven = format(PCM, 2, 8000, 16);
    uneven[12] = 5;
    assertTrue(problem(wav(uneven, data)).contains("in frames of 5 bytes"));
  }

  @Test
  void damageGivesSamplesOrAProblem() throws IOException {
    byte[] whole =
        riff(
            "RIFF",
            chunk("LIST", new byte[5]),
            chunk("fmt ", extensible(PCM, 2, 24, 24)),
            chunk("data", new byte[60]));
    for (int length = 0; length < whole.length; length++) {
      check(Arrays.copyOf(whole, length));
    }
    Random random = new Random(3);
    int readable = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(bytes.length - 60)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      readable += check(bytes) ? 1 : 0;
    }
    assertTrue(readable > 300 && readable < 2700, readable + " of 3000 could be read");
  }

  private boolean check(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Wav wav = Wav.open(file)) {
      float[] samples = new float[1000];
      int n = wav.read(samples, 0, samples.length);
      assertTrue(n * wav.channels() <= bytes.length);
      return true;
    } catch (FormatException e) {
      return false;
    }
  }
}
