package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reading and writing when nothing is wrong with the file.
class SafetensorsTest {
  private static final float[] NONE = {};

  @TempDir Path directory;

  @Test
  void readsEveryTypeInTheOrderOfTheHeader() throws IOException {
    Safetensors file = SafetensorsBytes.read(SafetensorsBytes.sample());
    assertEquals(List.of("b", "a", "c", "d"), List.copyOf(file.tensors().keySet()));
    assertEquals(Tensor.of(new float[] {1, -2}, 2), file.tensors().get("b"));
    assertEquals(Tensor.of(new float[] {1, -2, 0.5f}, 1, 3), file.tensors().get("a"));
    assertEquals(Tensor.of(new float[] {3.140625f}), file.tensors().get("c"));
    assertEquals(Tensor.of(NONE, 0, 4), file.tensors().get("d"));
    assertEquals(Map.of("kind", "sample"), file.metadata());
  }

  @Test
  void readsTheSameFromAPath() throws IOException {
    Path path = Files.write(directory.resolve("sample.safetensors"), SafetensorsBytes.sample());
    assertEquals(SafetensorsBytes.read(SafetensorsBytes.sample()), Safetensors.read(path));
  }

  @Test
  void dataAreAlignedWhereverTheFileHasThem() throws IOException {
    for (int spaces = 0; spaces < 8; spaces++) {
      String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
      byte[] bytes = SafetensorsBytes.file(header + " ".repeat(spaces), new byte[] {0, 0, 64, 64});
      Tensor tensor = SafetensorsBytes.read(bytes).tensors().get("a");
      assertEquals(0, tensor.data().address() % 64);
      assertArrayEquals(new float[] {3}, tensor.toArray());
    }
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("z", Tensor.of(new float[] {1, Float.NaN, Float.NEGATIVE_INFINITY, -0f}, 2, 2));
    tensors.put("", Tensor.of(NONE, 0));
    tensors.put("a \"quoted\" \n name, 記憶 \uD83D\uDE00", Tensor.of(new float[] {4}));
    var file = new Safetensors(tensors, Map.of("key", "value \u0001"));
    Path path = directory.resolve("file");
    file.write(path);
    Safetensors again = Safetensors.read(path);
    assertEquals(file, again);
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(again.tensors().keySet()));
  }

  @Test
  void writesTheReferenceImplementationsBytes() throws IOException {
    Path path = directory.resolve("file");
    new Safetensors(Map.of("attn0", Tensor.of(new float[] {1}, 1, 1)), Map.of()).write(path);
    byte[] bytes = Files.readAllBytes(path);
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(
        "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}    ",
        new String(bytes, 8, (int) length, StandardCharsets.UTF_8));
    assertEquals(0, length % 8);
    assertArrayEquals(
        new byte[] {0, 0, (byte) 0x80, 0x3F},
        Arrays.copyOfRange(bytes, bytes.length - 4, bytes.length));
  }

  @Test
  void writesAnEmptyFile() throws IOException {
    Path path = directory.resolve("file");
    new Safetensors(Map.of(), Map.of()).write(path);
    assertArrayEquals(SafetensorsBytes.file("{}      "), Files.readAllBytes(path));
    assertEquals(new Safetensors(Map.of(), Map.of()), Safetensors.read(path));
  }

  @Test
  void replacesAFileAndLeavesNothingElse() throws IOException {
    Path path = Files.writeString(directory.resolve("file"), "old");
    var file = new Safetensors(Map.of("a", Tensor.of(new float[] {1}, 1)), Map.of());
    file.write(path);
    assertEquals(file, Safetensors.read(path));
    assertEquals(List.of(path), listing());
  }

  @Test
  void aFailureWhileWritingLeavesTheOldFile() throws IOException {
    Path path = Files.writeString(directory.resolve("file"), "old");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("good", Tensor.of(new float[1000], 1000));
    tensors.put("bad", tensorWithClosedMemory());
    var file = new Safetensors(tensors, Map.of());
    assertThrows(IllegalStateException.class, () -> file.write(path));
    assertEquals("old", Files.readString(path));
    assertEquals(List.of(path), listing());
  }

  @Test
  void aFailureWhileWritingANewFileLeavesNone() throws IOException {
    var file = new Safetensors(Map.of("bad", tensorWithClosedMemory()), Map.of());
    assertThrows(IllegalStateException.class, () -> file.write(directory.resolve("file")));
    assertEquals(List.of(), listing());
  }

  @Test
  void doesNotReplaceADirectory() throws IOException {
    Path path = Files.createDirectory(directory.resolve("directory"));
    var file = new Safetensors(Map.of(), Map.of());
    var e = assertThrows(FileSystemException.class, () -> file.write(path));
    assertEquals(path + ": is a directory; expected the name of a file to write", e.getMessage());
    assertEquals(List.of(path), listing());
  }

  @Test
  void doesNotCreateADirectory() throws IOException {
    Path path = directory.resolve("missing/file");
    var file = new Safetensors(Map.of(), Map.of());
    var e = assertThrows(NoSuchFileException.class, () -> file.write(path));
    assertTrue(e.getMessage().contains("create it before writing " + path), e.getMessage());
    assertEquals(List.of(), listing());
  }

  @Test
  void aMissingFileIsNoFormatException() {
    assertThrows(NoSuchFileException.class, () -> Safetensors.read(directory.resolve("missing")));
  }

  @Test
  void readingADirectorySaysSo() {
    var e = assertThrows(FileSystemException.class, () -> Safetensors.read(directory));
    assertEquals(directory + ": is a directory; expected a Safetensors file", e.getMessage());
  }

  @Test
  void mapsAreCopiedAndUnmodifiable() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    var file = new Safetensors(tensors, Map.of());
    tensors.put("late", Tensor.of(NONE, 0));
    assertEquals(0, file.tensors().size());
    assertThrows(UnsupportedOperationException.class, () -> file.tensors().clear());
    assertThrows(UnsupportedOperationException.class, () -> file.metadata().clear());
  }

  @Test
  void refusesNamesThatCannotBeReadAgain() {
    Tensor tensor = Tensor.of(NONE, 0);
    assertRefused("the format keeps that name", Map.of("__metadata__", tensor), Map.of());
    assertRefused("a name has 4097 characters", Map.of("x".repeat(4097), tensor), Map.of());
    assertRefused("a name has 4097 characters", Map.of(), Map.of("x".repeat(4097), ""));
    assertRefused("half a surrogate pair", Map.of("\uD800", tensor), Map.of());
    assertRefused("half a surrogate pair", Map.of(), Map.of("\uDC00", ""));
    assertRefused("half a surrogate pair", Map.of(), Map.of("k", "\uDC00"));
    Map<String, Tensor> nothing = new LinkedHashMap<>();
    nothing.put("a", null);
    assertRefused("a has the value null", nothing, Map.of());
  }

  private static void assertRefused(
      String message, Map<String, Tensor> tensors, Map<String, String> metadata) {
    var e = assertThrows(IllegalArgumentException.class, () -> new Safetensors(tensors, metadata));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static Tensor tensorWithClosedMemory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4000);
      return new Tensor(memory, new long[] {1000});
    }
  }

  private List<Path> listing() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
