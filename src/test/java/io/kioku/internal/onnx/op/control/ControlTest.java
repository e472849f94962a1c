package io.kioku.internal.onnx.op.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxNode;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Branches and loops: the results of ONNX Runtime, and what it leaves open.
class ControlTest {
  private static final int VERSION = 13;
  private static final ElementType FLOAT = ElementType.FLOAT;

  private static TinyModel model() {
    return new TinyModel(VERSION);
  }

  /// A body whose condition is what it was.
  private static TinyModel body() {
    return model()
        .input("i", ElementType.INT64)
        .input("on", ElementType.BOOL)
        .node("Identity", "on", "still")
        .output("still", ElementType.BOOL);
  }

  private static NdArray bool(boolean value) {
    MemorySegment data = MemorySegment.ofArray(new byte[] {(byte) (value ? 1 : 0)});
    return NdArray.copyOf(ElementType.BOOL, data);
  }

  private static NdArray number(long value) {
    return NdArray.of(new long[] {value});
  }

  private static NdArray floats(float... values) {
    return NdArray.of(values, values.length);
  }

  private static void assertAgrees(TinyModel model, Map<String, NdArray> inputs)
      throws OrtException {
    Map<String, NdArray> expected = Oracle.expected(model, inputs).orElseThrow();
    Map<String, NdArray> actual = Oracle.actual(model, inputs);
    expected.forEach((name, value) -> {
      assertArrayEquals(value.shape(), actual.get(name).shape(), name);
      assertEquals(value, actual.get(name), name);
    });
  }

  private static TinyModel loop(TinyModel model, String inputs, String outputs, TinyModel body) {
    return model.node(
        "Loop",
        List.of(inputs.split(" ", -1)),
        List.of(outputs.split(" ", -1)),
        Map.of("body", body.graph()));
  }

  // ---- If

  private static TinyModel branches() {
    TinyModel then =
        model()
            .node("Add", "x x", "t")
            .node("Shape", "x", "ts")
            .output("t", FLOAT, -1)
            .output("ts");
    TinyModel otherwise =
        model()
            .node("Concat", List.of("x", "x"), List.of("e"), Map.of("axis", 0))
            .node("Shape", "e", "es")
            .output("e", FLOAT, -1)
            .output("es");
    return model()
        .input("c", ElementType.BOOL)
        .input("x", FLOAT, -1)
        .node(
            "If",
            List.of("c"),
            List.of("y", "s"),
            Map.of("then_branch", then.graph(), "else_branch", otherwise.graph()))
        .node("Neg", "y", "z")
        .output("y")
        .output("s")
        .output("z");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void branchesReadWhatIsAroundThem(boolean condition) throws Exception {
    assertAgrees(branches(), Map.of("c", bool(condition), "x", floats(1, 2, 3)));
  }

  @Test
  void branchesOfDifferentShapesTakeTurns() {
    try (OnnxModel model = branches().load();
        OnnxSession session = model.newSession()) {
      for (int run = 0; run < 6; run++) {
        session.set("c", bool(run % 2 == 0));
        session.set("x", floats(1, run + 1));
        session.run();
        float[] expected =
            run % 2 == 0
                ? new float[] {-2, -2 * run - 2}
                : new float[] {-1, -run - 1, -1, -run - 1};
        assertArrayEquals(expected, session.floats("z"));
      }
    }
  }

  @Test
  void aBranchThatIsNeverTakenIsNotLookedAt() {
    TinyModel then = model().node("Abs", "x", "t").output("t");
    TinyModel otherwise = model().node("Nonsense", "x", "e").output("e");
    TinyModel model =
        model()
            .input("x", FLOAT, -1, 3)
            .node("Shape", "x", "dims")
            .node("Size", "dims", "rank")
            .constant("two", number(2))
            .node("Equal", "rank two", "flat")
            .node(
                "If",
                List.of("flat"),
                List.of("y"),
                Map.of("then_branch", then.graph(), "else_branch", otherwise.graph()))
            .output("y");
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      assertEquals(
          List.of("Shape", "If", "Abs"), loaded.nodes().stream().map(OnnxNode::operator).toList());
      session.set("x", new float[] {-1, 2, -3}, 1, 3);
      session.run();
      assertArrayEquals(new float[] {1, 2, 3}, session.floats("y"));
    }
  }

