package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("a.npz");
  }

  private static Map<String, NdArray> arrays() {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put("zeta", NdArray.of(new float[] {1, 2, 3, 4}, 2, 2));
    arrays.put("alpha", NdArray.of(new long[] {-1}));
    arrays.put("a folder/µ", NdArray.of(new double[0], 0));
    return arrays;
  }

  /// A compressed archive with an entry of each name.
  private void zip(byte[] content, String... names) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
      }
    }
  }

  private void refused(String part) {
    String message = assertThrows(FormatException.class, () -> Npz.read(file)).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    assertTrue(message.contains(part), message);
  }

  @Test
  void arraysComeBackInOrder() throws IOException {
    Npz.write(file, arrays());
    assertEquals(arrays(), Npz.read(file));
    assertEquals(List.copyOf(arrays().keySet()), new ArrayList<>(Npz.read(file).keySet()));
    byte[] first = Files.readAllBytes(file);
    Npz.write(file, arrays());
    assertEquals(-1, Arrays.mismatch(first, Files.readAllBytes(file)));
  }

  @Test
  void noArraysComeBack() throws IOException {
    Npz.write(file, Map.of());
    assertEquals(Map.of(), Npz.read(file));
  }

  @Test
  void compressedArchivesAreRead() throws IOException {
    NdArray array = NdArray.of(new float[100_000], 100, 1000);
    Path npy = folder.resolve("a.npy");
    Npy.write(npy, array);
    zip(Files.readAllBytes(npy), "x.npy", "y.npy");
    assertTrue(Files.size(file) < 10_000);
    assertEquals(Map.of("x", array, "y", array), Npz.read(file));
    String message =
        assertThrows(FormatException.class, () -> Npz.read(file, 700_000)).getMessage();
    assertTrue(message.contains("y.npy: float[100, 1000] has 400000 bytes, more than"), message);
  }

  @Test
  void entriesThatAreLongerOrShorterThanTheirArrayAreRefused() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    zip(NpyTest.file(1, header, new byte[50_000_000]), "bomb.npy");
    refused("bomb.npy: goes on after the 8 bytes of its array");
    zip(NpyTest.file(1, header, new byte[7]), "short.npy");
    refused("short.npy: is cut off: 7 of 8 bytes");
  }

  @Test
  void otherArchivesAreRefused() throws IOException {
    zip(new byte[0], "readme.txt");
    refused("has an entry 'readme.txt'");
    zip(new byte[9], "x.npy");
    refused("x.npy: is no .npy file");
    Files.write(file, new byte[0]);
    refused("is no .npz file");
    assertThrows(NoSuchFileException.class, () -> Npz.read(folder.resolve("none")));
  }

  @Test
  void twoOfOneNameAreRefused() throws IOException {
    byte[] empty =
        NpyTest.file(1, "{'descr':'<f4','fortran_order':False,'shape':(0,)}", new byte[0]);
    zip(empty, "x.npy", "y.npy");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = bytes[i] == 'y' && bytes[i + 1] == '.' ? (byte) 'x' : bytes[i];
    }
    Files.write(file, bytes);
    refused("has two arrays of name 'x'");
  }

  @Test
  void truncationsAndFlippedBitsAreSeen() throws IOException {
    Npz.write(file, Map.of("x", NdArray.of(new float[] {1, 2, 3}, 3)));
    byte[] whole = Files.readAllBytes(file);
    Path damaged = folder.resolve("damaged.npz");
    for (int length = 0; length < whole.length; length++) {
      Files.write(damaged, Arrays.copyOf(whole, length));
      assertThrows(FormatException.class, () -> Npz.read(damaged), "length " + length);
    }
    Map<String, NdArray> expected = Npz.read(file);
    for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
      byte[] bytes = whole.clone();
      bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      try (OutputStream out = Files.newOutputStream(damaged)) {
        out.write(bytes);
      }
      try {
        Map<String, NdArray> read = Npz.read(damaged);
        assertTrue(read.isEmpty() || read.containsValue(expected.get("x")), "bit " + bit);
      } catch (FormatException e) {
        assertTrue(e.getMessage().startsWith(damaged.toString()), e.getMessage());
      }
    }
  }
}
