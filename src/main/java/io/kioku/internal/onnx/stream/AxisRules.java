package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/// What becomes of axes in nodes that compute each step from the same step: they need no state.
final class AxisRules {
  private AxisRules() {}

  /// The facts of a node's outputs; null if this is none of the operators here.
  ///
  /// @throws Refusal if it does more with time, or what it does is not known
  static List<Fact> of(NodeFacts node) {
    return switch (node.node().operator()) {
      case "Identity", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "CastLike" ->
          sameShape(node);
      case "Transpose" -> node.all(transpose(node));
      case "Reshape" -> node.all(reshape(node));
      case "Flatten" -> node.all(flatten(node));
      case "Squeeze" -> node.all(squeeze(node));
      case "Unsqueeze" -> node.all(unsqueeze(node));
      case "Expand" -> expand(node);
      case "ConstantOfShape" -> constantOfShape(node);
      case "MatMul", "MatMulInteger" -> node.all(ProductRules.matMul(node, 0, 1));
      case "QLinearMatMul" -> node.all(ProductRules.matMul(node, 0, 3));
      case "Gemm" -> node.all(ProductRules.gemm(node));
      case "Einsum" -> node.all(ProductRules.einsum(node));
      case "Gather" -> node.all(gather(node));
      case "Split" -> split(node);
      case "Shape", "Size" -> node.all(node.fresh(0));
      case "OneHot" -> node.all(oneHot(node));
      case "BatchNormalization" -> normalized(node, 1, 2);
      case "InstanceNormalization" -> normalized(node, 1, Integer.MAX_VALUE);
      case "GroupNormalization" -> normalized(node, 1, Integer.MAX_VALUE);
      case "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization" ->
          normalized(node, integer(node, "axis", -1), Integer.MAX_VALUE);
      case "MeanVarianceNormalization" -> meanVariance(node);
      case "LpNormalization" -> alongAxis(node, integer(node, "axis", -1));
      case "Softmax", "LogSoftmax", "Hardmax" -> softmax(node);
      case "ArgMax", "ArgMin" ->
          node.all(reduced(node, new long[] {integer(node, "axis", 0)}, keeps(node)));
      case "TopK" -> topK(node);
      case "ReduceSum" -> node.all(reduce(node, 13));
      case "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceProd",
          "ReduceSumSquare" ->
          node.all(reduce(node, 18));
      default -> null;
    };
  }

  /// Each element from those at its place.
  static List<Fact> elementwise(NodeFacts node) {
    List<Axis> axes = List.of();
    for (int i = 0; i < node.inputs().size(); i++) {
      if (node.has(i)) {
        axes = node.broadcast(axes, node.axes(i));
      }
    }
    Constant fill = node.node().operator().equals("Cast") ? Fills.zero(node) : null;
    return node.all(axes).stream().map(fact -> fact.withFill(fill)).toList();
  }

  private static long integer(NodeFacts node, String name, long absent) {
    return node.node().attributes().integer(name, absent);
  }

  private static boolean keeps(NodeFacts node) {
    return integer(node, "keepdims", 1) != 0;
  }

  /// The first output is as the first input; the others, if any, are numbers of a call.
  private static List<Fact> sameShape(NodeFacts node) {
    List<Fact> facts = new ArrayList<>(node.all(List.of()));
    Fact first = Fact.of(node.axes(0));
    facts.set(0, node.node().operator().equals("Identity") ? node.fact(0) : first);
    boolean hasScales = node.has(1) && !node.axes(1).isEmpty();
    if (hasScales && node.node().operator().endsWith("Linear")) {
      List<Axis> axes = node.axes(0);
      int axis = Axes.of(integer(node, "axis", 1), axes.size());
      node.broadcast(axes.get(axis), node.axes(1).getLast());
    }
    return facts;
  }

  private static List<Axis> transpose(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    long[] order = node.node().attributes().integers("perm");
    if (order == null) {
      Collections.reverse(axes);
      return axes;
    }
    List<Axis> result = new ArrayList<>();
    for (long axis : order) {
      result.add(axes.get((int) axis));
    }
    return result;
  }

