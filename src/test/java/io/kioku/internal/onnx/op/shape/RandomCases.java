package io.kioku.internal.onnx.op.shape;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.RandomTensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// Random models of one node that moves elements: the numbers of ONNX Runtime, whether the file
/// says the shapes or leaves them open, and whether lists are constants or inputs.
abstract class RandomCases {
  static final int CASES = 150;

  static final List<ElementType> TYPES =
      List.of(
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.INT64,
          ElementType.INT32,
          ElementType.UINT8,
          ElementType.BOOL,
          ElementType.FLOAT16);

  final RandomTensors random = new RandomTensors(31);
  private int compared;

  /// A node with lists of integers after its data, as inputs or attributes.
  final class Case {
    private final int version;
    final NdArray data;
    private final NodeCase node;
    private final Map<String, Object> attributes = new HashMap<>();

    Case(int version, NdArray data) {
      this.version = version;
      this.data = data;
      node = new NodeCase(version);
      if (random.below(2) == 0) {
        node.open();
      }
      node.input(data);
    }

    /// @param since the first operator set in which it is an input
    Case list(String name, int since, long... values) {
      if (values == null && version >= since) {
        node.input(null);
      } else if (values != null && version < since) {
        attributes.put(name, values);
      } else if (values != null) {
        either(NdArray.of(values, values.length));
      }
      return this;
    }

    Case either(NdArray value) {
      if (random.below(2) == 0) {
        node.constant(value);
      } else {
        node.input(value);
      }
      return this;
    }

    Case with(String name, Object value) {
      attributes.put(name, value);
      return this;
    }

    void check(String operator) throws OrtException {
      check(operator, data.type());
    }

    void check(String operator, ElementType... results) throws OrtException {
      compared += node.node(operator, attributes, results).check(0) ? 1 : 0;
    }
  }

  NdArray data(long... dims) {
    return random.values(TYPES.get(random.below(TYPES.size())), dims);
  }

  long between(long least, long most) {
    return least + random.below((int) (most - least + 1));
  }

  /// Some axes, negative ones among them.
  long[] axes(int rank, int count) {
    long[] order = permutation(rank);
    return Arrays.stream(order)
        .limit(count)
        .map(axis -> random.below(2) == 0 ? axis : axis - rank)
        .toArray();
  }

  long[] permutation(int rank) {
    long[] order = LongStream.range(0, rank).toArray();
    for (int i = rank - 1; i > 0; i--) {
      int other = random.below(i + 1);
      long last = order[i];
      order[i] = order[other];
      order[other] = last;
    }
    return order;
  }

  void assertCompared(int atLeast) {
    assertTrue(compared >= atLeast, compared + " compared");
  }
}
