package io.kioku.internal.onnx.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.Chunks;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.OnnxStream;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that were made for whole sequences run chunk by chunk, and give what the whole gives.
@Tag("tiers")
class StreamingTest {
  private static final int I = 5;
  private static final int H = 4;
  private static final int[][] CHUNKS = {{12}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {5, 1, 4, 2}};

  private final SplittableRandom random = new SplittableRandom(7);

  private float[] uniform(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private NdArray array(int... dims) {
    int count = 1;
    long[] shape = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      count *= dims[i];
      shape[i] = dims[i];
    }
    return NdArray.of(uniform(count), shape);
  }

  private static int gates(String operator) {
    return operator.equals("LSTM") ? 4 : operator.equals("GRU") ? 3 : 1;
  }

  /// Adds the weights of a recurrent layer, `W`, `R` and `B` with a name before them.
  private TinyModel weights(TinyModel model, String name, int gates, int directions, int inputs) {
    return model
        .constant(name + "W", array(directions, gates * H, inputs))
        .constant(name + "R", array(directions, gates * H, H))
        .constant(name + "B", array(directions, 2 * gates * H));
  }

  private TinyModel layer(TinyModel model, String operator, String x, String y, int inputs) {
    String name = y + "_";
    return weights(model, name, gates(operator), 1, inputs)
        .node(
            operator,
            List.of(x, name + "W", name + "R", name + "B"),
            List.of(y, y + "_last"),
            Map.of("hidden_size", H));
  }

  @ParameterizedTest
  @CsvSource({"LSTM,0", "LSTM,1", "GRU,0", "GRU,1", "RNN,0", "RNN,1"})
  void recurrentLayersCarryTheirStates(String operator, int layout) {
    for (int reset = 0; reset < (operator.equals("GRU") ? 2 : 1); reset++) {
      Map<String, Object> attributes = new LinkedHashMap<>();
      attributes.put("hidden_size", H);
      attributes.put("layout", layout);
      if (operator.equals("GRU")) {
        attributes.put("linear_before_reset", reset);
      }
      TinyModel model = new TinyModel(17).input("x", ElementType.FLOAT, -1, -2, I);
      weights(model, "", gates(operator), 1, I)
          .node(operator, List.of("x", "W", "R", "B"), List.of("y", "last"), attributes)
          .output("y")
          .output("last");
      for (int n : new int[] {1, 3}) {
        NdArray x = layout == 0 ? array(12, n, I) : array(n, 12, I);
        Chunks.assertSame(model, Map.of("x", x), n, CHUNKS);
      }
    }
  }