  private static List<Axis> reshape(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    List<Axis> sizes = new ArrayList<>();
    long[] fixed = node.node().version() < 5 ? node.node().attributes().integers("shape") : null;
    if (fixed != null) {
      for (long size : fixed) {
        sizes.add(Axis.of(size));
      }
    } else if (node.fact(1).sizes() == null) {
      throw new Refusal("it is not known what its new shape is made from");
    } else {
      sizes.addAll(node.fact(1).sizes());
    }
    boolean copies = integer(node, "allowzero", 0) == 0;
    for (int i = 0; i < sizes.size(); i++) {
      Axis size = sizes.get(i);
      if (size.isNumber() && size.number() == -1) {
        sizes.set(i, null);
      } else if (copies && size.isNumber() && size.number() == 0) {
        if (i >= axes.size()) {
          throw new Refusal("its shape copies dimension %d of %d".formatted(i, axes.size()));
        }
        sizes.set(i, axes.get(i));
      }
    }
    return Regrouping.of(node.labels(), axes, sizes);
  }

  private static List<Axis> flatten(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    long given = integer(node, "axis", 1);
    int axis = (int) (given < 0 ? given + axes.size() : given);
    return List.of(merged(axes.subList(0, axis)), merged(axes.subList(axis, axes.size())));
  }

  private static Axis merged(List<Axis> axes) {
    List<Atom> atoms = new ArrayList<>();
    axes.forEach(axis -> atoms.addAll(axis.atoms()));
    return Axis.of(atoms);
  }

