package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What becomes of axes in products: what is summed must not be time.
final class ProductRules {
  private ProductRules() {}

  static List<Axis> matMul(NodeFacts node, int first, int second) {
    List<Axis> a = node.axes(first);
    List<Axis> b = node.axes(second);
    boolean isRow = a.size() == 1;
    boolean isColumn = b.size() == 1;
    if (isRow) {
      a.addFirst(Axis.ONE);
    }
    if (isColumn) {
      b.addLast(Axis.ONE);
    }
    checkSummed(node, a.removeLast());
    Axis columns = b.removeLast();
    checkSummed(node, b.removeLast());
    Axis rows = a.removeLast();
    List<Axis> result = new ArrayList<>(node.broadcast(a, b));
    if (!isRow) {
      result.add(rows);
    }
    if (!isColumn) {
      result.add(columns);
    }
    return result;
  }

  private static void checkSummed(NodeFacts node, Axis axis) {
    if (node.isTime(axis)) {
      throw new Refusal("it sums over time");
    }
  }

  static List<Axis> gemm(NodeFacts node) {
    List<Axis> a = node.axes(0);
    List<Axis> b = node.axes(1);
    boolean aTurned = node.node().attributes().integer("transA", 0) != 0;
    boolean bTurned = node.node().attributes().integer("transB", 0) != 0;
    checkSummed(node, a.get(aTurned ? 0 : 1));
    checkSummed(node, b.get(bTurned ? 1 : 0));
    List<Axis> result = List.of(a.get(aTurned ? 1 : 0), b.get(bTurned ? 0 : 1));
    return node.has(2) ? node.broadcast(result, node.axes(2)) : result;
  }

  static List<Axis> einsum(NodeFacts node) {
    String equation = node.node().attributes().text("equation", "").replace(" ", "");
    int arrow = equation.indexOf("->");
    if (arrow < 0 || equation.contains(".")) {
      throw new Refusal("of its equation '%s' it is not known".formatted(equation));
    }
    String[] terms = equation.substring(0, arrow).split(",", -1);
    String result = equation.substring(arrow + 2);
    Map<Character, Axis> axes = new HashMap<>();
    for (int i = 0; i < terms.length; i++) {
      List<Axis> of = node.axes(i);
      for (int k = 0; k < of.size(); k++) {
        char letter = terms[i].charAt(k);
        Axis before = axes.getOrDefault(letter, Axis.ONE);
        axes.put(letter, node.broadcast(before, of.get(k)));
        if (result.indexOf(letter) < 0) {
          checkSummed(node, of.get(k));
        }
      }
    }
    return result.chars().mapToObj(letter -> axes.get((char) letter)).toList();
  }
}
