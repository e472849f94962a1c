package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// What exporters compute shapes with: the sizes that a value holds.
final class Sizes {
  private static final int MOST = 64;

  private Sizes() {}

  /// The sizes that a constant holds; null if it holds none.
  static List<Axis> of(Constant constant) {
    if (constant.dims().length > 1 || constant.size() > MOST) {
      return null;
    }
    long[] values = constant.longs();
    return values == null ? null : Arrays.stream(values).mapToObj(Axis::of).toList();
  }

  /// The sizes that a node gives; null if they are not known.
  static List<Axis> of(NodeFacts node) {
    if (node.node().operator().equals("Shape")) {
      return shape(node);
    }
    for (Fact input : node.inputs()) {
      if (input != null && input.sizes() == null) {
        return null;
      }
    }
    return switch (node.node().operator()) {
      case "Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape" -> sizes(node, 0);
      case "Gather" -> gather(node);
      case "Slice" -> slice(node);
      case "Concat" -> concat(node);
      case "Mul" -> product(node);
      case "Add" -> sum(node, 1);
      case "Sub" -> sum(node, -1);
      case "Div" -> quotient(node);
      case "ReduceProd" -> List.of(Axis.of(atoms(sizes(node, 0))));
      case "Expand", "Tile" -> repeated(node);
      default -> null;
    };
  }

  private static List<Axis> sizes(NodeFacts node, int input) {
    return node.fact(input).sizes();
  }

  private static List<Atom> atoms(List<Axis> sizes) {
    List<Atom> all = new ArrayList<>();
    sizes.forEach(size -> all.addAll(size.atoms()));
    return all;
  }

  private static List<Axis> shape(NodeFacts node) {
    List<Axis> axes = node.fact(0).axes();
    if (axes == null) {
      return null;
    }
    int rank = axes.size();
    long start = node.node().attributes().integer("start", 0);
    long end = node.node().attributes().integer("end", rank);
    int from = Math.clamp(start < 0 ? start + rank : start, 0, rank);
    int to = Math.clamp(end < 0 ? end + rank : end, from, rank);
    return axes.subList(from, to);
  }

  private static List<Axis> gather(NodeFacts node) {
    List<Axis> data = sizes(node, 0);
    List<Axis> picked = new ArrayList<>();
    for (Axis index : sizes(node, 1)) {
      if (!index.isNumber() || index.number() < -data.size() || index.number() >= data.size()) {
        return null;
      }
      picked.add(data.get((int) Math.floorMod(index.number(), (long) data.size())));
    }
    return picked;
  }

  private static List<Axis> slice(NodeFacts node) {
    List<Axis> data = sizes(node, 0);
    long[] starts = node.list("starts", 10, 1);
    long[] ends = node.list("ends", 10, 2);
    long[] steps = node.list("steps", 10, 4);
    if (starts.length != 1 || ends.length != 1 || (steps != null && steps[0] != 1)) {
      return null;
    }
    int count = data.size();
    int from = Math.clamp(starts[0] < 0 ? starts[0] + count : starts[0], 0, count);
    int to = Math.clamp(ends[0] < 0 ? ends[0] + count : ends[0], from, count);
    return data.subList(from, to);
  }

  private static List<Axis> concat(NodeFacts node) {
    List<Axis> all = new ArrayList<>();
    node.inputs().forEach(input -> all.addAll(input.sizes()));
    return all.size() > MOST ? null : all;
  }

  private static List<Axis> product(NodeFacts node) {
    List<Axis> a = sizes(node, 0);
    List<Axis> b = sizes(node, 1);
    if (a.size() != 1 || b.size() != 1) {
      return null;
    }
    List<Atom> atoms = new ArrayList<>(a.getFirst().atoms());
    atoms.addAll(b.getFirst().atoms());
    // a number times a dimension is the dimension times the number
    atoms.sort((x, y) -> Boolean.compare(x.isNumber(), y.isNumber()));
    return List.of(Axis.of(atoms));
  }

  private static List<Axis> sum(NodeFacts node, int sign) {
    List<Axis> a = sizes(node, 0);
    List<Axis> b = sizes(node, 1);
    if (a.size() != 1 || b.size() != 1 || !b.getFirst().isNumber()) {
      return null;
    }
    long added = sign * b.getFirst().number();
    if (a.getFirst().isNumber()) {
      return List.of(Axis.of(Math.addExact(a.getFirst().number(), added)));
    }
    Atom single = a.getFirst().single();
    return single == null
        ? null
        : List.of(Axis.of(single.with(Math.addExact(single.extra(), added), 0)));
  }

  private static List<Axis> quotient(NodeFacts node) {
    List<Axis> a = sizes(node, 0);
    List<Axis> b = sizes(node, 1);
    if (a.size() != 1 || b.size() != 1 || !b.getFirst().isNumber() || b.getFirst().number() < 1) {
      return null;
    }
    long divisor = b.getFirst().number();
    if (a.getFirst().isNumber()) {
      return List.of(Axis.of(a.getFirst().number() / divisor));
    }
    Atom single = a.getFirst().single();
    if (single == null || !single.isPlain()) {
      return null;
    }
    Atom result = single.scaled(1, divisor);
    node.labels().divide(result);
    return List.of(Axis.of(result));
  }

  /// One size, so often.
  private static List<Axis> repeated(NodeFacts node) {
    List<Axis> count = sizes(node, 1);
    boolean isList =
        sizes(node, 0).size() == 1
            && count.size() == 1
            && count.getFirst().isNumber()
            && count.getFirst().number() >= 0
            && count.getFirst().number() <= MOST;
    return isList
        ? Collections.nCopies((int) count.getFirst().number(), sizes(node, 0).getFirst())
        : null;
  }
}