  private static List<Axis> squeeze(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    long[] named = node.list("axes", 13, 1);
    if (named == null) {
      if (axes.stream().anyMatch(node::isTime)) {
        throw new Refusal("it names no axes, so that a single step has fewer axes than two");
      }
      return node.fresh(0);
    }
    boolean[] gone = Axes.set(named, axes.size());
    List<Axis> result = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      if (!gone[i]) {
        result.add(axes.get(i));
      } else if (node.isTime(axes.get(i))) {
        throw new Refusal("it takes one step only");
      }
    }
    return result;
  }

  private static List<Axis> unsqueeze(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    long[] named = node.list("axes", 13, 1);
    boolean[] isNew = Axes.set(named, axes.size() + named.length);
    List<Axis> result = new ArrayList<>();
    for (boolean one : isNew) {
      result.add(one ? Axis.ONE : axes.removeFirst());
    }
    return result;
  }

  private static List<Fact> expand(NodeFacts node) {
    List<Axis> sizes = node.fact(1).sizes();
    if (sizes == null) {
      throw new Refusal("it is not known what its shape is made from");
    }
    List<Axis> target = sizes.stream().map(AxisRules::positive).toList();
    Constant fill = node.constants().getFirst();
    return node.all(node.broadcast(node.axes(0), target)).stream()
        .map(fact -> fact.withFill(fill == null ? node.fact(0).fill() : fill))
        .toList();
  }

  private static Axis positive(Axis size) {
    return size.isNumber() && size.number() < 1 ? Axis.ONE : size;
  }

  private static List<Fact> constantOfShape(NodeFacts node) {
    List<Axis> sizes = node.fact(0).sizes();
    if (sizes == null) {
      throw new Refusal("it is not known what its shape is made from");
    }
    return List.of(Fact.of(sizes).withFill(Fills.ofShape(node)));
  }

  private static List<Axis> gather(NodeFacts node) {
    List<Axis> data = node.axes(0);
    List<Axis> indices = node.axes(1);
    int axis = Axes.of(integer(node, "axis", 0), data.size());
    if (node.isTime(data.get(axis))) {
      checkLast(node, data.get(axis));
    }
    data.remove(axis);
    data.addAll(axis, indices);
    return data;
  }

  /// The last step is what is known so far.
  private static void checkLast(NodeFacts node, Axis time) {
    long[] indices = node.constants().get(1) == null ? null : node.constants().get(1).longs();
    Atom single = time.single();
    boolean isLast = single != null && single.unfinished() == 0 && indices != null;
    for (int i = 0; isLast && i < indices.length; i++) {
      isLast = indices[i] == -1;
    }
    if (!isLast) {
      throw new Refusal("it takes certain steps, and not the last one");
    }
  }

  private static List<Fact> split(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    int axis = Axes.of(integer(node, "axis", 0), axes.size());
    if (node.isTime(axes.get(axis))) {
      throw new Refusal("it divides time in parts");
    }
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < node.node().outputs().size(); i++) {
      List<Axis> part = new ArrayList<>(axes);
      part.set(axis, node.fresh(i, axis));
      facts.add(Fact.of(part));
    }
    return facts;
  }

  private static List<Axis> oneHot(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    int axis = Axes.of(integer(node, "axis", -1), axes.size() + 1);
    axes.add(axis, node.fresh(0, axis));
    return axes;
  }

  /// What is divided by something that all elements of some axes decide.
  private static List<Fact> normalized(NodeFacts node, long first, int end) {
    List<Axis> axes = node.axes(0);
    int from = Axes.of(first, axes.size());
    for (int axis = from; axis < Math.min(end, axes.size()); axis++) {
      checkNormalized(node, axes.get(axis));
    }
    List<Fact> facts = new ArrayList<>(node.all(null));
    facts.set(0, Fact.of(axes));
    List<Axis> statistics = new ArrayList<>(axes);
    Collections.fill(statistics.subList(from, axes.size()), Axis.ONE);
    for (int i = 1; i < facts.size(); i++) {
      facts.set(i, Fact.of(statistics));
    }
    return facts;
  }

  private static void checkNormalized(NodeFacts node, Axis axis) {
    if (node.isTime(axis)) {
      throw new Refusal("it normalizes over time");
    }
  }

  private static List<Fact> alongAxis(NodeFacts node, long axis) {
    List<Axis> axes = node.axes(0);
    checkNormalized(node, axes.get(Axes.of(axis, axes.size())));
    return node.all(axes);
  }

  private static List<Fact> softmax(NodeFacts node) {
    return node.node().version() < 13
        ? normalized(node, integer(node, "axis", 1), Integer.MAX_VALUE)
        : alongAxis(node, integer(node, "axis", -1));
  }

  private static List<Fact> meanVariance(NodeFacts node) {
    long[] named = node.node().attributes().integers("axes");
    List<Axis> axes = node.axes(0);
    for (long axis : named == null ? new long[] {0, 2, 3} : named) {
      checkNormalized(node, axes.get(Axes.of(axis, axes.size())));
    }
    return node.all(axes);
  }

  private static List<Fact> topK(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    int axis = Axes.of(integer(node, "axis", -1), axes.size());
    if (node.isTime(axes.get(axis))) {
      throw new Refusal("it chooses among all steps");
    }
    axes.set(axis, node.fresh(0, axis));
    return node.all(axes);
  }

  private static List<Axis> reduce(NodeFacts node, int since) {
    long[] named = node.list("axes", since, 1);
    boolean isEmpty = named == null || named.length == 0;
    if (isEmpty && integer(node, "noop_with_empty_axes", 0) != 0) {
      return node.axes(0);
    }
    if (isEmpty) {
      int rank = node.axes(0).size();
      named = LongStream.range(0, rank).toArray();
    }
    return reduced(node, named, keeps(node));
  }

  private static List<Axis> reduced(NodeFacts node, long[] named, boolean keeps) {
    List<Axis> axes = node.axes(0);
    boolean[] gone = Axes.set(named, axes.size());
    List<Axis> result = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      if (gone[i] && node.isTime(axes.get(i))) {
        throw new Refusal("it reduces over time");
      }
      if (!gone[i]) {
        result.add(axes.get(i));
      } else if (keeps) {
        result.add(Axis.ONE);
      }
    }
    return result;
  }
}
