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
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Random models of one node that moves elements: the numbers of ONNX Runtime, whether the file
/// says the shapes or leaves them open, and whether lists are constants or inputs.
class ShapeTest {
  private static final int CASES = 150;

  private static final long[] NONE = null;

  private static final List<ElementType> TYPES =
      List.of(
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.INT64,
          ElementType.INT32,
          ElementType.UINT8,
          ElementType.BOOL,
          ElementType.FLOAT16);

  private final RandomTensors random = new RandomTensors(31);
  private int compared;

  /// A node with lists of integers after its data, as inputs or attributes.
  private final class Case {
    private final int version;
    private final NdArray data;
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

  private NdArray data(long... dims) {
    return random.values(TYPES.get(random.below(TYPES.size())), dims);
  }

  private long between(long least, long most) {
    return least + random.below((int) (most - least + 1));
  }

  /// Some axes, negative ones among them.
  private long[] axes(int rank, int count) {
    long[] order = permutation(rank);
    return Arrays.stream(order)
        .limit(count)
        .map(axis -> random.below(2) == 0 ? axis : axis - rank)
        .toArray();
  }

  private long[] permutation(int rank) {
    long[] order = LongStream.range(0, rank).toArray();
    for (int i = rank - 1; i > 0; i--) {
      int other = random.below(i + 1);
      long last = order[i];
      order[i] = order[other];
      order[other] = last;
    }
    return order;
  }

  private void assertCompared(int atLeast) {
    assertTrue(compared >= atLeast, compared + " compared");
  }

