package io.kioku.internal.onnx.op.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.ChildJvm;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Recurrent nodes at their limits: nothing to do, numbers that are none, inputs that do not fit.
class RecurrentEdgesTest {
  private static final int HIDDEN = 4;
  private static final int INPUT = 3;

  private final RandomNodes random = new RandomNodes(new SplittableRandom(7), false);

  /// A node with X, W, R, B and a state that all fit, whose weights are constants.
  private RecurrentNode node(RecurrentKind kind, int steps, int batch) {
    RecurrentNode node = new RecurrentNode(kind.name(), 14);
    long rows = (long) kind.gates().size() * HIDDEN;
    node.inputs.put("X", random.real(1, steps, batch, INPUT));
    node.inputs.put("W", random.real(1, 1, rows, INPUT));
    node.inputs.put("R", random.real(1, 1, rows, HIDDEN));
    node.inputs.put("B", random.real(1, 1, 2 * rows));
    node.inputs.put("initial_h", random.real(1, 1, batch, HIDDEN));
    node.constants.addAll(List.of("W", "R", "B"));
    node.outputs.addAll(List.of("Y", "Y_h"));
    return node;
  }

  private static NdArray integers(int... values) {
    return NdArray.copyOf(ElementType.INT32, MemorySegment.ofArray(values), values.length);
  }

  @Test
  void aSequenceWithoutStepsEndsWhereItBegan() {
    for (RecurrentKind kind : RecurrentKind.values()) {
      RecurrentNode none = node(kind, 0, 2);
      Map<String, NdArray> results = none.run();
      assertArrayEquals(new long[] {0, 1, 2, HIDDEN}, results.get("Y").shape());
      assertEquals(none.inputs.get("initial_h"), results.get("Y_h"));

      RecurrentNode one = node(kind, 3, 2);
      one.inputs.put("sequence_lens", integers(3, 0));
      float[] ends = one.run().get("Y_h").toFloats();
      float[] begins = one.inputs.get("initial_h").toFloats();
      for (int j = HIDDEN; j < 2 * HIDDEN; j++) {
        assertEquals(begins[j], ends[j]);
      }
    }
  }

  @Test
  void noStreamsGiveEmptyOutputs() {
    for (RecurrentKind kind : RecurrentKind.values()) {
      Map<String, NdArray> results = node(kind, 3, 0).run();
      assertArrayEquals(new long[] {3, 1, 0, HIDDEN}, results.get("Y").shape());
      assertArrayEquals(new long[] {1, 0, HIDDEN}, results.get("Y_h").shape());
    }
  }

  @Test
  void nanStaysInItsStreamFromItsStepOn() {
    for (RecurrentKind kind : RecurrentKind.values()) {
      RecurrentNode node = node(kind, 3, 2);
      float[] x = node.inputs.get("X").toFloats();
      x[(1 * 2 + 1) * INPUT] = Float.NaN; // step 1 of stream 1
      node.inputs.put("X", NdArray.of(x, 3, 2, INPUT));
      node.attributes.put("clip", 1f);
      float[] y = node.run().get("Y").toFloats();
      for (int i = 0; i < y.length; i++) {
        boolean isLater = i / HIDDEN % 2 == 1 && i / HIDDEN / 2 >= 1;
        assertEquals(isLater, Float.isNaN(y[i]), kind + " value " + i);
      }
    }
  }

  @Test
  void float64IsComputedInFloat32AndGivenAsFloat64() {
    for (RecurrentKind kind : RecurrentKind.values()) {
      RecurrentNode node = node(kind, 3, 2);
      node.attributes.put("direction", "reverse");
      Map<String, double[]> expected = OperatorText.evaluate(node);
      node.inputs.replaceAll(
          (name, value) -> NdArray.of(RecurrentNodesTest.doubles(value), value.shape()));
      Map<String, NdArray> results = node.run();
      expected.forEach((name, values) -> {
        assertEquals(ElementType.DOUBLE, results.get(name).type());
        RecurrentNodesTest.assertNear(
            values, RecurrentNodesTest.doubles(results.get(name)), kind + name);
      });
    }
  }

