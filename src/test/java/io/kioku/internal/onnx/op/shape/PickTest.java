package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Operators that pick elements, or make them.
class PickTest extends RandomCases {
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