  /// As PyTorch writes it: batch first, the initial state made from the input's shape, two layers,
  /// and a linear layer with a soft-max over classes.
  private TinyModel tagger() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .node("Shape", "x", "shape")
            .constant("zero", NdArray.of(new long[] {0}))
            .longs("layers", 1)
            .longs("hidden", H)
            .longs("axis", 0)
            .longs("direction", 1)
            .node("Gather", "shape zero", "n")
            .node("Unsqueeze", "n axis", "batch")
            .node(
                "Concat", List.of("layers", "batch", "hidden"), List.of("sizes"), Map.of("axis", 0))
            .node("ConstantOfShape", "sizes", "initial")
            .node("Transpose", List.of("x"), List.of("xt"), Map.of("perm", new long[] {1, 0, 2}));
    weights(model, "a", 4, 1, I)
        .node(
            "LSTM",
            List.of("xt", "aW", "aR", "aB", "", "initial", "initial"),
            List.of("a"),
            Map.of("hidden_size", H))
        .node("Squeeze", "a direction", "as");
    return layer(model, "GRU", "as", "b", H)
        .node("Squeeze", "b direction", "bs")
        .node("Transpose", List.of("bs"), List.of("bt"), Map.of("perm", new long[] {1, 0, 2}))
        .constant("V", array(H, 6))
        .node("MatMul", "bt V", "logits")
        .node("LogSoftmax", List.of("logits"), List.of("y"), Map.of("axis", -1))
        .output("y");
  }

  @Test
  void aFileOfAnExporterIsAStream() {
    Chunks.assertSame(tagger(), Map.of("x", array(2, 12, I)), 2, CHUNKS);
  }

  @Test
  void streamsBeginAgainAndAreKept() {
    try (OnnxModel model = Chunks.load(tagger());
        OnnxSession session = model.newSession()) {
      assertEquals(3, model.stateParts().size());
      assertEquals(1, model.inputs().size());
      assertEquals(1, model.outputs().size());
      NdArray x = array(1, 6, I);
      OnnxStream stream = model.newStream();
      NdArray first = Chunks.run(session, model, List.of(stream), Map.of("x", x), 6).get("y");
      OnnxStream kept = stream.copy();
      NdArray second = Chunks.run(session, model, List.of(stream), Map.of("x", x), 6).get("y");
      assertEquals(second, Chunks.run(session, model, List.of(kept), Map.of("x", x), 6).get("y"));
      OnnxStream other = model.newStream();
      for (var part : model.stateParts()) {
        other.set(part.name(), stream.get(part.name()));
      }
      NdArray third = Chunks.run(session, model, List.of(stream), Map.of("x", x), 6).get("y");
      assertEquals(third, Chunks.run(session, model, List.of(other), Map.of("x", x), 6).get("y"));
      stream.clear();
      assertEquals(first, Chunks.run(session, model, List.of(stream), Map.of("x", x), 6).get("y"));
      assertThrows(IllegalStateException.class, session::run);
    }
  }

  /// A stream is the same alone and in any row of a batch, whose size changes.
  @Test
  void streamsRunSideBySide() {
    NdArray x = array(3, 12, I);
    try (OnnxModel model = Chunks.load(tagger());
        OnnxSession session = model.newSession()) {
      List<OnnxStream> alone = new ArrayList<>();
      List<NdArray> expected = new ArrayList<>();
      for (int n = 0; n < 3; n++) {
        alone.add(model.newStream());
        Map<String, NdArray> row = Map.of("x", x.slice(0, n, n + 1));
        expected.add(Chunks.run(session, model, List.of(alone.get(n)), row, 7, 5).get("y"));
      }
      List<OnnxStream> all = List.of(model.newStream(), model.newStream(), model.newStream());
      NdArray first = x.slice(1, 0, 7);
      NdArray a = Chunks.run(session, model, all, Map.of("x", first), 7).get("y");
      NdArray two = NdArray.concat(0, List.of(x.slice(0, 2, 3), x.slice(0, 0, 1))).slice(1, 7, 12);
      NdArray b =
          Chunks.run(session, model, List.of(all.get(2), all.get(0)), Map.of("x", two), 5).get("y");
      assertClose(expected.get(2), NdArray.concat(1, List.of(a.slice(0, 2, 3), b.slice(0, 0, 1))));
      assertClose(expected.get(0), NdArray.concat(1, List.of(a.slice(0, 0, 1), b.slice(0, 1, 2))));
    }
  }

  private static void assertClose(NdArray expected, NdArray actual) {
    assertArrayEquals(expected.toFloats(), actual.toFloats(), 1e-5f);
  }

  @Test
  void aStateBeginsWithAConstant() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .constant("h0", array(1, 1, H))
            .node("Shape", List.of("x"), List.of("n"), Map.of("start", 1, "end", 2))
            .longs("one", 1)
            .longs("hidden", H)
            .node("Concat", List.of("one", "n", "hidden"), List.of("sizes"), Map.of("axis", 0))
            .node("Expand", "h0 sizes", "initial");
    weights(model, "", 3, 1, I)
        .node(
            "GRU",
            List.of("x", "W", "R", "B", "", "initial"),
            List.of("y"),
            Map.of("hidden_size", H))
        .output("y");
    Chunks.assertSame(model, Map.of("x", array(12, 2, I)), 2, CHUNKS);
  }

  // ---- convolutions

  private TinyModel signal() {
    return new TinyModel(17).input("x", ElementType.FLOAT, -1, I, -2);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,1", "3,2", "2,5"})
  void causalConvolutionsLookBack(int kernel, int dilation) {
    int left = (kernel - 1) * dilation;
    TinyModel padded =
        signal()
            .constant("V", array(H, I, kernel))
            .constant("b", array(H))
            .node(
                "Conv",
                List.of("x", "V", "b"),
                List.of("y"),
                Map.of("pads", new long[] {left, 0}, "dilations", new long[] {dilation}))
            .output("y");
    Map<String, NdArray> x = Map.of("x", array(2, I, 12));
    Chunks.assertSame(padded, x, 2, CHUNKS);
    TinyModel before =
        signal()
            .longs("pads", 0, 0, left, 0, 0, 0)
            .node("Pad", "x pads", "p")
            .node("Relu", "p", "q")
            .constant("V", array(H, I, kernel))
            .node(
                "Conv", List.of("q", "V"), List.of("y"), Map.of("dilations", new long[] {dilation}))
            .output("y");
    Chunks.assertSame(before, x, 2, CHUNKS);
    TinyModel cut =
        signal()
            .constant("V", array(H, I, kernel))
            .longs("from", 0)
            .longs("to", left == 0 ? Long.MAX_VALUE : -left)
            .longs("axis", 2)
            .node(
                "Conv",
                List.of("x", "V"),
                List.of("c"),
                Map.of("pads", new long[] {left, left}, "dilations", new long[] {dilation}))
            .node("Slice", "c from to axis", "d")
            .node("Tanh", "d", "y")
            .output("y");
    Chunks.assertSame(cut, x, 2, CHUNKS);
  }

  @Test
  void stridesDivideChunks() {
    TinyModel model =
        signal()
            .constant("V", array(H, I, 5))
            .node(
                "Conv",
                List.of("x", "V"),
                List.of("c"),
                Map.of("pads", new long[] {3, 0}, "strides", new long[] {2}))
            .node(
                "MaxPool",
                List.of("c"),
                List.of("m"),
                Map.of("kernel_shape", new long[] {2}, "strides", new long[] {2}))
            .node("Transpose", List.of("m"), List.of("t"), Map.of("perm", new long[] {2, 0, 1}));
    layer(model, "LSTM", "t", "y", H).output("y");
    Map<String, NdArray> x = Map.of("x", array(1, I, 12));
    Chunks.assertSame(model, x, 1, new int[][] {{12}, {4, 4, 4}, {8, 4}});
    try (OnnxModel loaded = Chunks.load(model);
        OnnxSession session = loaded.newSession()) {
      List<OnnxStream> stream = List.of(loaded.newStream());
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> Chunks.run(session, loaded, stream, x, 6, 6));
      assertEquals(
          "input 'x' has a chunk of 6 steps, expected a multiple of 4", refusal.getMessage());
    }
  }

  /// Spectrograms: a window over frames and frequencies, looking back in time only.
  @Test
  void windowsOverTwoAxesAreCausalInOne() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, 8)
            .longs("one", 1)
            .node("Unsqueeze", "x one", "u")
            .constant("V", array(3, 1, 3, 3))
            .node(
                "Conv",
                List.of("u", "V"),
                List.of("c"),
                Map.of("pads", new long[] {2, 1, 0, 1}, "strides", new long[] {1, 2}))
            .node("Transpose", List.of("c"), List.of("t"), Map.of("perm", new long[] {2, 0, 1, 3}))
            .longs("shape", 0, 0, -1)
            .node("Reshape", "t shape", "r");
    layer(model, "LSTM", "r", "y", 12).output("y");
    Chunks.assertSame(model, Map.of("x", array(2, 12, 8)), 2, CHUNKS);
  }

  // ---- sums and loops

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void sumsGoOn(int exclusive) {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .constant("axis", NdArray.of(new long[] {1}))
            .node("CumSum", List.of("x", "axis"), List.of("y"), Map.of("exclusive", exclusive))
            .output("y");
    Chunks.assertSame(model, Map.of("x", array(2, 12, I)), 2, CHUNKS);
  }

  @Test
  void whatAScanCarriesGoesOn() {
    TinyModel body =
        new TinyModel(17)
            .input("h", ElementType.FLOAT, -1, I)
            .input("s", ElementType.FLOAT, -1, I)
            .node("Mul", "h half", "d")
            .node("Add", "d s", "next")
            .node("Tanh", "next", "out")
            .output("next", ElementType.FLOAT, -1, I)
            .output("out", ElementType.FLOAT, -1, I);
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .constant("half", new float[] {0.5f})
            .node("Shape", List.of("x"), List.of("n"), Map.of("end", 1))
            .longs("features", I)
            .node("Concat", List.of("n", "features"), List.of("sizes"), Map.of("axis", 0))
            .node("ConstantOfShape", "sizes", "h0")
            .node(
                "Scan",
                List.of("h0", "x"),
                List.of("last", "y"),
                Map.of(
                    "num_scan_inputs",
                    1,
                    "scan_input_axes",
                    new long[] {1},
                    "scan_output_axes",
                    new long[] {1},
                    "body",
                    body.graph()))
            .output("y")
            .output("last");
    Chunks.assertSame(model, Map.of("x", array(2, 12, I)), 2, CHUNKS);
  }

  // ---- several inputs and outputs

  @Test
  void severalInputsAndOutputs() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .input("mask", ElementType.FLOAT, -1, -2, 1)
            .input("speaker", ElementType.FLOAT, -2, I)
            .node("Mul", "x mask", "m")
            .node("Add", "m speaker", "s");
    layer(model, "LSTM", "s", "y", I)
        .longs("one", 1)
        .node("Squeeze", "y one", "z")
        .constant("minus", NdArray.of(new long[] {-1}))
        .node("Gather", "z minus", "now")
        .node("Softmax", List.of("now"), List.of("class"), Map.of("axis", -1))
        .output("z")
        .output("class")
        .output("y_last");
    Map<String, NdArray> inputs =
        Map.of("x", array(12, 2, I), "mask", array(12, 2, 1), "speaker", array(2, I));
    Chunks.assertSame(model, inputs, 2, CHUNKS);
  }

  /// As Keras writes it: time and batch are one axis around a dense layer; frames are joined in
  /// pairs before the recurrent one.
  @Test
  void timeIsFollowedThroughReshapes() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .longs("flat", -1, I)
            .node("Reshape", "x flat", "f")
            .constant("V", array(I, 3))
            .node("MatMul", "f V", "d")
            .node("Shape", List.of("x"), List.of("nt"), Map.of("end", 2))
            .longs("three", 3)
            .node("Concat", List.of("nt", "three"), List.of("back"), Map.of("axis", 0))
            .node("Reshape", "d back", "e")
            .longs("pairs", 0, -1, 6)
            .node("Reshape", "e pairs", "p")
            .node("Transpose", List.of("p"), List.of("t"), Map.of("perm", new long[] {1, 0, 2}));
    layer(model, "LSTM", "t", "y", 6).output("y");
    Chunks.assertSame(
        model, Map.of("x", array(2, 12, I)), 2, new int[][] {{12}, {2, 6, 4}, {2, 2, 2, 2, 2, 2}});
  }

  // ---- what cannot

  @Test
  void oneMessageNamesAllThatCannotStream() {
    TinyModel model = new TinyModel(17).input("x", ElementType.FLOAT, -1, -2, I);
    weights(model, "", 4, 2, I)
        .node(
            "LSTM",
            List.of("x", "W", "R", "B"),
            List.of("b"),
            Map.of("hidden_size", H, "direction", "bidirectional"))
        .output("b");
    layer(model, "GRU", "x", "g", I)
        .node("ReduceMean", List.of("g"), List.of("mean"), Map.of("axes", new long[] {0}))
        .output("mean")
        .node("Softmax", List.of("g"), List.of("soft"), Map.of("axis", 0))
        .output("soft");
    Chunks.assertRefused(
        model,
        "cannot be streamed",
        "'LSTM_0' (LSTM): one of its directions is backward",
        "'ReduceMean_2' (ReduceMean): it reduces over time",
        "'Softmax_3' (Softmax): it normalizes over time");
  }

  @Test
  void whatLooksAheadIsRefused() {
    TinyModel symmetric =
        signal()
            .constant("V", array(H, I, 3))
            .node("Conv", List.of("x", "V"), List.of("y"), Map.of("pads", new long[] {1, 1}))
            .output("y");
    Chunks.assertRefused(symmetric, "'Conv_0' (Conv): it looks 1 steps ahead");
    TinyModel bare = signal().constant("V", array(H, I, 3)).node("Conv", "x V", "y").output("y");
    Chunks.assertRefused(bare, "'Conv_0' (Conv): it looks 2 steps ahead");
    TinyModel attention = new TinyModel(17).input("x", ElementType.FLOAT, -1, -2, I);
    layer(attention, "RNN", "x", "y", I)
        .longs("one", 1)
        .node("Squeeze", "y one", "q")
        .node("Transpose", List.of("q"), List.of("a"), Map.of("perm", new long[] {1, 0, 2}))
        .node("Transpose", List.of("q"), List.of("b"), Map.of("perm", new long[] {1, 2, 0}))
        .node("MatMul", "a b", "scores")
        .output("scores");
    Chunks.assertRefused(attention, "(MatMul): it lets each step meet all others");
    TinyModel last = new TinyModel(17).input("x", ElementType.FLOAT, -1, -2, I);
    layer(last, "RNN", "x", "y", I).node("Add", "y y_last", "z").output("z");
    Chunks.assertRefused(last, "(Add): it puts into each step 'y_last', which depends on all");
  }

  @Test
  void whatDependsOnTheLengthIsRefused() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .node("Shape", List.of("x"), List.of("t"), Map.of("end", 1))
            .node("Cast", List.of("t"), List.of("f"), Map.of("to", 1))
            .node("Sqrt", "f", "root")
            .node("Div", "x root", "d");
    layer(model, "GRU", "d", "y", I).output("y");
    Chunks.assertRefused(model, "(Sqrt): it computes with the number of steps");
  }

  @Test
  void aStateThatIsAnInputIsToBeBound() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, -2, I)
            .input("h0", ElementType.FLOAT, 1, -2, H);
    weights(model, "", 3, 1, I)
        .node(
            "GRU",
            List.of("x", "W", "R", "B", "", "h0"),
            List.of("g", "h"),
            Map.of("hidden_size", H))
        .longs("one", 1)
        .node("Squeeze", "g one", "s");
    layer(model, "RNN", "s", "y", H).output("y").output("h");
    Chunks.assertRefused(model, "it begins with 'h0', which is no constant");
    NdArray x = array(12, 1, I);
    NdArray h0 = array(1, 1, H);
    NdArray expected = Oracle.actual(model, Map.of("x", x, "h0", h0)).get("y");
    try (OnnxModel loaded =
            OnnxModel.builder()
                .streaming()
                .state("h0", "h")
                .load(MemorySegment.ofArray(model.bytes()));
        OnnxSession session = loaded.newSession()) {
      OnnxStream stream = loaded.newStream();
      stream.set("h0", h0);
      assertClose(
          expected, Chunks.run(session, loaded, List.of(stream), Map.of("x", x), 3, 9).get("y"));
    }
  }

  @Test
  void aConstantWithARowForEachStreamIsRefused() {
    TinyModel model =
        new TinyModel(17).input("x", ElementType.FLOAT, -1, -2, I).constant("h0", array(1, 2, H));
    weights(model, "", 3, 1, I)
        .node("GRU", List.of("x", "W", "R", "B", "", "h0"), List.of("y"), Map.of("hidden_size", H))
        .output("y");
    Chunks.assertRefused(model, "(GRU): it begins with a constant of 2 rows");
  }
}
