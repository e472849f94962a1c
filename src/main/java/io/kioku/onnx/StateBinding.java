package io.kioku.onnx;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.stream.StreamState;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A part of a stream's state: which input takes it, which output gives it, and where one stream's
/// values lie in a batch.
///
/// @param dims of one stream; that of the batch is 1, or how many rows each stream has
/// @param pieces how many separate runs of bytes one stream's values are in a batch
/// @param pieceBytes the bytes of one of them
/// @param initial what one stream begins with; empty: zero
/// @param axis of the batch; -1 if the model fixes all axes, so that streams run one by one only
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the array
record StateBinding(
    int input,
    int output,
    ValueInfo info,
    long[] dims,
    int axis,
    long pieces,
    long pieceBytes,
    MemorySegment initial) {
  static StateBinding of(
      OnnxModel.StateNames names,
      List<ValueInfo> inputs,
      List<ValueInfo> outputs,
      Symbols symbols) {
    int input = index("input", names.input(), inputs);
    int output = index("output", names.output(), outputs);
    ValueInfo info = inputs.get(input);
    if (info.type() == null || info.dims() == null) {
      throw new IllegalArgumentException(
          "the model does not declare type and shape of state input '%s'".formatted(info.name()));
    }
    long[] dims = info.dims().clone();
    int[] open = IntStream.range(0, dims.length).filter(i -> dims[i] < 0).toArray();
    int axis = names.axis() >= 0 ? names.axis() : open.length == 0 ? -1 : open[0];
    if (axis >= dims.length) {
      throw new IllegalArgumentException(
          "batch axis %d of state input '%s', which has %d dimensions"
              .formatted(axis, info.name(), dims.length));
    }
    if (open.length > 1 || (open.length == 1 && open[0] != axis)) {
      throw new IllegalArgumentException(
          "state input '%s' has shape %s: at most the batch may be open, tell its axis"
              .formatted(info.name(), symbols.text(info.dims())));
    }
    ValueInfo result = outputs.get(output);
    if (result.dims() != null && !agree(dims, result.dims())) {
      throw new IllegalArgumentException(
          "state input '%s' has shape %s, and output '%s', which carries it on, %s"
              .formatted(
                  info.name(), symbols.text(dims), result.name(), symbols.text(result.dims())));
    }
    if (result.type() != null && result.type() != info.type()) {
      throw new IllegalArgumentException(
          "state input '%s' has type %s, and output '%s', which carries it on, %s"
              .formatted(info.name(), info.type(), result.name(), result.type()));
    }
    if (axis >= 0) {
      dims[axis] = 1;
    }
    long pieces = product(dims, 0, Math.max(axis, 0));
    long values = product(dims, Math.max(axis, 0), dims.length);
    long pieceBytes = Math.multiplyExact(values, (long) info.type().storage().bytes());
    Math.multiplyExact(pieces, pieceBytes); // overflows here, if anywhere
    MemorySegment zero = MemorySegment.ofArray(new byte[0]);
    return new StateBinding(input, output, info, dims, axis, pieces, pieceBytes, zero);
  }

  /// A state that a graph has been given.
  ///
  /// @param index of its input
  /// @param output of its output
  static StateBinding of(StreamState state, int index, int output) {
    ValueInfo info = state.input();
    long[] dims = info.dims().clone();
    int axis = state.axis();
    if (axis >= 0) {
      dims[axis] = Math.multiplyExact(state.outer(), state.rows());
    }
    long bytes =
        Math.multiplyExact(product(dims, 0, dims.length), (long) info.type().storage().bytes());
    long pieces = axis < 0 ? 1 : Math.multiplyExact(product(dims, 0, axis), state.outer());
    MemorySegment initial =
        state.initial() == null
            ? MemorySegment.ofArray(new byte[0])
            : broadcast(state.initial(), dims, Math.toIntExact(bytes));
    return new StateBinding(
        index, output, info, dims, axis, pieces, bytes / Math.max(1, pieces), initial);
  }

  /// A constant under a shape.
  private static MemorySegment broadcast(Constant from, long[] dims, int bytes) {
    MemorySegment to = MemorySegment.ofArray(new byte[bytes]);
    int element = from.type().storage().bytes();
    long[] own = from.dims();
    long count = bytes / element;
    for (long i = 0; i < count; i++) {
      long rest = i;
      long place = 0;
      long stride = 1;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        int at = axis - dims.length + own.length;
        long index = rest % dims[axis];
        rest /= dims[axis];
        if (at >= 0) {
          place += own[at] == 1 ? 0 : index * stride;
          stride *= own[at];
        }
      }
      MemorySegment.copy(from.data(), place * element, to, i * element, element);
    }
    return to;
  }

  /// Whether two shapes have the same rank, and no two fixed dimensions differ.
  private static boolean agree(long[] a, long[] b) {
    boolean agrees = a.length == b.length;
    for (int i = 0; agrees && i < a.length; i++) {
      agrees = a[i] == b[i] || a[i] < 0 || b[i] < 0;
    }
    return agrees;
  }

  private static int index(String what, String name, List<ValueInfo> values) {
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "the model has no %s '%s'; it has %s"
            .formatted(what, name, values.stream().map(ValueInfo::name).toList()));
  }

  private static long product(long[] dims, int from, int to) {
    return Arrays.stream(dims, from, to).reduce(1, Math::multiplyExact);
  }

  /// The bytes of one stream's values.
  long bytes() {
    return pieces * pieceBytes;
  }
}
