package io.kioku.internal.onnx.graph;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.onnx.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/// What a file is that is no ONNX model.
class ForeignFileTest {
  private static byte[] zip(String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[100]);
      }
      zip.setComment("a comment");
    }
    return bytes.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static void is(String what, String remedy, byte[] bytes) {
    String text = ForeignFile.of(MemorySegment.ofArray(bytes)).orElseThrow().text();
    assertTrue(text.startsWith("is " + what) && text.contains(remedy), text);
  }

  @Test
  void archives() throws IOException {
    is("a PyTorch checkpoint", "torch.onnx.export", zip("m/data.pkl", "m/data/0", "m/version"));
    is("a TorchScript module", "torch.jit.load", zip("m/data.pkl", "m/code/__torch__.py"));
    is("a Keras model", "format='onnx'", zip("metadata.json", "config.json", "model.weights.h5"));
    is("an npz archive", "inputs", zip("x.npy", "h.npy"));
    is("a ZIP archive that has 'a/m.onnx'", "unpack", zip("README", "a/m.onnx"));
    is("a ZIP archive", "unpack", zip("README"));
  }

  @Test
  void filesOfOneKind() {
    is("an HDF5 file", "tf2onnx", bytes(0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n', 0));
    is("a TensorFlow Lite model", "--tflite", bytes(28, 0, 0, 0, 'T', 'F', 'L', '3', 0, 0));
    is("a Python pickle", "torch.onnx.export", bytes(0x80, 2, 0x8A, 10, 'l', 0xFC, 0x9C));
    is("compressed with gzip", "gunzip", bytes(0x1F, 0x8B, 8, 0, 0));
    is("a NumPy array", "input", bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0));
    is("a safetensors file", "Weights.load", bytes(2, 0, 0, 0, 0, 0, 0, 0, '{', '}'));
  }

  @Test
  void texts() {
    String pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n";
    is("a Git LFS pointer", "git lfs pull", pointer.getBytes(UTF_8));
    is("a web page", "raw", "\n\n<!DOCTYPE html>\n<html>".getBytes(UTF_8));
    is("a web page", "raw", "\uFEFF<HTML lang=en>".getBytes(UTF_8));
  }

  @Test
  void modelsAndWhatIsDamagedAreNotForeign() {
    TinyModel model = new TinyModel(17).input("x", ElementType.FLOAT, 2).node("Neg", "x", "y");
    assertEquals(
        Optional.empty(), ForeignFile.of(MemorySegment.ofArray(model.output("y").bytes())));
    assertEquals(Optional.empty(), ForeignFile.of(MemorySegment.ofArray(new byte[0])));
    assertEquals(Optional.empty(), ForeignFile.of(MemorySegment.ofArray(new byte[100])));
    byte[] longer = bytes(3, 0, 0, 0, 0, 0, 0, 0, '{', '}');
    assertEquals(
        Optional.empty(),
        ForeignFile.of(MemorySegment.ofArray(longer)),
        "its JSON is longer than the file");
  }

  @Test
  void damagedArchivesAreArchives() throws IOException {
    byte[] whole = zip("m/data.pkl", "m/code/__torch__.py");
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = java.util.Arrays.copyOf(whole, random.nextInt(4, whole.length + 1));
      for (int k = 0; k < 4 && damaged.length > 4; k++) {
        damaged[random.nextInt(4, damaged.length)] = (byte) random.nextInt();
      }
      assertTrue(ForeignFile.of(MemorySegment.ofArray(damaged)).isPresent());
    }
  }
}
