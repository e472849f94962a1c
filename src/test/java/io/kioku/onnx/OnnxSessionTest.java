package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// Named inputs and outputs, as arrays and segments, of shapes that change.
class OnnxSessionTest {
  /// `y = a + b` of `(N, 3)` each, and `n`, their number of rows.
  private static OnnxModel sum(ElementType type) {
    return new TinyModel(17)
        .input("a", type, -1, 3)
        .input("b", type, -1, 3)
        .longs("first", 0)
        .node("Add", "a b", "y")
        .node("Shape", "y", "shape")
        .node("Gather", "shape first", "n")
        .output("y")
        .output("n")
        .load();
  }

  @Test
  void aModelDescribesItself() {
    try (OnnxModel model = sum(ElementType.FLOAT)) {
      OnnxValue a = model.inputs().getFirst();
      assertEquals("a", a.name());
      assertEquals(Optional.of(ElementType.FLOAT), a.type());
      assertEquals(Optional.of(List.of("d1", "3")), a.shape());
      assertEquals("operator sets ai.onnx 17, com.microsoft 1", model.origin().toString());
      assertEquals(8, model.origin().irVersion());
      assertEquals("y float[d1, 3]", model.outputs().getFirst().toString());
      assertEquals(
          List.of("Add", "Shape", "Gather"),
          model.nodes().stream().map(OnnxNode::operator).toList());
    }
  }

  @Test
  void shapesMayChangeFromRunToRun() {
    try (OnnxModel model = sum(ElementType.FLOAT);
        OnnxSession session = model.newSession()) {
      for (int rows : new int[] {2, 5, 1, 0, 2}) {
        float[] a = new float[rows * 3];
        Arrays.fill(a, rows);
        session.set("a", a, rows, 3);
        session.set("b", a, rows, 3);
        session.run();
        float[] expected = new float[rows * 3];
        Arrays.fill(expected, 2 * rows);
        assertArrayEquals(expected, session.floats("y"));
        assertArrayEquals(new long[] {rows, 3}, session.shape("y"));
        assertEquals(NdArray.of(new long[] {rows}, 1), session.get("n"));
      }
    }
  }

  @Test
  void arraysOfEveryElementTypeAreTaken() {
    for (ElementType type : ElementType.values()) {
      TinyModel file = new TinyModel(17).input("x", type, -1).node("Identity", "x", "y");
      try (OnnxModel model = file.output("y").load();
          OnnxSession session = model.newSession()) {
        switch (type) {
          case FLOAT, FLOAT16, BFLOAT16 -> session.set("x", new float[] {1, 0}, 2);
          case DOUBLE -> session.set("x", new double[] {1, 0}, 2);
          case INT64, UINT64 -> session.set("x", new long[] {1, 0}, 2);
          case INT32, UINT32 -> session.set("x", new int[] {1, 0}, 2);
          case INT16, UINT16 -> session.set("x", new short[] {1, 0}, 2);
          case INT8, UINT8 -> session.set("x", new byte[] {1, 0}, 2);
          case BOOL -> session.set("x", new boolean[] {true, false}, 2);
        }
        session.run();
        NdArray y = session.get("y");
        assertEquals(type, y.type());
        assertEquals(1, y.real(0));
        assertEquals(0, y.real(1));
        String wrong =
            assertThrows(
                    IllegalArgumentException.class,
                    () -> {
                      if (type == ElementType.BOOL) {
                        session.set("x", new int[2], 2);
                      } else {
                        session.set("x", new boolean[2], 2);
                      }
                    })
                .getMessage();
        assertTrue(wrong.contains(", expected " + type + ": convert it"), wrong);
        assertThrows(
            IllegalArgumentException.class, () -> session.set("x", NdArray.of(new long[3], 3, 1)));
      }
    }
  }

  /// NumPy's numbers are float64 unless one asks for others.
  @Test
  void howToConvertIsSaid() {
    TinyModel file = new TinyModel(17).input("x", ElementType.FLOAT, 2).node("Neg", "x", "y");
    try (OnnxModel model = file.output("y").load();
        OnnxSession session = model.newSession()) {
      NdArray x = NdArray.of(new double[] {1, 2}, 2);
      String message =
          assertThrows(IllegalArgumentException.class, () -> session.set("x", x)).getMessage();
      assertEquals(
          "input 'x' is given double, expected float: convert it with NdArray.of(x.toFloats(),"
              + " x.shape()), or x.astype('float32') in NumPy",
          message);
      session.set("x", NdArray.of(x.toFloats(), x.shape()));
      session.run();
      assertEquals(-2, session.get("y").real(1));
    }
  }

