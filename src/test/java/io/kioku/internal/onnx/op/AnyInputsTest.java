package io.kioku.internal.onnx.op;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.internal.onnx.plan.Operators.Family;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.RandomTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Nodes with any number of inputs of any types and shapes, known beforehand or not: they run, or
/// are refused.
class AnyInputsTest {
  private static final int MODELS = 300;
  private static final List<Map<String, Object>> ATTRIBUTES =
      List.of(
          Map.of(),
          Map.of("axis", -1),
          Map.of("axis", 7),
          Map.of("block_size", 2),
          Map.of("to", 1),
          Map.of("to", 9),
          Map.of("direction", "LEFT"),
          Map.of("fmod", 1));

  static List<String> operators() {
    return Stream.of(
            Family.ARITHMETIC,
            Family.MATH_FUNCTIONS,
            Family.ACTIVATION_FUNCTIONS,
            Family.LOGIC,
            Family.CAST,
            Family.CLIP,
            Family.DROPOUT,
            Family.WHERE,
            Family.QUANTIZE_LINEAR,
            Family.MAT_MUL_INTEGER,
            Family.QLINEAR_MAT_MUL)
        .flatMap(family -> family.names().stream())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("operators")
  void theyRunOrAreRefused(String operator) {
    RandomTensors random = new RandomTensors(operator.hashCode());
    int refused = 0;
    for (int i = 0; i < MODELS; i++) {
      refused += node(operator, random).runs() ? 0 : 1;
    }
    assertTrue(refused > 0, "nothing was refused");
  }

  private static NodeCase node(String operator, RandomTensors random) {
    NodeCase node = new NodeCase(7 + random.below(20));
    if (random.below(2) == 0) {
      node.open();
    }
    int inputs = random.below(3) == 0 ? random.below(9) : 1 + random.below(3);
    boolean isOneType = random.below(4) > 0;
    ElementType type = any(random);
    long[] dims = random.shape();
    for (int k = 0; k < inputs; k++) {
      type = isOneType ? type : any(random);
      NdArray value =
          random.values(type, random.below(4) == 0 ? random.shape() : random.part(dims));
      switch (random.below(10)) {
        case 0 -> node.input(null);
        case 1, 2 -> node.constant(value);
        default -> node.input(value);
      }
    }
    ElementType[] results = new ElementType[random.below(4) == 0 ? 1 + random.below(3) : 1];
    Arrays.fill(results, ElementType.FLOAT);
    Map<String, Object> attributes =
        random.below(2) == 0 ? Map.of() : ATTRIBUTES.get(random.below(ATTRIBUTES.size()));
    return node.node(operator, attributes, results);
  }

  private static ElementType any(RandomTensors random) {
    ElementType[] all = ElementType.values();
    return all[random.below(2) == 0 ? 0 : random.below(all.length)];
  }
}
