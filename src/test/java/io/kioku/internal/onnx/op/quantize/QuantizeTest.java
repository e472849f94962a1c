package io.kioku.internal.onnx.op.quantize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Random models of one node: the numbers of ONNX Runtime; but those of integer products are
/// computed here, because ONNX Runtime's saturate on CPUs without VNNI.
class QuantizeTest {
  private static final List<ElementType> CODES =
      List.of(ElementType.UINT8, ElementType.INT8, ElementType.UINT16, ElementType.INT16);

  private final RandomTensors random = new RandomTensors(11);

  private NdArray reals(long... dims) {
    return random.divisors(ElementType.FLOAT, dims);
  }

  @Test
  void codesAreRoundedAndKeptWithinTheType() throws Exception {
    for (ElementType type : CODES) {
      for (int i = 0; i < 5; i++) {
        NdArray x = random.small(ElementType.FLOAT, 3, 4, 5);
        NdArray zero = random.divisors(type);
        NodeCase node = new NodeCase(21).input(x).input(NdArray.of(new float[] {0.03f}));
        node.input(zero).node("QuantizeLinear", Map.of(), type);
        assertTrue(node.check(0));
        NodeCase each = new NodeCase(21).input(x).input(reals(5)).input(random.divisors(type, 5));
        assertTrue(each.node("QuantizeLinear", Map.of("axis", -1), type).check(0));
      }
    }
  }

  @Test
  void halvesGoToTheEvenCode() throws Exception {
    NdArray x = NdArray.of(new float[] {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 300, -300}, 7);
    NodeCase node = new NodeCase(13).input(x).input(NdArray.of(new float[] {1}));
    assertTrue(node.node("QuantizeLinear", Map.of(), ElementType.UINT8).check(0));
  }

  @Test
  void codesBecomeNumbers() throws Exception {
    for (ElementType type : CODES) {
      NdArray x = random.values(type, 4, 3, 6);
      NodeCase one = new NodeCase(21).input(x).input(reals()).input(random.values(type));
      assertTrue(one.node("DequantizeLinear", Map.of(), ElementType.FLOAT).check(0));
      NodeCase each = new NodeCase(21).input(x).input(reals(3)).input(random.values(type, 3));
      assertTrue(each.node("DequantizeLinear", Map.of(), ElementType.FLOAT).check(0));
      NodeCase blocks = new NodeCase(21).input(x).input(reals(2, 3, 6));
      blocks.input(random.values(type, 2, 3, 6));
      blocks
          .node("DequantizeLinear", Map.of("axis", 0, "block_size", 2), ElementType.FLOAT)
          .check(0);
    }
    NodeCase sums = new NodeCase(13).input(random.values(ElementType.INT32, 7)).input(reals());
    assertTrue(sums.node("DequantizeLinear", Map.of(), ElementType.FLOAT).check(0));
  }

  @Test
  void theRangeIsFound() throws Exception {
    for (NdArray x :
        List.of(
            random.small(ElementType.FLOAT, 3, 40),
            reals(17),
            NdArray.of(new float[] {-3, -1, -2.5f, -7}, 2, 2),
            NdArray.of(new float[6], 6))) {
      NodeCase node = new NodeCase(11).input(x);
      node.node(
          "DynamicQuantizeLinear",
          Map.of(),
          ElementType.UINT8,
          ElementType.FLOAT,
          ElementType.UINT8);
      assertTrue(node.check(0));
    }
  }

  /// Every code at its extremes, over sums that are longer than a part.
  @Test
  void integerProductsAreExact() {
    for (ElementType a : List.of(ElementType.UINT8, ElementType.INT8)) {
      for (ElementType b : List.of(ElementType.UINT8, ElementType.INT8)) {
        for (int k : new int[] {1, 3, 256, 257, 1_000}) {
          checkProduct(
              random.values(a, 5, k), random.values(b, k, 7), random.values(a), random.values(b));
        }
      }
    }
    int k = 70_000;
    NdArray ones = NdArray.copyOf(ElementType.UINT8, filled(k, 255), 1, k);
    TinyModel model = new TinyModel(10).input("a", ElementType.UINT8, 1, k);
    model.constant("b", NdArray.copyOf(ElementType.UINT8, filled(k, 255), k, 1));
    model.node("MatMulInteger", "a b", "y").output("y");
    long modulo = 256_782_704; // 70,000 * 255 * 255 - 2^32
    assertEquals(modulo, Oracle.actual(model, Map.of("a", ones)).get("y").integer(0));
  }

