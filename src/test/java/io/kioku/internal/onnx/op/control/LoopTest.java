package io.kioku.internal.onnx.op.control;

import static io.kioku.internal.onnx.op.control.ControlModels.FLOAT;
import static io.kioku.internal.onnx.op.control.ControlModels.assertAgrees;
import static io.kioku.internal.onnx.op.control.ControlModels.body;
import static io.kioku.internal.onnx.op.control.ControlModels.bool;
import static io.kioku.internal.onnx.op.control.ControlModels.floats;
import static io.kioku.internal.onnx.op.control.ControlModels.loop;
import static io.kioku.internal.onnx.op.control.ControlModels.model;
import static io.kioku.internal.onnx.op.control.ControlModels.number;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Loop: the results of ONNX Runtime, and what it leaves open.
class LoopTest {
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
}
