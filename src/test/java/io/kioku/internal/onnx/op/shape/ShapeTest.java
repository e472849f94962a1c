package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Operators that move all elements, or none.
class ShapeTest extends RandomCases {
  private static final long[] NONE = null;

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
}