  /// MatMulInteger, with b given at each run and by the file.
  private static void checkProduct(NdArray a, NdArray b, NdArray aZero, NdArray bZero) {
    IntegerMatrices exact = IntegerMatrices.product(a, aZero, b, bZero);
    for (boolean isConstant : new boolean[] {false, true}) {
      TinyModel model = new TinyModel(10).input("a", a.type(), a.shape());
      model.input("az", aZero.type(), aZero.shape());
      Map<String, NdArray> inputs = new HashMap<>(Map.of("a", a, "az", aZero));
      if (isConstant) {
        model.constant("b", b).constant("bz", bZero);
      } else {
        model.input("b", b.type(), b.shape()).input("bz", bZero.type(), bZero.shape());
        inputs.putAll(Map.of("b", b, "bz", bZero));
      }
      model.node("MatMulInteger", "a b az bz", "y").output("y");
      NdArray y = Oracle.actual(model, inputs).get("y");
      assertEquals(ElementType.INT32, y.type());
      assertArrayEquals(exact.shape(), y.shape());
      assertArrayEquals(exact.values(), y.toLongs(), a + " " + b);
    }
  }

  private static MemorySegment filled(int count, int code) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) code);
    return MemorySegment.ofArray(bytes);
  }

  @Test
  void integerProductsAreBroadcastAndHaveZeroPointsOfTheirOwn() {
    ElementType u8 = ElementType.UINT8;
    ElementType i8 = ElementType.INT8;
    for (long[][] shapes :
        new long[][][] {
          {{3, 4, 5}, {5, 6}, {}, {6}},
          {{2, 1, 4, 5}, {3, 5, 6}, {}, {}},
          {{2, 4, 5}, {2, 5, 6}, {}, {2, 1, 6}},
          {{0, 5}, {5, 6}, {}, {}},
        }) {
      checkProduct(
          random.values(u8, shapes[0]),
          random.values(i8, shapes[1]),
          random.values(u8, shapes[2]),
          random.values(i8, shapes[3]));
    }
  }

  /// ONNX Runtime has no zero point for each row.
  @Test
  void rowsHaveZeroPoints() {
    TinyModel model = new TinyModel(10).input("a", ElementType.UINT8, 2, 2);
    NdArray codes = NdArray.copyOf(ElementType.UINT8, bytes(1, 2, 3, 4), 2, 2);
    model.constant("b", NdArray.copyOf(ElementType.UINT8, bytes(1, 0, 0, 1), 2, 2));
    model.constant("zero", NdArray.copyOf(ElementType.UINT8, bytes(1, 10), 2));
    model.node("MatMulInteger", "a b zero", "y").output("y");
    NdArray y = Oracle.actual(model, Map.of("a", codes)).get("y");
    assertEquals(List.of(0L, 1L, -7L, -6L), Arrays.stream(y.toLongs()).boxed().toList());
  }

  private static MemorySegment bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return MemorySegment.ofArray(bytes);
  }

  /// A sum that lies so near the middle of two codes that float32 decides may become either.
  @Test
  void productsOfCodesAreCodes() {
    for (ElementType type : List.of(ElementType.UINT8, ElementType.INT8)) {
      NdArray a = random.values(type, 3, 4, 50);
      NdArray b = random.values(type, 50, 6);
      NdArray aZero = random.divisors(type);
      NdArray bZero = random.divisors(type);
      NdArray yZero = random.divisors(type);
      TinyModel model = new TinyModel(10).input("a", type, 3, 4, 50).input("b", type, 50, 6);
      model.constant("as", NdArray.of(new float[] {0.02f})).constant("az", aZero);
      model.constant("bs", NdArray.of(new float[] {0.03f})).constant("bz", bZero);
      model.constant("ys", NdArray.of(new float[] {0.4f})).constant("yz", yZero);
      model.node("QLinearMatMul", "a as az b bs bz ys yz", "y").output("y");
      NdArray y = Oracle.actual(model, Map.of("a", a, "b", b)).get("y");
      assertEquals(type, y.type());
      IntegerMatrices sums = IntegerMatrices.product(a, aZero, b, bZero);
      assertArrayEquals(sums.shape(), y.shape());
      for (int i = 0; i < sums.values().length; i++) {
        double code = sums.values()[i] * (0.02 * 0.03 / 0.4) + yZero.integer(0);
        boolean isUnsigned = type == ElementType.UINT8;
        double kept = Math.clamp(code, isUnsigned ? 0 : -128, isUnsigned ? 255 : 127);
        assertEquals(kept, (double) y.integer(i), 0.5 + 1e-4, type + " " + i);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    TinyModel axis =
        new TinyModel(13).input("x", ElementType.FLOAT, 2, 3).constant("s", new float[4], 4);
    axis.node("QuantizeLinear", "x s", "y").output("y");
    assertThrows(OnnxException.class, axis::load);
    TinyModel product = new TinyModel(13).input("a", ElementType.UINT8, 2, 3);
    product.input("b", ElementType.UINT8, 4, 3).node("MatMulInteger", "a b", "y").output("y");
    assertThrows(OnnxException.class, product::load);
    TinyModel zero = new TinyModel(13).input("a", ElementType.UINT8, 2, 3);
    zero.input("b", ElementType.UINT8, 3, 5).input("z", ElementType.UINT8, 3);
    zero.node("MatMulInteger", "a b z", "y").output("y");
    assertThrows(OnnxException.class, zero::load);
  }
}