  @Test
  void branchesMayGiveConstantsAndInputs() throws Exception {
    TinyModel then = model().constant("k", floats(7)).output("k", FLOAT, 1);
    TinyModel otherwise = model().node("Identity", "x", "e").output("e", FLOAT, 1);
    TinyModel model =
        model()
            .input("c", ElementType.BOOL)
            .input("x", FLOAT, 1)
            .node(
                "If",
                List.of("c"),
                List.of("y"),
                Map.of("then_branch", then.graph(), "else_branch", otherwise.graph()))
            .output("y");
    assertAgrees(model, Map.of("c", bool(true), "x", floats(3)));
    assertAgrees(model, Map.of("c", bool(false), "x", floats(3)));
  }

  // ---- Loop

  /// Fibonacci: the body gives its second input as its first.
  private static TinyModel fibonacci() {
    TinyModel body =
        body()
            .input("a", FLOAT, 1)
            .input("b", FLOAT, 1)
            .node("Add", "a b", "sum")
            .node("Identity", "b", "shift")
            .node("Mul", "a scale", "scan")
            .output("shift", FLOAT, 1)
            .output("sum", FLOAT, 1)
            .output("scan", FLOAT, 1);
    TinyModel model =
        model()
            .input("n", ElementType.INT64)
            .input("c", ElementType.BOOL)
            .input("a0", FLOAT, 1)
            .input("b0", FLOAT, 1)
            .constant("scale", floats(10));
    return loop(model, "n c a0 b0", "a9 b9 all", body).output("a9").output("b9").output("all");
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "2, true", "9, true", "50, true", "5, false"})
  void trips(long count, boolean condition) throws Exception {
    assertAgrees(
        fibonacci(),
        Map.of("n", number(count), "c", bool(condition), "a0", floats(0), "b0", floats(1)));
  }

  @Test
  void valuesAreSwapped() throws Exception {
    TinyModel body =
        body()
            .input("a", FLOAT, 1)
            .input("b", FLOAT, 1)
            .node("Identity", "a", "a1")
            .node("Identity", "b", "b1")
            .output("b1", FLOAT, 1)
            .output("a1", FLOAT, 1);
    TinyModel model =
        model().input("n", ElementType.INT64).input("x", FLOAT, 1).input("y", FLOAT, 1);
    loop(model, "n  x y", "u v", body).output("u").output("v");
    for (int count = 0; count < 4; count++) {
      assertAgrees(model, Map.of("n", number(count), "x", floats(1), "y", floats(2)));
    }
  }

  /// Doubles until the sum reaches a limit from the graph around.
  @Test
  void aConditionEndsIt() throws Exception {
    TinyModel body =
        model()
            .input("i", ElementType.INT64)
            .input("on", ElementType.BOOL)
            .input("a", FLOAT, 1)
            .node("Add", "a a", "b")
            .node("Less", "b limit", "less")
            .node("Squeeze", "less", "go")
            .output("go", ElementType.BOOL)
            .output("b", FLOAT, 1)
            .node("Identity", "i", "number")
            .output("number", ElementType.INT64);
    TinyModel model = model().input("x", FLOAT, 1).input("limit", FLOAT, 1);
    loop(model, "  x", "y steps", body).output("y").output("steps");
    assertAgrees(model, Map.of("x", floats(1), "limit", floats(1000)));
    assertAgrees(model, Map.of("x", floats(1), "limit", floats(0)));
  }

  /// Each step's array is longer by one.
  @Test
  void shapesGrow() throws Exception {
    TinyModel body =
        body()
            .input("a", FLOAT, -1)
            .node("Concat", List.of("a", "x"), List.of("b"), Map.of("axis", 0))
            .node("ReduceSum", List.of("b"), List.of("sum"), Map.of("keepdims", 0))
            .output("b", FLOAT, -2)
            .output("sum", FLOAT);
    TinyModel model = model().input("n", ElementType.INT64).input("x", FLOAT, 1);
    loop(model, "n  x", "y sums", body).output("y").output("sums");
    for (int count : new int[] {3, 0, 100}) {
      assertAgrees(model, Map.of("n", number(count), "x", floats(0.5f)));
    }
  }

  /// A declared shape that the values do not keep to changes nothing.
  @Test
  void whatABodyDeclaresIsNotReliedOn() {
    TinyModel body =
        body()
            .input("a", FLOAT, 1)
            .node("Concat", List.of("a", "a"), List.of("b"), Map.of("axis", 0))
            .node("Size", "a", "size")
            .output("b", FLOAT, 1)
            .output("size", ElementType.INT64);
    TinyModel model = model().input("n", ElementType.INT64).input("x", FLOAT, 1);
    loop(model, "n  x", "y sizes", body).output("y").output("sizes");
    Map<String, NdArray> results = Oracle.actual(model, Map.of("n", number(4), "x", floats(1)));
    assertEquals(NdArray.of(new long[] {1, 2, 4, 8}, 4), results.get("sizes"));
    assertArrayEquals(new long[] {16}, results.get("y").shape());
  }

  @Test
  void loopsAndBranchesAreNested() throws Exception {
    TinyModel then = model().node("Add", "b one", "t").output("t", FLOAT, 1);
    TinyModel otherwise = model().node("Mul", "b a", "e").output("e", FLOAT, 1);
    TinyModel inner =
        model()
            .input("j", ElementType.INT64)
            .input("on2", ElementType.BOOL)
            .input("b", FLOAT, 1)
            .node("Identity", "on2", "still2")
            .node("Less", "j i", "before")
            .node(
                "If",
                List.of("before"),
                List.of("b1"),
                Map.of("then_branch", then.graph(), "else_branch", otherwise.graph()))
            .output("still2", ElementType.BOOL)
            .output("b1", FLOAT, 1)
            .output("b1", FLOAT, 1);
    TinyModel outer = body().input("a", FLOAT, 1);
    loop(outer, "m  a", "a1 rows", inner).output("a1", FLOAT, 1).output("rows", FLOAT, -1, 1);
    TinyModel model =
        model()
            .input("n", ElementType.INT64)
            .input("m", ElementType.INT64)
            .input("x", FLOAT, 1)
            .constant("one", floats(1));
    loop(model, "n  x", "y all", outer).output("y").output("all");
    for (int n = 0; n < 4; n++) {
      for (int m = 1; m < 4; m++) {
        assertAgrees(model, Map.of("n", number(n), "m", number(m), "x", floats(1.5f)));
      }
    }
  }

  @Test
  void noStepGivesTheDeclaredShape() {
    TinyModel body =
        body().node("Unsqueeze", "x zero", "row").output("row", FLOAT, 1, 2).longs("zero", 0);
    TinyModel model = model().input("n", ElementType.INT64).input("x", FLOAT, -1);
    loop(model, "n ", "rows", body).output("rows");
    Map<String, NdArray> inputs = new HashMap<>(Map.of("n", number(0), "x", floats(1, 2)));
    assertArrayEquals(new long[] {0, 1, 2}, Oracle.actual(model, inputs).get("rows").shape());
    inputs.put("n", number(3));
    assertArrayEquals(new long[] {3, 1, 2}, Oracle.actual(model, inputs).get("rows").shape());
  }

  @Test
  void rowsMustBeAlike() {
    TinyModel body =
        body()
            .input("a", FLOAT, -1)
            .node("Concat", List.of("a", "a"), List.of("b"), Map.of("axis", 0))
            .output("b", FLOAT, -2)
            .output("b", FLOAT, -2);
    TinyModel model = model().input("n", ElementType.INT64).input("x", FLOAT, 1);
    loop(model, "n  x", "y rows", body).output("y").output("rows");
    OnnxException e =
        assertThrows(
            OnnxException.class,
            () -> Oracle.actual(model, Map.of("n", number(4), "x", floats(1))));
    assertTrue(e.getMessage().contains("in the one before"), e::getMessage);
  }

  @Test
  void aSessionRunsOnAfterALoopWithoutEnd() {
    OnnxModel.Builder builder = OnnxModel.builder().loopLimit(1_000);
    try (OnnxModel model = builder.load(MemorySegment.ofArray(fibonacci().bytes()));
        OnnxSession session = model.newSession()) {
      session.set("c", bool(true));
      session.set("a0", floats(0));
      session.set("b0", floats(1));
      session.set("n", number(1_001));
      OnnxException e = assertThrows(OnnxException.class, session::run);
      assertTrue(e.getMessage().contains("1,000 steps in this run, the limit"), e::getMessage);
      session.set("n", number(10));
      session.run();
      assertArrayEquals(new float[] {55}, session.floats("a9"));
    }
  }

  @Test
  void bodiesThatDoNotFitAreRefused() {
    TinyModel few = loop(model().input("x", FLOAT, 1), "  x", "y", body());
    assertRefused(few.output("y"), "has 2 inputs, expected 3");
    TinyModel text =
        model().input("i", ElementType.INT64).input("on", ElementType.BOOL).output("i");
    TinyModel wrong = loop(model().longs("n", 2), "n", "y", text);
    assertRefused(wrong.output("y"), "expected a condition");
  }

  private static void assertRefused(TinyModel model, String part) {
    OnnxException e = assertThrows(OnnxException.class, () -> model.load().close());
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }

  // ---- Scan

  private static TinyModel scan(Map<String, Object> attributes) {
    TinyModel body =
        model()
            .input("s", FLOAT, 2)
            .input("a", FLOAT, 2)
            .input("b", FLOAT, 2)
            .node("Mul", "a w", "aw")
            .node("Add", "s aw", "s1")
            .node("Sub", "s1 b", "o")
            .output("s1", FLOAT, 2)
            .output("o", FLOAT, 2);
    Map<String, Object> all = new HashMap<>(attributes);
    all.put("body", body.graph());
    all.put("num_scan_inputs", 2);
    return model()
        .input("s0", FLOAT, 2)
        .input("as", FLOAT, -1, -2)
        .input("bs", FLOAT, -3, -4)
        .constant("w", floats(0.5f, 2))
        .node("Scan", List.of("s0", "as", "bs"), List.of("s9", "os"), all)
        .output("s9")
        .output("os");
  }

  private static NdArray ramp(long... dims) {
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.25f - 1;
    }
    return NdArray.of(values, dims);
  }

  @Test
  void scansGoForwardsAndBackwardsAlongAnyAxis() throws Exception {
    assertAgrees(scan(Map.of()), Map.of("s0", floats(1, 2), "as", ramp(5, 2), "bs", ramp(5, 2)));
    for (long first = 0; first < 2; first++) {
      for (long second = 0; second < 2; second++) {
        Map<String, Object> attributes =
            Map.of(
                "scan_input_axes", new long[] {first, -1},
                "scan_input_directions", new long[] {second, first},
                "scan_output_axes", new long[] {second},
                "scan_output_directions", new long[] {1 - first});
        NdArray as = first == 0 ? ramp(4, 2) : ramp(2, 4);
        assertAgrees(scan(attributes), Map.of("s0", floats(1, 2), "as", as, "bs", ramp(2, 4)));
      }
    }
  }

  @Test
  void scansOfDifferentLengthsFollowEachOther() {
    try (OnnxModel model = scan(Map.of()).load();
        OnnxSession session = model.newSession()) {
      for (int steps : new int[] {3, 0, 7, 1}) {
        session.set("s0", floats(0, 0));
        session.set("as", ramp(steps, 2));
        session.set("bs", ramp(steps, 2));
        session.run();
        assertArrayEquals(new long[] {steps, 2}, session.shape("os"));
        assertArrayEquals(new long[] {2}, session.shape("s9"));
      }
    }
  }

  @Test
  void scansOfUnequalLengthsFail() {
    Map<String, NdArray> inputs = Map.of("s0", floats(1, 2), "as", ramp(5, 2), "bs", ramp(4, 2));
    OnnxException e =
        assertThrows(OnnxException.class, () -> Oracle.actual(scan(Map.of()), inputs));
    assertTrue(e.getMessage().contains("5 and 4"), e::getMessage);
  }

  // ---- what is known of shapes when a model is loaded

  @Test
  void knownShapesAreConstants() {
    TinyModel model =
        model()
            .input("x", FLOAT, 2, 3)
            .longs("one", 1)
            .longs("minus", -1)
            .node("Shape", "x", "s")
            .node("Gather", "s one", "n")
            .node("Concat", List.of("n", "minus"), List.of("shape"), Map.of("axis", 0))
            .node("Reshape", "x shape", "y")
            .output("y");
    try (OnnxModel loaded = model.load()) {
      assertEquals(List.of("Reshape"), loaded.nodes().stream().map(OnnxNode::operator).toList());
      assertEquals("[3, 2]", loaded.outputs().getFirst().shape().orElseThrow().toString());
    }
    assertFalse(model.load().nodes().isEmpty());
  }
}