  @Test
  void float16IsRoundedAtTheOutputs() {
    RecurrentNode node = node(RecurrentKind.GRU, 2, 2);
    node.inputs.replaceAll((name, value) -> half(value));
    NdArray y = node.run().get("Y");
    assertEquals(ElementType.FLOAT16, y.type());
    double[] expected = OperatorText.evaluate(node).get("Y");
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], y.real(i), 1e-3);
    }
  }

  private static NdArray half(NdArray value) {
    float[] floats = value.toFloats();
    short[] halves = new short[floats.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = Float.floatToFloat16(floats[i]);
    }
    return NdArray.copyOf(ElementType.FLOAT16, MemorySegment.ofArray(halves), value.shape());
  }

  /// W, R and B are inputs of the graph, and a session meets other ones, and other batches.
  @Test
  void weightsMayChangeFromRunToRun() {
    RecurrentNode first = node(RecurrentKind.LSTM, 2, 3);
    first.constants.clear();
    try (OnnxModel model = first.load();
        OnnxSession session = model.newSession()) {
      for (int batch : new int[] {3, 1, 5}) {
        RecurrentNode node = node(RecurrentKind.LSTM, 2, batch);
        node.constants.clear();
        for (int again = 0; again < 2; again++) {
          Map<String, NdArray> results = node.run(session);
          OperatorText.evaluate(node)
              .forEach((name, values) ->
                  RecurrentNodesTest.assertNear(
                      values, RecurrentNodesTest.doubles(results.get(name)), name + batch));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "direction | up | attribute direction is 'up', expected forward, reverse or bidirectional",
        "direction | bidirectional | input W has shape [1, 16, 3], expected [2, 16, 3] (D, 4 · H, I)",
        "activations | Sine | attribute activations has 1 functions, expected 3",
      })
  void textsThatCannotBeAreRefused(String name, String value, String message) {
    RecurrentNode node = node(RecurrentKind.LSTM, 2, 2);
    node.attributes.put(name, name.equals("activations") ? List.of(value) : value);
    assertRefused(node, message);
  }

  @Test
  void attributesThatCannotBeAreRefused() {
    RecurrentNode clip = node(RecurrentKind.GRU, 2, 2);
    clip.attributes.put("clip", 0f);
    assertRefused(clip, "attribute clip is 0.0, expected a number above 0");

    RecurrentNode layout = node(RecurrentKind.GRU, 2, 2);
    layout.attributes.put("layout", 2L);
    assertRefused(layout, "attribute layout is 2, expected 0 or 1");

    RecurrentNode hidden = node(RecurrentKind.RNN, 2, 2);
    hidden.attributes.put("hidden_size", 5L);
    assertRefused(hidden, "input W has shape [1, 4, 3], expected [1, 5, 3] (D, H, I)");

    RecurrentNode forget = node(RecurrentKind.GRU, 2, 2);
    forget.attributes.put("input_forget", 1L);
    assertRefused(forget, "attribute input_forget is not supported");

    RecurrentNode function = node(RecurrentKind.RNN, 2, 2);
    function.attributes.put("activations", List.of("Sine"));
    assertRefused(function, "attribute activations has 'Sine', expected some of [affine, elu,");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shapesThatDoNotFitAreRefusedAtLoadOrAtTheRun(boolean isConstant) {
    RecurrentNode r = node(RecurrentKind.GRU, 2, 2);
    r.inputs.put("R", random.real(1, 1, 12, 5));
    r.attributes.put("hidden_size", 4L);
    RecurrentNode b = node(RecurrentKind.LSTM, 2, 2);
    b.inputs.put("B", random.real(1, 1, 16));
    RecurrentNode p = node(RecurrentKind.LSTM, 2, 2);
    p.inputs.put("P", random.real(1, 1, 16));
    p.constants.add("P");
    for (RecurrentNode node : List.of(r, b, p)) {
      if (!isConstant) {
        node.constants.clear();
      }
    }
    assertRefused(r, "input R has shape [1, 12, 5], expected [1, 12, 4] (D, 3 · H, H)");
    assertRefused(b, "input B has shape [1, 16], expected [1, 32] (D, 8 · H)");
    assertRefused(p, "input P has shape [1, 16], expected [1, 12] (D, 3 · H)");
  }

  @Test
  void lengthsThatDoNotFitAreRefused() {
    RecurrentNode node = node(RecurrentKind.RNN, 3, 2);
    node.inputs.put("sequence_lens", integers(1, 4));
    assertRefused(node, "sequence_lens[1] is 4, expected 0 to 3");
    node.inputs.put("sequence_lens", integers(-1, 1));
    assertRefused(node, "sequence_lens[0] is -1, expected 0 to 3");
    node.inputs.put("sequence_lens", integers(1, 1, 1));
    assertRefused(node, "input sequence_lens has shape [3], expected [2] (N)");
    node.inputs.put("sequence_lens", NdArray.of(new long[] {1, 1}, 2));
    assertRefused(node, "input 4 has type int64, expected int32");
  }

  @Test
  void quantizedWeightsThatDoNotFitAreRefused() {
    RecurrentNode plain = node(RecurrentKind.LSTM, 2, 2);
    RecurrentNode scale = random.quantizedOf(plain);
    scale.inputs.put("R_scale", random.real(1, 1, 7));
    assertRefused(scale, "R's scale has shape [1, 7], expected [1] or [1, 16] (D, 4 · H)");
    RecurrentNode zero = random.quantizedOf(plain);
    zero.inputs.put("W_zero", random.real(1, 1));
    assertRefused(zero, "input 9 has type float, expected");
    RecurrentNode matrix = random.quantizedOf(plain);
    RecurrentNode other = random.quantizedOf(node(RecurrentKind.GRU, 2, 2));
    for (String input : List.of("W", "W_zero")) {
      matrix.inputs.put(input, other.inputs.get(input));
    }
    assertRefused(matrix, "input W has shape [1, 3, 12], expected [1, 3, 16] (D, I, 4 · H)");
    RecurrentNode missing = random.quantizedOf(plain);
    missing.inputs.remove("R_zero");
    assertRefused(missing, "input 11 is missing");
  }

  private static void assertRefused(RecurrentNode node, String message) {
    String actual = assertThrows(OnnxException.class, node::run).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  /// ONNX's own default is one function for each of two directions, whatever the direction.
  @Test
  void anRnnOfOneDirectionMayHaveTwoFunctions() {
    RecurrentNode node = node(RecurrentKind.RNN, 2, 2);
    NdArray expected = node.run().get("Y");
    node.attributes.put("activations", List.of("Tanh", "Relu"));
    assertEquals(expected, node.run().get("Y"));
  }

  @Test
  void aModelSaysWhatComputesIt() {
    RecurrentNode node = node(RecurrentKind.LSTM, 1, 1);
    try (OnnxModel model = node.load()) {
      assertEquals("libkioku", model.nodes().getFirst().backend());
    }
    node.constants.clear();
    try (OnnxModel model = node.load()) {
      assertEquals("kioku", model.nodes().getFirst().backend());
    }
  }

  @Test
  void aRunAllocatesNothing() throws Exception {
    List<String> output =
        ChildJvm.run(List.of("-XX:TieredStopAtLevel=1"), AllocatedByNodes.class).stream()
            .filter(line -> line.contains(" bytes: ")) // a library's warnings are there too
            .toList();
    assertEquals(AllocatedByNodes.CASES, output.size());
    output.forEach(line -> assertTrue(line.startsWith("0 bytes"), line));
  }
}
