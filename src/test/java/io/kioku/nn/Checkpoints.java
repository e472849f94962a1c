package io.kioku.nn;

import io.kioku.Weights;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/// The bundled checkpoint, and small ones with random values made on the fly.
public final class Checkpoints {
  private Checkpoints() {}

  /// The bundled model.
  static Weights mobyDick() throws IOException {
    return Weights.of(read("/io/kioku/cli/moby-dick/model.safetensors"));
  }

  /// The tensors of a resource.
  static Map<String, Tensor> read(String resource) throws IOException {
    try (InputStream in = Checkpoints.class.getResourceAsStream(resource)) {
      return Safetensors.read(in, resource).tensors();
    }
  }

  /// The held-out text.
  static byte[] heldout() throws IOException {
    try (InputStream in =
        Checkpoints.class.getResourceAsStream("/io/kioku/moby-dick/heldout.txt")) {
      return in.readAllBytes();
    }
  }

  /// A model with random values.
  ///
  /// @param prefix `lstm` or `gru`
  public static Map<String, Tensor> random(String prefix, int input, int hidden, int layers) {
    int gates = prefix.equals("lstm") ? 4 : 3;
    Random random = new Random(5);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("embedding.weight", tensor(random, 256, input));
    for (int layer = 0; layer < layers; layer++) {
      int rows = gates * hidden;
      String suffix = "_l" + layer;
      tensors.put(
          prefix + ".weight_ih" + suffix, tensor(random, rows, layer == 0 ? input : hidden));
      tensors.put(prefix + ".weight_hh" + suffix, tensor(random, rows, hidden));
      tensors.put(prefix + ".bias_ih" + suffix, tensor(random, rows));
      tensors.put(prefix + ".bias_hh" + suffix, tensor(random, rows));
    }
    tensors.put("head.weight", tensor(random, 256, hidden));
    tensors.put("head.bias", tensor(random, 256));
    return tensors;
  }

  static Tensor tensor(Random random, int... shape) {
    int size = 1;
    long[] dims = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      size *= shape[i];
      dims[i] = shape[i];
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian() / 2;
    }
    return Tensor.of(values, dims);
  }
}
