package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What becomes of nodes that look at what is before the first step: sums, and steps that are put
/// before the others.
final class PrefixRules {
  private PrefixRules() {}

  static List<Fact> cumSum(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    long[] given = node.list("axis", 0, 1);
    int axis = Axes.of(given[0], axes.size());
    node.seeds().steps(axes.get(axis));
    if (node.isTime(axes.get(axis))) {
      if (node.node().attributes().integer("reverse", 0) != 0) {
        throw new Refusal("it sums from the end");
      }
      CarriedStates.checkPlain(axes.get(axis));
      if (node.changes() != null) {
        carrySum(node, axis);
      }
    }
    return node.all(axes);
  }

  private static void carrySum(NodeFacts node, int axis) {
    GraphNode old = node.node();
    Changes changes = node.changes();
    String sums = changes.name(old, "sums");
    String last = changes.name(old, "sum_last");
    String before = History.history(node, 0, axis, 1, "sum", null, last);
    String joined = History.join(node, axis, before, old.inputs().getFirst());
    String at = changes.longs(old, axis);
    String most = changes.longs(old, Long.MAX_VALUE);
    String one = changes.longs(old, 1);
    String minusOne = changes.longs(old, -1);
    changes.put(old, "CumSum", Map.of(), sums, joined, at);
    changes.put(old, "Slice", Map.of(), last, sums, minusOne, most, at);
    String y = old.outputs().getFirst();
    if (old.attributes().integer("exclusive", 0) == 0) {
      changes.put(old, "Slice", Map.of(), y, sums, one, most, at);
    } else {
      String zero = changes.longs(old, 0);
      changes.put(old, "Slice", Map.of(), y, sums, zero, minusOne, at);
    }
  }

  static List<Fact> concat(NodeFacts node, Set<String> bound) {
    int rank = node.axes(0).size();
    int axis = Axes.of(node.node().attributes().integer("axis", 1), rank);
    List<Axis> result = node.axes(0);
    int timed = -1;
    for (int i = 0; i < node.inputs().size(); i++) {
      List<Axis> axes = node.axes(i);
      for (int k = 0; k < rank; k++) {
        if (k != axis) {
          result.set(k, node.broadcast(result.get(k), axes.get(k)));
        }
      }
      timed = timed < 0 && node.isTime(axes.get(axis)) ? i : timed;
    }
    result.set(axis, node.fresh(0, axis));
    boolean isPrefix = node.inputs().size() == 2 && node.axes(1).get(axis).single() != null;
    Constant first = isPrefix ? node.fact(0).fill() : null;
    boolean isCarried = isPrefix && CarriedStates.isBound(node, 0, bound);
    if (first == null && !isCarried) {
      if (timed >= 0) {
        throw new Refusal("it puts something beside the steps, on the axis of time");
      }
      return node.all(result);
    }
    Axis time = node.axes(1).get(axis);
    long count = node.fixed(0, axis);
    if (timed >= 0) {
      CarriedStates.checkPlain(time);
      if (!isCarried && node.changes() != null) {
        Constant initial = Fills.isZero(first) ? null : first;
        String x = node.node().inputs().get(1);
        String joined = History.lengthen(node, 1, axis, count, initial, x);
        String y = node.node().outputs().getFirst();
        node.changes().put(node.node(), "Identity", Map.of(), y, joined);
      }
    }
    result.set(axis, Axis.of(time.single().with(time.single().extra() + count, 0)));
    return node.all(result);
  }

  static List<Fact> pad(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    int rank = axes.size();
    long[] pads = node.list("pads", 11, 1);
    long[] named = node.list("axes", 18, 3);
    String mode = node.node().attributes().text("mode", "constant");
    for (int axis = 0; axis < rank; axis++) {
      int at = at(named, axis, rank);
      long before = at < 0 ? 0 : pads[at];
      long after = at < 0 ? 0 : pads[at + pads.length / 2];
      if (before == 0 && after == 0) {
        continue;
      }
      Atom single = axes.get(axis).single();
      if (single == null) {
        if (node.isTime(axes.get(axis))) {
          CarriedStates.checkPlain(axes.get(axis));
        }
        axes.set(axis, node.fresh(0, axis));
        continue;
      }
      boolean isTime = node.isTime(axes.get(axis));
      if (isTime) {
        checkPad(axes.get(axis), mode, before, after);
      }
      axes.set(axis, Axis.of(single.with(single.extra() + before + after, 0)));
      if (isTime && node.changes() != null) {
        carryPad(node, axis, at, pads, before);
      }
    }
    return node.all(axes);
  }

  /// Which of the pads are an axis'; -1: none.
  private static int at(long[] named, int axis, int rank) {
    if (named == null) {
      return axis;
    }
    for (int i = 0; i < named.length; i++) {
      if (Axes.of(named[i], rank) == axis) {
        return i;
      }
    }
    return -1;
  }

  private static void checkPad(Axis time, String mode, long before, long after) {
    if (!mode.equals("constant")) {
      throw new Refusal("it pads time with steps of its own (mode %s)".formatted(mode));
    }
    if (after != 0 || before < 0) {
      throw new Refusal("it pads time at its end, or cuts it");
    }
    CarriedStates.checkPlain(time);
  }

  private static void carryPad(NodeFacts node, int axis, int at, long[] pads, long before) {
    GraphNode old = node.node();
    long[] others = pads.clone();
    others[at] = 0;
    if (Arrays.stream(others).anyMatch(pad -> pad != 0)) {
      throw new Refusal("it pads time and other axes at once");
    }
    Constant value = null;
    if (old.version() < 11) {
      if (old.attributes().real("value", 0) != 0) {
        throw new Refusal("it pads time with a number that is not 0, as an attribute");
      }
    } else if (node.has(2)) {
      value = node.constants().get(2);
      if (value == null) {
        throw new Refusal("it pads time with a number that is not fixed");
      }
      value = Fills.isZero(value) ? null : value;
    }
    String joined = History.lengthen(node, 0, axis, before, value, old.inputs().getFirst());
    node.changes().put(old, "Identity", Map.of(), old.outputs().getFirst(), joined);
  }
}