  @Test
  void segmentsAreReadAndWrittenInPlace() {
    try (OnnxModel model = sum(ElementType.FLOAT);
        OnnxSession session = model.newSession()) {
      MemorySegment a = session.input("a", 1, 3);
      MemorySegment b = session.input("b", 1, 3);
      assertEquals(3 * Float.BYTES, a.byteSize());
      a.setAtIndex(ValueLayout.JAVA_FLOAT, 2, 5);
      b.setAtIndex(ValueLayout.JAVA_FLOAT, 2, 0.5f);
      session.run();
      MemorySegment y = session.output("y");
      assertEquals(5.5f, y.getAtIndex(ValueLayout.JAVA_FLOAT, 2));
      a.setAtIndex(ValueLayout.JAVA_FLOAT, 2, 6);
      session.run();
      assertSame(y, session.output("y"));
      assertEquals(6.5f, y.getAtIndex(ValueLayout.JAVA_FLOAT, 2));
      assertTrue(y.isReadOnly());
      assertSame(a.scope(), session.input("a", 1, 3).scope());
    }
  }

  @Test
  void halvesAreComputedAsFloatsAndRoundedAtTheEnd() {
    short one = Float.floatToFloat16(1);
    short tiny = Float.floatToFloat16(0x1p-12f); // 1 + this is no half
    try (OnnxModel model = sum(ElementType.FLOAT16);
        OnnxSession session = model.newSession()) {
      session.set("a", halves(one));
      session.set("b", new float[] {0x1p-12f, 0x1p-12f, 0x1p-12f}, 1, 3); // floats are taken, too
      session.run();
      assertEquals(halves(one), session.get("y"));
      assertEquals(1 + 0x1p-12f, session.output("y").getAtIndex(ValueLayout.JAVA_FLOAT, 0));
      session.set("a", halves(tiny));
      session.run();
      assertEquals(halves(Float.floatToFloat16(0x1p-11f)), session.get("y"));
    }
  }

  private static NdArray halves(short value) {
    return NdArray.copyOf(
        ElementType.FLOAT16, MemorySegment.ofArray(new short[] {value, value, value}), 1, 3);
  }

  @Test
  void wrongUseIsSaid() {
    try (OnnxModel model = sum(ElementType.FLOAT);
        OnnxSession session = model.newSession()) {
      float[] three = new float[3];
      assertSays(IllegalStateException.class, "nothing has run", () -> session.floats("y"));
      session.set("a", three, 1, 3);
      assertSays(IllegalStateException.class, "input 'b' has not been set", session::run);
      assertSays(
          IllegalArgumentException.class, "expected [d1, 3]", () -> session.set("b", three, 3));
      assertSays(
          IllegalArgumentException.class, "expected [d1, 3]", () -> session.set("b", three, -1, 3));
      assertSays(IllegalArgumentException.class, "3 values", () -> session.set("b", three, 2, 3));
      assertSays(
          IllegalArgumentException.class,
          "given int64, expected float",
          () -> session.set("b", new long[3], 1, 3));
      assertSays(
          IllegalArgumentException.class, "no input 'z'", () -> session.set("z", three, 1, 3));
      session.set("b", new float[6], 2, 3);
      session.run(); // one row and two: broadcast
      assertArrayEquals(new long[] {2, 3}, session.shape("y"));
      session.set("a", new float[9], 3, 3);
      OnnxException e = assertThrows(OnnxException.class, session::run);
      assertTrue(e.getMessage().contains("'Add_0' (Add)"), e::getMessage);
      assertSays(IllegalStateException.class, "it failed", () -> session.floats("y"));
      session.set("b", new float[9], 3, 3);
      session.run();
      assertSays(IllegalArgumentException.class, "no output 'z'", () -> session.get("z"));
    }
  }

  @Test
  void whatIsClosedRefusesUse() {
    try (OnnxModel model = sum(ElementType.FLOAT)) {
      OnnxSession session = model.newSession();
      session.close();
      session.close();
      assertSays(IllegalStateException.class, "session is closed", session::run);
    }
  }

  @Test
  void refusalsAreListed() {
    TinyModel model =
        new TinyModel(17).input("a", ElementType.FLOAT).node("Odd", "a", "y").output("z");
    OnnxException e = assertThrows(OnnxException.class, model::load);
    assertEquals(
        List.of(
            "'Odd_0' (Odd): there is no such operator here", "output 'z' is computed by no node"),
        e.refusals());
    OnnxModel.Builder builder = OnnxModel.builder();
    MemorySegment damaged = MemorySegment.ofArray(new byte[] {8});
    assertEquals(
        List.of(), assertThrows(OnnxException.class, () -> builder.load(damaged)).refusals());
  }

  @Test
  void aSessionOutlivesItsModelsClose() {
    OnnxModel model = sum(ElementType.FLOAT);
    OnnxSession session = model.newSession();
    model.close();
    assertSays(IllegalStateException.class, "model is closed", session::run);
    assertSays(IllegalStateException.class, "model is closed", model::newSession);
    session.close();
    model.close();
  }

  private static void assertSays(Class<? extends Exception> type, String part, Executable run) {
    Exception e = assertThrows(type, run);
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }
}
