package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What becomes of convolutions and poolings: those whose padding is before the first step keep the
/// steps that their next windows begin with.
final class WindowRules {
  private WindowRules() {}

  /// A window along one axis.
  ///
  /// @param extent from its first element to its last
  private record Window(long extent, long stride, long before, long after) {}

  /// The facts of a node's outputs; null if this is none of the operators here.
  ///
  /// @throws Refusal if a window looks ahead
  static List<Fact> of(NodeFacts node) {
    return switch (node.node().operator()) {
      case "Conv", "ConvInteger" -> windows(node, 1);
      case "QLinearConv" -> windows(node, 3);
      case "AveragePool", "MaxPool", "LpPool" -> windows(node, -1);
      case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool" -> global(node);
      case "ConvTranspose" -> transposed(node);
      default -> null;
    };
  }

  private static List<Fact> global(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    for (int axis = 2; axis < axes.size(); axis++) {
      if (node.isTime(axes.get(axis))) {
        throw new Refusal("it pools all of time");
      }
      axes.set(axis, Axis.ONE);
    }
    return node.all(axes);
  }

  /// @param weights which input they are; -1: there are none
  private static List<Fact> windows(NodeFacts node, int weights) {
    List<Axis> axes = node.axes(0);
    int rank = axes.size() - 2;
    if (node.isTime(axes.get(1)) && weights >= 0) {
      throw new Refusal("it sums over time");
    }
    if (rank == 1) {
      node.seeds().window(axes.get(2));
    }
    if (weights >= 0) {
      axes.set(1, node.fresh(0, 1));
    }
    for (int i = 0; i < rank; i++) {
      Axis axis = axes.get(i + 2);
      Atom single = axis.single();
      if (single == null && node.isTime(axis)) {
        throw new Refusal("its windows are over time and another dimension");
      }
      if (single == null) {
        axes.set(i + 2, node.fresh(0, i + 2));
        continue;
      }
      boolean isTime = node.isTime(axis);
      Window window = window(node, weights, i, rank, isTime);
      axes.set(i + 2, Axis.of(moved(node, single, window, isTime)));
      if (isTime && window.before > 0) {
        checkHistory(node, single);
        if (node.changes() != null) {
          carry(node, i, rank, window);
        }
      }
    }
    if (node.node().outputs().size() > 1 && axes.stream().anyMatch(node::isTime)) {
      throw new Refusal("it tells where in all of time it has found something");
    }
    return node.all(axes);
  }

  private static Window window(NodeFacts node, int weights, int axis, int rank, boolean isTime) {
    Attributes attributes = node.node().attributes();
    long[] kernel = attributes.integers("kernel_shape");
    long size = kernel == null ? node.fixed(weights, axis + 2) : kernel[axis];
    long[] strides = attributes.integers("strides");
    long[] dilations = attributes.integers("dilations");
    long[] pads = attributes.integers("pads");
    long stride = strides == null ? 1 : strides[axis];
    long dilation = dilations == null ? 1 : dilations[axis];
    long extent = Math.addExact(Math.multiplyExact(size - 1, dilation), 1);
    String auto = attributes.text("auto_pad", "NOTSET");
    boolean isSame = auto.startsWith("SAME");
    boolean isCeiling = attributes.integer("ceil_mode", 0) != 0;
    if (isTime && stride > 1 && (isSame || isCeiling)) {
      throw new Refusal(
          isSame
              ? "its padding (auto_pad %s) depends on how long the whole is".formatted(auto)
              : "its last window (ceil_mode) depends on how long the whole is");
    }
    if (isSame) {
      long all = extent - 1;
      long before = auto.equals("SAME_LOWER") ? all - all / 2 : all / 2;
      return new Window(extent, stride, before, all - before);
    }
    boolean isPadded = auto.equals("NOTSET") && pads != null;
    return new Window(extent, stride, isPadded ? pads[axis] : 0, isPadded ? pads[axis + rank] : 0);
  }

  /// The positions of a window.
  private static Atom moved(NodeFacts node, Atom steps, Window window, boolean isTime) {
    long all = steps.extra() + window.before + window.after - window.extent;
    long right = steps.extra() - steps.unfinished() + window.before - window.extent;
    long extra = Math.floorDiv(all, window.stride) + 1;
    long known = Math.floorDiv(right, window.stride) + 1;
    if (isTime && known < 0) {
      throw new Refusal(
          "it looks %d steps ahead: of %d, %d are before the one that it computes"
              .formatted(
                  -right - (window.stride == 1 ? 1 : window.stride),
                  window.extent,
                  steps.extra() - steps.unfinished() + window.before));
    }
    Atom scaled = steps.with(0, 0).scaled(1, window.stride);
    node.labels().divide(scaled);
    return scaled.with(extra, extra - known);
  }

  private static void checkHistory(NodeFacts node, Atom steps) {
    if (!node.node().operator().equals("Conv")) {
      throw new Refusal("it pads before the first step, which only convolutions may");
    }
    if (!steps.isPlain()) {
      throw new Refusal("both it and what is before it pad time");
    }
  }

  private static void carry(NodeFacts node, int axis, int rank, Window window) {
    GraphNode old = node.node();
    boolean isNamed = old.attributes().text("auto_pad", "NOTSET").startsWith("SAME");
    if (isNamed && rank > 1) {
      throw new Refusal("its padding is named (auto_pad) and not counted");
    }
    long[] pads =
        isNamed
            ? new long[] {window.before, window.after}
            : old.attributes().integers("pads").clone();
    pads[axis] = 0;
    List<String> inputs = new ArrayList<>(old.inputs());
    inputs.set(
        0, History.lengthen(node, 0, axis + 2, window.before, null, old.inputs().getFirst()));
    node.changes()
        .put(
            new GraphNode(
                old.name(),
                old.domain(),
                old.operator(),
                old.version(),
                List.copyOf(inputs),
                old.outputs(),
                old.attributes().with(Map.of("pads", pads, "auto_pad", "NOTSET"))));
  }

  private static List<Fact> transposed(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    Attributes attributes = node.node().attributes();
    if (node.isTime(axes.get(1))) {
      throw new Refusal("it sums over time");
    }
    axes.set(1, node.fresh(0, 1));
    long[] strides = attributes.integers("strides");
    long[] kernel = attributes.integers("kernel_shape");
    for (int axis = 2; axis < axes.size(); axis++) {
      long stride = strides == null ? 1 : strides[axis - 2];
      long size = kernel == null ? node.fixed(1, axis) : kernel[axis - 2];
      Atom single = axes.get(axis).single();
      boolean isApart = size == stride && single != null && single.isPlain() && isBare(attributes);
      if (!isApart && node.isTime(axes.get(axis))) {
        throw new Refusal("its windows overlap, or are cut");
      }
      axes.set(axis, isApart ? Axis.of(single.scaled(stride, 1)) : node.fresh(0, axis));
    }
    return node.all(axes);
  }

  /// Whether nothing is said of padding, sizes or gaps.
  private static boolean isBare(Attributes attributes) {
    long[] pads = attributes.integers("pads");
    long[] dilations = attributes.integers("dilations");
    long[] more = attributes.integers("output_padding");
    return !attributes.has("output_shape")
        && !attributes.text("auto_pad", "NOTSET").startsWith("SAME")
        && isAll(pads, 0)
        && isAll(more, 0)
        && isAll(dilations, 1);
  }

  private static boolean isAll(long[] values, long value) {
    return values == null || Arrays.stream(values).allMatch(each -> each == value);
  }
}
