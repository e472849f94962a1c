package io.kioku.internal.onnx.op.control;

import static io.kioku.internal.onnx.op.control.ControlModels.FLOAT;
import static io.kioku.internal.onnx.op.control.ControlModels.assertAgrees;
import static io.kioku.internal.onnx.op.control.ControlModels.body;
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
import io.kioku.onnx.TinyModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Lists of tensors, through loops and branches: the results of ONNX Runtime.
class SequenceTest {
  /// A scripted loop that appends to a list: a running sum, all of its values, and how many.
  private static TinyModel appending() {
    TinyModel body =
        body()
            .input("sum", FLOAT, 2)
            .inputSequence("list", FLOAT)
            .node("Add", "sum x", "next")
            .node("SequenceInsert", "list next", "longer")
            .output("next", FLOAT, 2)
            .outputSequence("longer", FLOAT);
    TinyModel model =
        model()
            .input("n", ElementType.INT64)
            .input("x", FLOAT, 2)
            .node("SequenceEmpty", List.of(), List.of("none"), Map.of("dtype", 1))
            .node("SequenceConstruct", "x x", "some")
            .constant("first", number(0));
    loop(model, "n  x some", "last all", body);
    return model
        .node("ConcatFromSequence", List.of("all"), List.of("y"), Map.of("axis", 0, "new_axis", 1))
        .node("SequenceLength", "all", "count")
        .node("SequenceAt", "all first", "begin")
        .output("last")
        .output("y")
        .output("count")
        .output("begin");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 17})
  void loopsAppend(long count) throws Exception {
    assertAgrees(appending(), Map.of("n", number(count), "x", floats(1, -2)));
  }

  /// A session that has run longer, and runs again: no tensor of a list is anybody else's.
  @Test
  void sessionsUseTensorsAgain() {
    try (OnnxModel model = appending().load();
        OnnxSession session = model.newSession()) {
      for (int count : new int[] {9, 3, 12, 0, 9}) {
        session.set("n", new long[] {count});
        session.set("x", new float[] {1, 2}, 2);
        session.run();
        float[] y = session.floats("y");
        assertEquals(2 * (count + 2), y.length);
        for (int k = 0; k < count; k++) {
          assertEquals(k + 2, y[2 * (k + 2)]);
          assertEquals(2 * (k + 2), y[2 * (k + 2) + 1]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, -3, 3})
  void tensorsAreInsertedAnywhere(long place) throws Exception {
    TinyModel model =
        model()
            .input("x", FLOAT, 2)
            .input("place", ElementType.INT64)
            .constant("a", floats(1, 2))
            .constant("b", floats(3, 4))
            .node("SequenceConstruct", "a b a", "list")
            .node("SequenceInsert", "list x place", "more")
            .node("ConcatFromSequence", List.of("more"), List.of("y"), Map.of("axis", -1))
            .output("y");
    assertAgrees(model, Map.of("x", floats(9, 8), "place", number(place)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2, -1, -3})
  void tensorsAreErased(long place) throws Exception {
    TinyModel model =
        model()
            .input("x", FLOAT, -1)
            .input("place", ElementType.INT64)
            .constant("a", floats(1, 2))
            .constant("b", floats(3))
            .node("SequenceConstruct", "a b x", "list")
            .node("SequenceErase", "list place", "fewer")
            .node("SequenceErase", "list", "first")
            .node("ConcatFromSequence", List.of("fewer"), List.of("y"), Map.of("axis", 0))
            .node("ConcatFromSequence", List.of("first"), List.of("z"), Map.of("axis", 0))
            .output("y")
            .output("z");
    assertAgrees(model, Map.of("x", floats(9, 8, 7), "place", number(place)));
  }

  /// Which ONNX Runtime refuses to load in this form.
  @Test
  void branchesGiveLists() {
    TinyModel one = model().node("SequenceConstruct", "x", "list").outputSequence("list", FLOAT);
    TinyModel two =
        model()
            .node("SequenceConstruct", "x x", "list2")
            .node("Identity", "list2", "same")
            .outputSequence("same", FLOAT);
    TinyModel model =
        model()
            .input("c", ElementType.BOOL)
            .input("x", FLOAT, 3)
            .node(
                "If",
                List.of("c"),
                List.of("list3"),
                Map.of("then_branch", one.graph(), "else_branch", two.graph()))
            .node("ConcatFromSequence", List.of("list3"), List.of("y"), Map.of("axis", 0))
            .output("y");
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      for (boolean c : new boolean[] {true, false, true}) {
        session.set("c", new boolean[] {c});
        session.set("x", new float[] {1, 2, 3}, 3);
        session.run();
        float[] expected = c ? new float[] {1, 2, 3} : new float[] {1, 2, 3, 1, 2, 3};
        assertArrayEquals(expected, session.floats("y"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "2", "1, 4", "5, 0"})
  void tensorsAreSplit(String split) throws Exception {
    for (int axis : new int[] {0, 1, -1}) {
      TinyModel model = model().input("x", FLOAT, 5, 5, 5).input("i", ElementType.INT64);
      String inputs = "x";
      if (!split.equals("none")) {
        long[] sizes = List.of(split.split(", ", -1)).stream().mapToLong(Long::parseLong).toArray();
        model.constant("split", sizes.length == 1 ? number(sizes[0]) : NdArray.of(sizes, 2));
        inputs = "x split";
      }
      model
          .node(
              "SplitToSequence",
              List.of(inputs.split(" ", -1)),
              List.of("parts"),
              Map.of("axis", axis))
          .node("SequenceAt", "parts i", "part")
          .node("ConcatFromSequence", List.of("parts"), List.of("whole"), Map.of("axis", axis))
          .output("part")
          .output("whole");
      float[] values = new float[125];
      for (int k = 0; k < values.length; k++) {
        values[k] = k;
      }
      assertAgrees(model, Map.of("x", NdArray.of(values, 5, 5, 5), "i", number(-1)));
    }
  }

  /// As PyTorch's unbind is exported.
  @Test
  void slicesLoseTheirAxis() {
    TinyModel model =
        model()
            .input("x", FLOAT, -1, 2)
            .input("i", ElementType.INT64)
            .constant("one", number(1))
            .node("SplitToSequence", List.of("x", "one"), List.of("rows"), Map.of("keepdims", 0))
            .node("SequenceAt", "rows i", "row")
            .output("row");
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      session.set("x", new float[] {1, 2, 3, 4}, 2, 2);
      session.set("i", new long[] {1});
      session.run();
      assertArrayEquals(new float[] {3, 4}, session.floats("row"));
      assertArrayEquals(new long[] {2}, session.shape("row"));
    }
  }

  @Test
  void whatCannotBeIsSaid() {
    TinyModel outside = model().input("x", FLOAT, 2).node("SequenceConstruct", "x", "list");
    refused("output 'list' is a sequence", outside.copy().output("list"));
    refused("'list' is a sequence, expected a tensor", outside.copy().node("Neg", "list", "y"));
    refused(
        "input 0 is a tensor, expected a sequence",
        outside.copy().node("SequenceLength", "x", "y").output("y"));
    TinyModel at =
        outside.input("i", ElementType.INT64).node("SequenceAt", "list i", "y").output("y");
    try (OnnxModel model = at.load();
        OnnxSession session = model.newSession()) {
      session.set("x", new float[] {1, 2}, 2);
      session.set("i", new long[] {1});
      OnnxException e = assertThrows(OnnxException.class, session::run);
      assertTrue(e.getMessage().contains("position 1 of a sequence of 1 tensors"), e.getMessage());
    }
  }

  private static void refused(String expected, TinyModel model) {
    OnnxException e = assertThrows(OnnxException.class, model::load);
    assertTrue(e.toString().contains(expected), e.toString());
  }
}
