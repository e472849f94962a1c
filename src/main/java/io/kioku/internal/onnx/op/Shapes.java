package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;

/// Questions about shapes.
public final class Shapes {
  private Shapes() {}

  /// Refuses a list of sizes with a negative one.
  public static void checkNoneNegative(String name, long[] sizes) {
    if (Arrays.stream(sizes).anyMatch(size -> size < 0)) {
      throw new Refusal(
          "%s is %s, expected no negative values".formatted(name, Arrays.toString(sizes)));
    }
  }

  /// Whether two shapes differ in axes of one element at most, so that their elements lie in the
  /// same order.
  public static boolean isSameSize(long[] a, long[] b) {
    return Arrays.equals(
        Arrays.stream(a).filter(dim -> dim != 1).toArray(),
        Arrays.stream(b).filter(dim -> dim != 1).toArray());
  }

  /// Whether all dimensions are known.
  public static boolean isKnown(long[] dims) {
    return dims != null && Arrays.stream(dims).allMatch(dim -> dim >= 0);
  }
}
