package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import java.util.List;

/// Which part of time a slice takes.
final class SliceRules {
  private SliceRules() {}

  static List<Fact> slice(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    int rank = axes.size();
    long[] named = node.list("axes", 10, 3);
    long[] steps = node.list("steps", 10, 4);
    int count = count(node);
    for (int k = 0; k < count; k++) {
      int axis = Axes.of(named == null ? k : named[k], rank);
      Axis whole = axes.get(axis);
      boolean isTime = node.isTime(whole);
      Axis part = null;
      if (whole.single() != null && (steps == null || steps[k] == 1)) {
        part = part(node, whole.single(), bound(node, "starts", 1, k), bound(node, "ends", 2, k));
      }
      if (part == null && isTime) {
        throw new Refusal("it takes certain steps: all but the first, a stride, or backwards");
      }
      axes.set(axis, part == null ? node.fresh(0, axis) : part);
    }
    return node.all(axes);
  }

  private static int count(NodeFacts node) {
    if (node.node().version() < 10) {
      return node.node().attributes().integers("starts").length;
    }
    long[] dims = node.inputInfos().get(1).dims();
    if (dims == null || dims.length != 1 || dims[0] < 0) {
      throw new Refusal("it is not known how many axes it cuts");
    }
    return Math.toIntExact(dims[0]);
  }

  /// Where a slice begins or ends; null if it is not known.
  private static Axis bound(NodeFacts node, String name, int input, int index) {
    if (node.node().version() < 10) {
      return Axis.of(node.node().attributes().integers(name)[index]);
    }
    List<Axis> sizes = node.fact(input).sizes();
    return sizes == null ? null : sizes.get(index);
  }

  /// A part of a dimension that is not fixed, of which what is cut off is known; null if it is not.
  private static Axis part(NodeFacts node, Atom whole, Axis start, Axis end) {
    if (start == null || end == null || !start.isNumber()) {
      return null;
    }
    long cut; // at the end
    if (end.isNumber()) {
      cut = end.number() >= Integer.MAX_VALUE ? 0 : end.number() < 0 ? -end.number() : -1;
    } else {
      Atom to = end.single();
      boolean isOfIt =
          to != null
              && node.labels().same(to.label(), whole.label())
              && to.times() == whole.times()
              && to.over() == whole.over();
      cut = isOfIt ? whole.extra() - to.extra() : -1;
    }
    long from = start.number();
    if (cut < 0) {
      return null;
    }
    if (from < 0) { // the last ones: there are so many even if there is one step
      boolean isKnown = cut == 0 && -from <= whole.extra() + 1 && whole.unfinished() == 0;
      return isKnown ? Axis.of(-from) : null;
    }
    long extra = whole.extra() - from - cut;
    long unfinished = Math.max(0, whole.unfinished() - cut);
    boolean isWhole = from <= whole.extra() && extra >= unfinished;
    return isWhole ? Axis.of(whole.with(extra, unfinished)) : null;
  }
}
