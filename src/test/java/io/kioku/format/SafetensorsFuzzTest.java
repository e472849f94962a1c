package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged files: whatever the damage, a valid result or a [FormatException].
class SafetensorsFuzzTest {

  @Test
  void everyTruncationIsRefused(@TempDir Path directory) throws IOException {
    byte[] sample = SafetensorsBytes.sample();
    Path path = directory.resolve("cut");
    for (int length = 0; length < sample.length; length++) {
      byte[] cut = Arrays.copyOf(sample, length);
      Files.write(path, cut);
      assertThrows(FormatException.class, () -> SafetensorsBytes.read(cut), "length " + length);
      assertThrows(FormatException.class, () -> Safetensors.read(path), "length " + length);
    }
  }

  @Test
  void twentyThousandDamagedFiles() throws IOException {
    byte[] sample = SafetensorsBytes.sample();
    Random random = new Random(20_26);
    int valid = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = sample.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        damage(damaged, random);
      }
      valid += readable(damaged) ? 1 : 0;
    }
    // Damage to values or to strings is not damage to the format.
    assertTrue(valid > 100 && valid < 10_000, valid + " of 20000 were valid");
  }

  private static void damage(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(3)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      case 1 -> bytes[at] = (byte) random.nextInt(1 << Byte.SIZE);
      default -> bytes[at] = (byte) "{}[]\",:0123456789-eE\\ ".charAt(random.nextInt(22));
    }
  }

  /// Returns whether the bytes are a valid file; then nothing in it may exceed them.
  private static boolean readable(byte[] bytes) throws IOException {
    Safetensors file;
    try {
      file = SafetensorsBytes.read(bytes);
    } catch (FormatException e) {
      assertTrue(e.getMessage().startsWith("test: "), e.getMessage());
      return false;
    }
    long size = 0;
    for (Tensor tensor : file.tensors().values()) {
      assertEquals(tensor.size(), tensor.toArray().length);
      size += tensor.size();
    }
    assertTrue(2 * size <= bytes.length);
    return true;
  }
}
