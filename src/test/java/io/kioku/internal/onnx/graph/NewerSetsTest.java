package io.kioku.internal.onnx.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NewerSetsTest {
  @ParameterizedTest
  @ValueSource(ints = {26, 27, 28, 99})
  void operatorsThatHaveNotChangedRun(int version) {
    TinyModel model = new TinyModel(version).input("x", ElementType.FLOAT, 2);
    model.node("Relu", "x", "y").output("y");
    NdArray y = Oracle.actual(model, Map.of("x", NdArray.of(new float[] {-1, 2}, 2))).get("y");
    assertArrayEquals(new float[] {0, 2}, y.toFloats());
  }

  @Test
  void thoseThatHaveChangedAreRefused() {
    TinyModel before = cast(27);
    before.load().close();
    OnnxException e = assertThrows(OnnxException.class, () -> cast(28).load());
    assertEquals(
        List.of("'Cast_0' (Cast): it has changed in operator set 28, the newest one known is 26"),
        e.refusals());
  }

  private static TinyModel cast(int version) {
    return new TinyModel(version)
        .input("x", ElementType.FLOAT, 2)
        .node("Cast", List.of("x"), List.of("y"), Map.of("to", 11))
        .output("y");
  }
}
