package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Files that PyTorch made and this project carries.
class BundledFilesTest {

  @Test
  void readsTheLanguageModel() throws IOException {
    Safetensors model = read("/io/kioku/cli/moby-dick/model.safetensors");
    assertEquals("LSTM", model.metadata().get("cell"));
    assertEquals(
        List.of(
            "embedding.weight",
            "lstm.weight_ih_l0",
            "lstm.weight_hh_l0",
            "lstm.bias_ih_l0",
            "lstm.bias_hh_l0",
            "lstm.weight_ih_l1",
            "lstm.weight_hh_l1",
            "lstm.bias_ih_l1",
            "lstm.bias_hh_l1",
            "head.weight",
            "head.bias"),
        List.copyOf(model.tensors().keySet()));
    assertEquals("float32[1024, 64]", model.tensors().get("lstm.weight_ih_l0").toString());
    assertEquals(938_240, model.tensors().values().stream().mapToLong(Tensor::size).sum());
  }

  @Test
  void readsTheLanguageModelsGoldens() throws IOException {
    Safetensors goldens = read("/io/kioku/moby-dick/goldens.safetensors");
    assertArrayEquals(new long[] {64, 256}, goldens.tensors().get("logits").shape());
    assertArrayEquals(new long[] {2, 256}, goldens.tensors().get("h_n").shape());
    assertArrayEquals(new long[] {2, 256}, goldens.tensors().get("c_n").shape());
  }

  @Test
  void readsEveryPyTorchGolden() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/io/kioku/goldens"))) {
      List<Path> goldens = files.filter(Files::isRegularFile).toList();
      assertTrue(goldens.size() > 60, goldens.size() + " goldens");
      for (Path path : goldens) {
        Safetensors golden = Safetensors.read(path);
        boolean batchFirst = Boolean.parseBoolean(golden.metadata().get("batch_first"));
        long directions = Boolean.parseBoolean(golden.metadata().get("bidirectional")) ? 2 : 1;
        long steps = number(golden, "T");
        long batch = number(golden, "N");
        boolean isProjected = golden.metadata().containsKey("projection");
        long output = number(golden, isProjected ? "projection" : "hidden");
        assertArrayEquals(
            batchFirst
                ? new long[] {batch, steps, directions * output}
                : new long[] {steps, batch, directions * output},
            golden.tensors().get("y").shape(),
            path.toString());
        assertArrayEquals(
            new long[] {number(golden, "layers") * directions, batch, output},
            golden.tensors().get("h_n").shape(),
            path.toString());
      }
    }
  }

  private static long number(Safetensors golden, String key) {
    return Long.parseLong(golden.metadata().get(key));
  }

  private static Safetensors read(String resource) throws IOException {
    try (InputStream in = BundledFilesTest.class.getResourceAsStream(resource)) {
      return Safetensors.read(Objects.requireNonNull(in, resource), resource);
    }
  }
}
