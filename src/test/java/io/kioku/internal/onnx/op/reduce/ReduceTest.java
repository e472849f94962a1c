package io.kioku.internal.onnx.op.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Random models of one node that folds axes: the numbers of ONNX Runtime.
class ReduceTest {
  private static final int CASES = 150;

  private final RandomTensors random = new RandomTensors(32);
  private int compared;

  private NodeCase node(int version) {
    NodeCase node = new NodeCase(version);
    return random.below(2) == 0 ? node.open() : node;
  }

  private void either(NodeCase node, NdArray value) {
    if (random.below(2) == 0) {
      node.constant(value);
    } else {
      node.input(value);
    }
  }

  private long between(long least, long most) {
    return least + random.below((int) (most - least + 1));
  }

  private long[] dims() {
    return LongStream.range(0, random.below(5))
        .map(axis -> random.below(12) == 0 ? 300 : between(1, 5))
        .toArray();
  }

  private long[] someAxes(int rank) {
    return LongStream.range(0, rank)
        .filter(axis -> random.below(2) == 0)
        .map(axis -> random.below(2) == 0 ? axis : axis - rank)
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "ReduceMean, 18",
    "ReduceSum, 13",
    "ReduceMax, 18",
    "ReduceMin, 18",
    "ReduceProd, 18",
    "ReduceL1, 18",
    "ReduceL2, 18",
    "ReduceSumSquare, 18",
    "ReduceLogSum, 18",
    "ReduceLogSumExp, 18"
  })
  void likeOnnxRuntime(String operator, int since) throws Exception {
    List<ElementType> types =
        operator.contains("Log") || operator.equals("ReduceProd")
            ? List.of(ElementType.FLOAT, ElementType.DOUBLE)
            : List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.INT32);
    for (int i = 0; i < CASES; i++) {
      int version = random.below(2) == 0 ? 11 : 18;
      ElementType type = types.get(random.below(types.size()));
      long[] dims = dims();
      NodeCase node = node(version).input(random.divisors(type, dims));
      long[] axes = someAxes(dims.length);
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("keepdims", random.below(2));
      if (axes.length > 0 && version < since) {
        attributes.put("axes", axes);
      } else if (version >= since) {
        either(node, NdArray.of(axes, axes.length));
      }
      compared += node.node(operator, attributes, type).check(2e-6) ? 1 : 0;
    }
    assertTrue(compared > CASES / 2, compared + " compared");
  }

  @Test
  void noAxesMayMeanNone() throws Exception {
    for (Reduce.Reduction reduction : Reduce.Reduction.values()) {
      String name =
          "Reduce"
              + Map.of("L1", "L1", "L2", "L2")
                  .getOrDefault(reduction.name(), camel(reduction.name()));
      NodeCase node = node(18).input(random.divisors(ElementType.FLOAT, 3, 2));
      node.node(name, Map.of("noop_with_empty_axes", 1), ElementType.FLOAT);
      compared += node.check(1e-6) ? 1 : 0;
    }
    assertEquals(Reduce.Reduction.values().length, compared);
  }

  private static String camel(String name) {
    StringBuilder text = new StringBuilder();
    for (String word : List.of(name.split("_", -1))) {
      text.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
    }
    return text.toString();
  }

  @Test
  void specialNumbers() throws Exception {
    for (int i = 0; i < CASES; i++) {
      NodeCase node = node(13).input(random.values(ElementType.FLOAT, 3, 4));
      String operator = List.of("ReduceSum", "ReduceLogSumExp", "ReduceL2").get(random.below(3));
      Map<String, Object> attributes =
          operator.equals("ReduceSum") ? Map.of() : Map.of("axes", new long[] {random.below(2)});
      compared += node.node(operator, attributes, ElementType.FLOAT).check(1e-5) ? 1 : 0;
    }
    assertEquals(CASES, compared);
  }

  /// ONNX Runtime itself is at 104749.
  @Test
  void sumsOfManyAreExact() {
    float[] values = new float[1 << 20];
    Arrays.fill(values, 0.1f);
    TinyModel model = new TinyModel(13).input("x", ElementType.FLOAT, 1 << 20);
    model.node("ReduceSum", "x", "y").output("y");
    NdArray sum = Oracle.actual(model, Map.of("x", NdArray.of(values, values.length))).get("y");
    assertEquals((float) ((1 << 20) * (double) 0.1f), sum.real(0));
  }

  /// A sum over axes that lie apart is made in stages.
  @Test
  void sumsOverSeparatedAxesAreRoundedOnce() {
    float[] values = {1e8f, 1, 1e8f, 1, 1e8f, 1, -1e8f, 1, -1e8f, 1, -1e8f, 1};
    TinyModel model = new TinyModel(11).input("x", ElementType.FLOAT, 2, 3, 2);
    Map<String, Object> axes = Map.of("axes", new long[] {0, 2}, "keepdims", 0);
    model.node("", "ReduceSum", List.of("x"), List.of("y"), axes).output("y");
    NdArray sums = Oracle.actual(model, Map.of("x", NdArray.of(values, 2, 3, 2))).get("y");
    for (int k = 0; k < 3; k++) {
      assertEquals(2, sums.real(k));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "UINT8", "INT32", "UINT32", "INT64", "UINT64"})
  void integersKeepTheirTypes(ElementType type) {
    NdArray x = random.small(type, 3, 4, 3);
    for (String operator : List.of("ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2")) {
      TinyModel model = new TinyModel(11).input("x", type, 3, 4, 3);
      Map<String, Object> axes = Map.of("axes", new long[] {0, 2}, "keepdims", 0);
      model.node("", operator, List.of("x"), List.of("y"), axes).output("y");
      NdArray y = Oracle.actual(model, Map.of("x", x)).get("y");
      assertEquals(type, y.type());
      for (int j = 0; j < 4; j++) {
        double folded = operator.equals("ReduceMin") ? Double.MAX_VALUE : 0;
        for (int k = 0; k < 9; k++) {
          double value = x.real(k / 3 * 12 + j * 3 + k % 3);
          folded =
              switch (operator) {
                case "ReduceSum" -> folded + value;
                case "ReduceMax" -> k == 0 ? value : Math.max(folded, value);
                case "ReduceMin" -> Math.min(folded, value);
                default -> folded + value * value;
              };
        }
        double wanted = operator.equals("ReduceL2") ? Math.floor(Math.sqrt(folded)) : folded;
        assertEquals(wanted, y.real(j), operator);
      }
    }
  }

  @Test
  void emptyArrays() throws Exception {
    for (String operator :
        List.of("ReduceSum", "ReduceProd", "ReduceSumSquare", "ReduceL1", "ReduceL2")) {
      NodeCase node = node(13).input(random.values(ElementType.FLOAT, 2, 0, 3));
      node.node(operator, Map.of("keepdims", 0), ElementType.FLOAT).check(0);
    }
  }

  @Test
  void indicesOfExtremes() throws Exception {
    List<ElementType> types =
        List.of(ElementType.FLOAT, ElementType.INT32, ElementType.DOUBLE, ElementType.UINT8);
    for (int i = 0; i < CASES; i++) {
      long[] dims = dims();
      if (dims.length == 0) {
        continue;
      }
      NodeCase node = node(13).input(random.small(types.get(random.below(types.size())), dims));
      Map<String, Object> attributes =
          Map.of(
              "axis", between(-dims.length, dims.length - 1),
              "keepdims", random.below(2),
              "select_last_index", random.below(2));
      String operator = random.below(2) == 0 ? "ArgMax" : "ArgMin";
      compared += node.node(operator, attributes, ElementType.INT64).check(0) ? 1 : 0;
    }
    assertTrue(compared > CASES / 2, compared + " compared");
  }

  @Test
  void topK() throws Exception {
    List<ElementType> types =
        List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.INT64, ElementType.INT32);
    for (int i = 0; i < CASES; i++) {
      long[] dims = dims();
      if (dims.length == 0) {
        continue;
      }
      int axis = random.below(dims.length);
      long k = between(0, dims[axis]);
      ElementType type = types.get(random.below(types.size()));
      int version = k > 0 && type == ElementType.FLOAT && random.below(3) == 0 ? 9 : 11;
      NodeCase node = node(version).input(random.small(type, dims));
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("axis", axis - (random.below(2) == 0 ? dims.length : 0));
      if (version == 9) {
        attributes.put("k", k);
      } else {
        either(node, NdArray.of(new long[] {k}, 1));
        attributes.put("largest", random.below(2));
      }
      compared += node.node("TopK", attributes, type, ElementType.INT64).check(0) ? 1 : 0;
    }
    assertTrue(compared > CASES / 2, compared + " compared");
  }

  @Test
  void sumsThatRunOn() throws Exception {
    List<ElementType> types =
        List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.INT64, ElementType.INT32);
    for (int i = 0; i < CASES; i++) {
      long[] dims = dims();
      if (dims.length == 0) {
        continue;
      }
      ElementType type = types.get(random.below(types.size()));
      NodeCase node = node(14).input(random.small(type, dims));
      either(node, NdArray.of(new long[] {between(-dims.length, dims.length - 1)}));
      Map<String, Object> attributes =
          Map.of("exclusive", random.below(2), "reverse", random.below(2));
      compared += node.node("CumSum", attributes, type).check(1e-5) ? 1 : 0;
    }
    assertTrue(compared > CASES / 2, compared + " compared");
  }
}