  @Test
  void transpose() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = random.shape();
      Case node = new Case(13, data(dims));
      if (random.below(5) > 0) {
        node.with("perm", permutation(dims.length));
      }
      node.check("Transpose");
    }
    new Case(13, data(37, 50)).check("Transpose");
    new Case(13, data(2, 40, 33)).with("perm", new long[] {0, 2, 1}).check("Transpose");
    assertCompared(CASES);
  }

  @Test
  void slice() throws Exception {
    for (int i = 0; i < 3 * CASES; i++) {
      long[] dims = random.shape();
      int version = random.below(3) == 0 ? 9 : 13;
      int count = random.below(dims.length + 1);
      long[] axes = random.below(4) == 0 ? null : axes(dims.length, count);
      long[] starts = new long[count];
      long[] ends = new long[count];
      long[] steps = new long[count];
      for (int k = 0; k < count; k++) {
        starts[k] = bound();
        steps[k] = random.below(3) == 0 ? -between(1, 3) : between(1, 3);
        // a step back to the largest integer is a step back to 0 in ONNX Runtime only
        ends[k] = steps[k] > 0 ? bound() : Math.min(bound(), 1000);
      }
      Case node = new Case(version, data(dims)).list("starts", 10, starts).list("ends", 10, ends);
      node.list("axes", 10, axes);
      if (version >= 10 && random.below(4) > 0) {
        node.list("steps", 10, steps);
      }
      node.check("Slice");
    }
    assertCompared(2 * CASES);
  }

  private long bound() {
    return switch (random.below(8)) {
      case 0 -> Long.MAX_VALUE;
      case 1 -> Long.MIN_VALUE + 1;
      default -> between(-7, 7);
    };
  }

  @Test
  void pad() throws Exception {
    for (int i = 0; i < 2 * CASES; i++) {
      int version = List.of(9, 11, 13, 18, 19).get(random.below(5));
      String mode = List.of("constant", "reflect", "edge", "wrap").get(random.below(4));
      if (mode.equals("wrap") && version < 19) {
        mode = "constant";
      }
      long[] dims = LongStream.range(0, 1 + random.below(3)).map(d -> between(2, 5)).toArray();
      ElementType type = random.below(2) == 0 ? ElementType.FLOAT : ElementType.DOUBLE;
      long[] axes = version < 18 || random.below(2) == 0 ? null : axes(dims.length, 1);
      int count = axes == null ? dims.length : 1;
      long least = mode.equals("wrap") ? 0 : -1;
      long[] pads =
          LongStream.range(0, 2L * count)
              .map(k -> random.below(3) == 0 ? 0 : between(least, mode1(dims)))
              .toArray();
      Case node = new Case(version, random.small(type, dims)).with("mode", mode);
      node.list("pads", 11, pads);
      if (version >= 11 && random.below(2) == 0) {
        node.either(random.small(type));
      } else if (version < 11) {
        node.with("value", 2.5f);
      } else {
        node.list("constant_value", 11, (long[]) null);
      }
      if (axes != null) {
        node.list("axes", 18, axes);
      }
      node.check("Pad");
    }
    assertCompared(CASES);
  }

  /// The most that a reflection can pad all axes by.
  private static long mode1(long[] dims) {
    return Arrays.stream(dims).min().orElse(1) - 1;
  }

  @Test
  void expandAndTile() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] whole = random.shape();
      new Case(13, data(random.part(whole))).list("shape", 8, whole).check("Expand");
      new Case(13, data(whole)).list("shape", 8, random.part(whole)).check("Expand");
      long[] dims = random.shape();
      long[] repeats = Arrays.stream(dims).map(dim -> random.below(4)).toArray();
      new Case(13, data(dims)).list("repeats", 6, repeats).check("Tile");
    }
    assertCompared(3 * CASES - 20);
  }

  @Test
  void concat() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = IntStream.range(0, 1 + random.below(4)).mapToLong(d -> between(0, 4)).toArray();
      int axis = random.below(dims.length);
      NdArray first = data(dims);
      Case node = new Case(13, first);
      for (int k = random.below(4); k > 0; k--) {
        dims[axis] = between(0, 3);
        node.either(random.values(first.type(), dims));
      }
      node.with("axis", random.below(2) == 0 ? axis : axis - dims.length).check("Concat");
    }
    assertCompared(CASES);
  }

  @Test
  void split() throws Exception {
    for (int i = 0; i < CASES; i++) {
      int parts = 1 + random.below(4);
      int version = List.of(11, 13, 18).get(random.below(3));
      long[] sizes = LongStream.range(0, parts).map(k -> between(0, 3)).toArray();
      boolean told = random.below(2) == 0;
      long[] dims = {2, told ? Arrays.stream(sizes).sum() : between(1, 3) * parts, 3};
      if (!told && version >= 18 && dims[1] > parts) {
        dims[1] -= random.below(2); // the last part may be smaller
      }
      Case node = new Case(version, data(dims)).with("axis", random.below(2) == 0 ? 1 : -2);
      if (told) {
        node.list("split", 13, sizes);
      } else if (version >= 18) {
        node.with("num_outputs", parts);
      }
      ElementType[] results = new ElementType[parts];
      Arrays.fill(results, node.data.type());
      node.check("Split", results);
    }
    assertCompared(CASES - 20);
  }

  @Test
  void shapesOnly() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = random.shape();
      Case shape = new Case(15, data(dims)).with("start", between(-5, 5));
      (random.below(2) == 0 ? shape : shape.with("end", between(-5, 5)))
          .check("Shape", ElementType.INT64);
      new Case(13, data(dims)).check("Size", ElementType.INT64);
      new Case(13, data(dims)).with("axis", between(-dims.length, dims.length)).check("Flatten");
      int version = random.below(2) == 0 ? 11 : 13;
      int more = 1 + random.below(2);
      new Case(version, data(dims))
          .list("axes", 13, axes(dims.length + more, more))
          .check("Unsqueeze");
      long[] ones = axes(dims.length, random.below(dims.length + 1));
      long[] squeezed = dims.clone();
      for (long axis : ones) {
        squeezed[Math.floorMod(axis, dims.length)] = 1;
      }
      new Case(version, data(squeezed))
          .list("axes", 13, ones.length == 0 ? NONE : ones)
          .check("Squeeze");
    }
    assertCompared(4 * CASES);
  }

  @Test
  void reshape() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = random.shape();
      long[] asked = permutation(dims.length);
      for (int k = 0; k < dims.length; k++) {
        asked[k] = dims[(int) asked[k]];
      }
      if (asked.length > 0 && random.below(2) == 0) {
        asked[random.below(asked.length)] = -1;
      }
      if (asked.length > 0 && random.below(2) == 0) {
        asked[random.below(asked.length)] = 0;
      }
      boolean open = Arrays.stream(asked).anyMatch(dim -> dim == -1);
      new Case(14, data(dims))
          .list("shape", 5, asked)
          .with("allowzero", !open && random.below(4) == 0 ? 1 : 0)
          .check("Reshape");
    }
    assertCompared(CASES / 2);
  }

  @Test
  void gather() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = LongStream.range(0, 1 + random.below(4)).map(d -> between(1, 4)).toArray();
      int axis = random.below(dims.length);
      new Case(13, data(dims))
          .either(indices(dims[axis], random.shape()))
          .with("axis", random.below(2) == 0 ? axis : axis - dims.length)
          .check("Gather");
      long[] smaller = Arrays.stream(dims).map(dim -> between(1, dim)).toArray();
      smaller[axis] = between(1, 5);
      new Case(13, data(dims))
          .either(indices(dims[axis], smaller))
          .with("axis", axis)
          .check("GatherElements");
      new Case(16, random.small(ElementType.FLOAT, dims))
          .either(indices(dims[axis], smaller))
          .either(random.small(ElementType.FLOAT, smaller))
          .with("axis", axis)
          .with("reduction", random.below(2) == 0 ? "add" : "mul")
          .check("ScatterElements");
    }
    assertCompared(2 * CASES + CASES / 2);
  }

  private NdArray indices(long count, long... dims) {
    int size = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    long[] values = LongStream.range(0, size).map(k -> between(-count, count - 1)).toArray();
    return NdArray.of(values, dims);
  }

  @Test
  void gatherAndScatterSlices() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = {3, 2, 4};
      int batch = random.below(2);
      int depth = 1 + random.below(3 - batch);
      long[] named = batch == 1 ? new long[] {3, 2, depth} : new long[] {between(0, 5), depth};
      NdArray indices = indices(2, named);
      new Case(13, data(dims)).either(indices).with("batch_dims", batch).check("GatherND");
      if (batch == 0) {
        long[] updates = new long[1 + 3 - depth];
        updates[0] = named[0];
        System.arraycopy(dims, depth, updates, 1, 3 - depth);
        new Case(18, random.small(ElementType.FLOAT, dims))
            .either(indices)
            .either(random.small(ElementType.FLOAT, updates))
            .with("reduction", List.of("add", "mul", "max", "min").get(random.below(4)))
            .check("ScatterND");
      }
    }
    assertCompared(CASES);
  }

  @Test
  void makers() throws Exception {
    for (int i = 0; i < CASES; i++) {
      long[] dims = random.shape();
      NdArray shape = NdArray.of(dims, dims.length);
      NdArray value = random.values(TYPES.get(random.below(TYPES.size())), 1);
      new Case(13, shape).with("value", value).check("ConstantOfShape", value.type());
      new Case(13, NdArray.of(new long[] {between(-9, 9)}))
          .either(NdArray.of(new long[] {between(-9, 9)}))
          .either(NdArray.of(new long[] {random.below(2) == 0 ? 2 : -3}))
          .check("Range");
      new Case(13, NdArray.of(new float[] {between(-9, 9) / 4f}))
          .either(NdArray.of(new float[] {between(-9, 9)}))
          .either(NdArray.of(new float[] {random.below(2) == 0 ? 0.5f : -0.75f}))
          .check("Range");
      new Case(13, random.small(ElementType.BOOL, dims)).check("NonZero", ElementType.INT64);
      new Case(13, data(4, 3))
          .with("k", between(-4, 4))
          .with("dtype", 1)
          .check("EyeLike", ElementType.FLOAT);
    }
    assertCompared(4 * CASES);
  }

  @Test
  void others() throws Exception {
    for (int i = 0; i < CASES; i++) {
      new Case(14, random.values(ElementType.FLOAT, random.below(3), 4, 3))
          .either(NdArray.of(new long[] {between(-5, 5)}))
          .with("upper", random.below(2))
          .check("Trilu");
      int time = random.below(2);
      new Case(13, data(4, 4, 2))
          .list("sequence_lens", 7, between(1, 4), between(1, 4), between(0, 4), between(1, 4))
          .with("time_axis", time)
          .with("batch_axis", 1 - time)
          .check("ReverseSequence");
      new Case(13, random.values(ElementType.INT64, 2, 3))
          .list("depth", 7, between(1, 9))
          .either(NdArray.of(new float[] {-1, 2}, 2))
          .with("axis", between(-3, 2))
          .check("OneHot", ElementType.FLOAT);
      Case compress = new Case(13, data(3, 4)).either(random.small(ElementType.BOOL, 3));
      (random.below(2) == 0 ? compress : compress.with("axis", between(-2, 1))).check("Compress");
    }
    assertCompared(3 * CASES);
  }
}
