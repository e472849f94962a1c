package io.kioku.internal.onnx.op.composed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Operators on codes: the numbers of ONNX Runtime. Its integer products saturate on CPUs without
/// VNNI, so codes are small.
class QuantizedOperatorsTest {
  private static final ElementType FLOAT = ElementType.FLOAT;

  private final UniformTensors tensors = new UniformTensors(4);
  private final RandomTensors codes = new RandomTensors(4);

  @Test
  void productsOfCodesAgreeWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 30; i++) {
      ElementType a = tensors.oneIn(2) ? ElementType.UINT8 : ElementType.INT8;
      ElementType b = tensors.oneIn(2) ? ElementType.UINT8 : ElementType.INT8;
      NodeCase node = new NodeCase(17).input(codes.small(a, 2, 5, 30));
      node.constant(codes.small(b, 30, 7)).input(codes.divisors(FLOAT));
      node.input(tensors.oneIn(2) ? codes.divisors(FLOAT) : codes.divisors(FLOAT, 7));
      node.input(tensors.oneIn(2) ? codes.small(a) : null);
      node.input(tensors.oneIn(2) ? codes.small(b) : null);
      if (tensors.oneIn(2)) {
        node.input(tensors.values(FLOAT, 7));
      }
      if (node.node("com.microsoft.MatMulIntegerToFloat", Map.of(), FLOAT).check(1e-5)) {
        compared++;
      }
    }
    assertTrue(compared > 20, compared + " compared");
  }

  @Test
  void quantisedProductsAgreeWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 20; i++) {
      NodeCase node = new NodeCase(17).input(tensors.values(FLOAT, 2, 5, 30));
      node.constant(codes.small(ElementType.INT8, 30, 7));
      node.input(tensors.values(FLOAT, tensors.oneIn(2) ? new long[] {} : new long[] {7}));
      node.input(tensors.oneIn(2) ? codes.small(ElementType.INT8) : null);
      if (tensors.oneIn(2)) {
        node.input(tensors.values(FLOAT, 7));
      }
      if (node.node("com.microsoft.DynamicQuantizeMatMul", Map.of(), FLOAT).check(1e-4)) {
        compared++;
      }
    }
    assertTrue(compared > 10, compared + " compared");
  }

  /// What lies near the middle of two codes may become either.
  @ParameterizedTest
  @CsvSource({"QLinearAdd, 2", "QLinearMul, 2", "QLinearSigmoid, 1"})
  void functionsOfCodesAreWithinOneCode(String operator, int inputs) throws Exception {
    for (ElementType type : List.of(ElementType.UINT8, ElementType.INT8)) {
      TinyModel model = new TinyModel(17).input("a", type, 3, 20).input("b", type, 20);
      model.constant("as", NdArray.of(new float[] {0.05f})).constant("az", codes.small(type));
      model.constant("bs", NdArray.of(new float[] {0.03f})).constant("bz", codes.small(type));
      model.constant("ys", NdArray.of(new float[] {0.1f})).constant("yz", codes.small(type));
      List<String> names =
          inputs == 2
              ? List.of("a", "as", "az", "b", "bs", "bz", "ys", "yz")
              : List.of("a", "as", "az", "ys", "yz");
      model.node("com.microsoft", operator, names, List.of("y"), Map.of()).output("y");
      Map<String, NdArray> given =
          Map.of("a", codes.values(type, 3, 20), "b", codes.values(type, 20));
      NdArray expected = Oracle.expected(model, given).orElseThrow().get("y");
      NdArray actual = Oracle.actual(model, given).get("y");
      assertEquals(expected.type(), actual.type());
      assertEquals(expected.size(), actual.size());
      for (int i = 0; i < expected.size(); i++) {
        assertEquals((double) expected.integer(i), (double) actual.integer(i), 1, operator);
      }
    }
  }
}
