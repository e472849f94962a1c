package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import java.util.Map;

/// The steps before a chunk, which a state keeps.
final class History {
  private History() {}

  /// A state of so many elements before the first of an axis of an input.
  static String history(
      NodeFacts node, int input, int axis, long count, String what, Constant initial, String last) {
    long[] dims = node.dims(input);
    dims[axis] = count;
    int batch = -1;
    for (int i = 0; i < dims.length; i++) {
      batch = batch < 0 && dims[i] < 0 ? i : batch;
    }
    Axis ofBatch = batch < 0 ? Axis.ONE : node.axes(input).get(batch);
    return node.changes()
        .state(
            node.node(),
            what,
            node.inputInfos().get(input).type(),
            dims,
            batch,
            ofBatch,
            initial,
            last);
  }

  static String join(NodeFacts node, int axis, String before, String x) {
    String joined = node.changes().name(node.node(), "joined");
    Map<String, Object> attributes = Map.of("axis", (long) axis);
    return node.changes().put(node.node(), "Concat", attributes, joined, before, x);
  }

  /// Puts what was before a chunk before it, and keeps what will be before the next.
  ///
  /// @param x of what
  /// @return the value that is longer by `count`
  static String lengthen(
      NodeFacts node, int input, int axis, long count, Constant initial, String x) {
    GraphNode old = node.node();
    Changes changes = node.changes();
    String last = changes.name(old, "past_last");
    String before = history(node, input, axis, count, "past", initial, last);
    String joined = join(node, axis, before, x);
    String from = changes.longs(old, -count);
    String to = changes.longs(old, Long.MAX_VALUE);
    changes.put(old, "Slice", Map.of(), last, joined, from, to, changes.longs(old, axis));
    return joined;
  }
}
