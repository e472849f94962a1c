package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cells;
import io.kioku.format.Tensor;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Checkpoints of the same kind, with other sizes, cells and layers; and some that are damaged.
class CheckpointTest {
  @ParameterizedTest
  @CsvSource({"lstm, 3, 5, 1", "lstm, 7, 4, 3", "gru, 3, 5, 1", "gru, 6, 8, 2", "lstm, 1, 1, 1"})
  void sizesFollowFromTheTensors(String prefix, int input, int hidden, int layers) {
    try (Engine engine = Engine.open(Backend.REFERENCE);
        LanguageModel model =
            LanguageModel.load(
                engine, Weights.of(Checkpoints.random(prefix, input, hidden, layers)))) {
      Network expected =
          Network.of(prefix.equals("gru") ? Cells.GRU : Cells.LSTM, input, hidden).layers(layers);
      assertEquals(expected, model.network());
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("tiers")
  void aGruIsComputedAsItsEquationsSay(Backend backend) {
    Map<String, Tensor> tensors = Checkpoints.random("gru", 3, 5, 1);
    float[] logits = new float[256];
    try (Engine engine = Engine.open(backend);
        LanguageModel model = LanguageModel.load(engine, Weights.of(tensors));
        TextStream stream = model.newStream()) {
      double[] h = new double[5];
      for (byte value : new byte[] {65, (byte) 200, 0, (byte) 255}) {
        h = gruStep(tensors, Byte.toUnsignedInt(value), h);
        stream.next(value, logits);
        double[] expected = affine(tensors, "head.weight", "head.bias", h);
        for (int k = 0; k < 256; k++) {
          assertEquals(expected[k], logits[k], 1e-5, "logit " + k);
        }
      }
    }
  }

  private static double[] gruStep(Map<String, Tensor> tensors, int symbol, double[] h) {
    double[] x = new double[3];
    float[] table = tensors.get("embedding.weight").toArray();
    for (int i = 0; i < 3; i++) {
      x[i] = table[symbol * 3 + i];
    }
    double[] a = affine(tensors, "gru.weight_ih_l0", "gru.bias_ih_l0", x);
    double[] b = affine(tensors, "gru.weight_hh_l0", "gru.bias_hh_l0", h);
    double[] next = new double[5];
    for (int j = 0; j < 5; j++) {
      double r = 1 / (1 + Math.exp(-a[j] - b[j]));
      double z = 1 / (1 + Math.exp(-a[5 + j] - b[5 + j]));
      double n = Math.tanh(a[10 + j] + r * b[10 + j]);
      next[j] = (1 - z) * n + z * h[j];
    }
    return next;
  }

  private static double[] affine(
      Map<String, Tensor> tensors, String weight, String bias, double[] x) {
    float[] matrix = tensors.get(weight).toArray();
    float[] vector = tensors.get(bias).toArray();
    double[] y = new double[vector.length];
    for (int r = 0; r < y.length; r++) {
      y[r] = vector[r];
      for (int c = 0; c < x.length; c++) {
        y[r] += matrix[r * x.length + c] * x[c];
      }
    }
    return y;
  }

  @Test
  void missingBiasesAreZero() {
    Map<String, Tensor> zero = Checkpoints.random("lstm", 3, 4, 2);
    Map<String, Tensor> none = Checkpoints.random("lstm", 3, 4, 2);
    zero.replaceAll((name, tensor) ->
        name.contains("bias") ? Tensor.of(new float[(int) tensor.size()], tensor.shape()) : tensor);
    none.keySet().removeIf(name -> name.contains("bias"));
    assertArrayEquals(logits(zero), logits(none));
  }

  private static float[] logits(Map<String, Tensor> tensors) {
    float[] logits = new float[256];
    try (Engine engine = Engine.open(Backend.REFERENCE);
        LanguageModel model = LanguageModel.load(engine, Weights.of(tensors));
        TextStream stream = model.newStream()) {
      stream.next(new byte[] {1, 2, 3}, logits);
    }
    return logits;
  }

  @Test
  void eachMissingTensorIsNamed() {
    for (String name : Checkpoints.random("lstm", 3, 4, 2).keySet()) {
      if (!name.equals("head.bias")) {
        String message = refusal(tensors -> tensors.remove(name));
        String local = name.substring(name.indexOf('.') + 1);
        // Without its first weight_ih a layer is not known to be there: its other tensors are the
        // odd ones.
        assertTrue(message.contains(local) || message.contains("_l1"), name + ": " + message);
      }
    }
  }

  @Test
  void eachTensorOfAnotherShapeIsNamed() {
    for (String name : Checkpoints.random("lstm", 3, 4, 2).keySet()) {
      String message =
          refusal(tensors -> tensors.put(name, Checkpoints.tensor(new Random(1), 7, 3, 2)));
      assertTrue(message.contains(name.substring(name.indexOf('.') + 1)), name + ": " + message);
      assertTrue(message.contains("float32[7, 3, 2]"), message);
    }
  }

  @Test
  void anotherVocabularyIsRefused() {
    assertEquals(
        "the weights: embedding.weight is float32[128, 3], expected float32[256, 3]",
        refusal(t -> t.put("embedding.weight", Checkpoints.tensor(new Random(1), 128, 3))));
    assertEquals(
        "the weights: head.weight is float32[128, 4], expected float32[256, 4]",
        refusal(t -> t.put("head.weight", Checkpoints.tensor(new Random(1), 128, 4))));
  }

  @Test
  void gatesThatAreNotTheCellsAreRefused() {
    assertEquals(
        "the weights under lstm.: weight_ih_l0 is float32[12, 3], expected float32[16, 3]",
        refusal(t -> t.put("lstm.weight_ih_l0", Checkpoints.tensor(new Random(1), 12, 3))));
  }

  @Test
  void modelsOfAnotherKindAreRefused() {
    assertEquals(
        "the weights: there are none, expected a recurrent layer's tensors under lstm. or under"
            + " gru.",
        refusal(t -> t.keySet().removeIf(name -> name.startsWith("lstm."))));
    assertEquals(
        "the weights: there are both, expected a recurrent layer's tensors under lstm. or under"
            + " gru.",
        refusal(t -> t.putAll(Checkpoints.random("gru", 3, 4, 1))));
    assertEquals(
        "the weights: unexpected tensor norm.weight, expected embedding., lstm. and head.",
        refusal(t -> t.put("norm.weight", Checkpoints.tensor(new Random(1), 4))));
    // A projection would change what is computed.
    assertTrue(
        refusal(t -> t.put("lstm.weight_hr_l0", Checkpoints.tensor(new Random(1), 2, 4)))
            .contains("unexpected tensors [weight_hr_l0]"));
    assertTrue(
        refusal(t -> t.put("embedding.bias", Checkpoints.tensor(new Random(1), 3)))
            .contains("unexpected tensors [bias]"));
    assertTrue(
        refusal(t -> t.put("head.scale", Checkpoints.tensor(new Random(1), 3)))
            .contains("unexpected tensors [scale]"));
  }

  @Test
  void hostileSizesAreRefused() {
    assertTrue(
        refusal(t -> t.put("lstm.weight_hh_l0", Tensor.of(new float[0], 0, 1L << 40)))
            .contains("weight_hh_l0 is float32[0, 1099511627776]"));
    assertTrue(
        refusal(t -> t.put("embedding.weight", Tensor.of(new float[0], 256, 0)))
            .contains("embedding.weight is float32[256, 0]"));
  }

  private static String refusal(Consumer<Map<String, Tensor>> damage) {
    Map<String, Tensor> tensors = Checkpoints.random("lstm", 3, 4, 2);
    damage.accept(tensors);
    try (Engine engine = Engine.open(Backend.REFERENCE)) {
      return assertThrows(
              IllegalArgumentException.class, () -> LanguageModel.load(engine, Weights.of(tensors)))
          .getMessage();
    }
  }
}
