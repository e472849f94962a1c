package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.Backend;
import io.kioku.Weights;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A file of numbers that NumPy and PyTorch computed; src/test/goldens/make_nn_goldens.py made it.
record Golden(String name, Safetensors file) {
  private static final Path FOLDER = Path.of("src/test/resources/io/kioku/goldens/nn");

  static Golden read(String name) {
    try {
      return new Golden(name, Safetensors.read(FOLDER.resolve(name + ".safetensors")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The names that begin so.
  static List<String> names(String prefix) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(f -> f.getFileName().toString().replace(".safetensors", ""))
          .filter(name -> name.startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  Weights weights() {
    return Weights.of(file.tensors()).under("w.");
  }

  String text(String key) {
    return file.metadata().get(key);
  }

  int size(String key) {
    return Integer.parseInt(text(key));
  }

  Tensor tensor(String key) {
    return file.tensors().get(key);
  }

  float[] values(String key) {
    return tensor(key).toArray();
  }

  int[] integers(String key) {
    float[] values = values(key);
    int[] integers = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      integers[i] = (int) values[i];
    }
    return integers;
  }

  boolean[] flags(String key) {
    float[] values = values(key);
    boolean[] flags = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      flags[i] = values[i] != 0;
    }
    return flags;
  }

  /// float32 has 2^-24 of relative error an operation; here, some dozens of them follow each other.
  void assertNear(String key, float[] actual, Backend backend) {
    float[] expected = values(key);
    String where = name + " " + key + " on " + backend;
    assertEquals(expected.length, actual.length, where);
    for (int i = 0; i < expected.length; i++) {
      double tolerance = 1e-5 * Math.max(1, Math.abs(expected[i]));
      assertEquals(expected[i], actual[i], tolerance, where + " at " + i);
    }
  }

  void assertInference(Inference actual, Backend backend) {
    Map<String, Tensor> parts =
        Map.of(
            "mean", actual.mean(),
            "log_variance", actual.logVariance(),
            "divergence", actual.divergence(),
            "output", actual.output(),
            "log_likelihood", actual.logLikelihood());
    parts.forEach((key, part) -> {
      assertArrayEquals(tensor(key).shape(), part.shape(), name + " " + key);
      assertNear(key, part.toArray(), backend);
    });
  }
}
