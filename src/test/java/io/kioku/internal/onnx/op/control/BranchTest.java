package io.kioku.internal.onnx.op.control;

import static io.kioku.internal.onnx.op.control.ControlModels.FLOAT;
import static io.kioku.internal.onnx.op.control.ControlModels.assertAgrees;
import static io.kioku.internal.onnx.op.control.ControlModels.bool;
import static io.kioku.internal.onnx.op.control.ControlModels.floats;
import static io.kioku.internal.onnx.op.control.ControlModels.model;
import static io.kioku.internal.onnx.op.control.ControlModels.number;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.format.ElementType;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxNode;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.TinyModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// If: the results of ONNX Runtime, and what depends on what is known when a model is loaded.
class BranchTest {
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
  }
}
