package io.kioku.internal.onnx.op.control;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// The shapes of what a loop takes apart or puts together, step by step.
final class ScanDims {
  private ScanDims() {}

  /// A step's shape with an axis of all steps; null if it is unknown.
  static long[] with(long[] dims, int axis, long steps) {
    if (dims == null) {
      return null;
    }
    long[] all = new long[dims.length + 1];
    System.arraycopy(dims, 0, all, 0, axis);
    all[axis] = steps;
    System.arraycopy(dims, axis, all, axis + 1, dims.length - axis);
    return all;
  }

  /// A shape, or a layout's strides, without an axis; null if it is unknown.
  static long[] without(long[] dims, int axis) {
    if (dims == null) {
      return null;
    }
    long[] step = Arrays.copyOf(dims, dims.length - 1);
    System.arraycopy(dims, axis + 1, step, axis, step.length - axis);
    return step;
  }

  /// What a step gives, when there is none: what is declared of it, else what was found out.
  static ValueInfo slice(ValueInfo declared, Known found) {
    long[] dims = declared.dims() == null ? found.dims() : declared.dims().clone();
    for (int i = 0; dims != null && found.dims() != null && i < dims.length; i++) {
      boolean open = dims[i] < 0 && dims.length == found.dims().length;
      dims[i] = open ? found.dims()[i] : dims[i];
    }
    ElementType type = found.type() == null ? declared.type() : found.type();
    return new ValueInfo(declared.name(), type, dims);
  }

  /// Gives an output the shape that it has when there was no step; dimensions of which nothing is
  /// known are 0.
  static void empty(Value out, ValueInfo slice, int axis) {
    if (slice.type() == null || slice.dims() == null) {
      throw new Refusal(
          "there was no step, and neither type nor shape of '%s' are declared"
              .formatted(slice.name()));
    }
    long[] dims = Arrays.stream(slice.dims()).map(dim -> Math.max(0, dim)).toArray();
    out.resize(slice.type(), with(dims, axis, 0));
  }
}
