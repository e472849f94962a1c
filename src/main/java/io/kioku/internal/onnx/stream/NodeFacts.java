package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.graph.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A node with what is known of its inputs, as the rules look at it.
///
/// @param inputs null for one that is left out
/// @param inputInfos likewise
/// @param changes where a rule says what becomes of the node; null while time is still searched for
record NodeFacts(
    GraphNode node,
    List<Fact> inputs,
    List<ValueInfo> inputInfos,
    List<ValueInfo> outputInfos,
    List<Constant> constants,
    Labels labels,
    Seeds seeds,
    Changes changes) {
  boolean has(int input) {
    return input < inputs.size() && inputs.get(input) != null;
  }

  Fact fact(int input) {
    if (!has(input)) {
      throw new Refusal("input %d is missing".formatted(input));
    }
    return inputs.get(input);
  }

  /// An input's axes, in a list that may be changed.
  ///
  /// @throws Refusal if nothing is known of them
  List<Axis> axes(int input) {
    List<Axis> axes = fact(input).axes();
    if (axes == null) {
      throw new Refusal("the shape of input %d is not known".formatted(input));
    }
    return new ArrayList<>(axes);
  }

  boolean isTime(Axis axis) {
    return labels.hasTime(axis);
  }

  /// A dimension of an input that is fixed.
  ///
  /// @throws Refusal if it is not
  long fixed(int input, int axis) {
    long dim = dims(input)[axis];
    if (dim < 0) {
      throw new Refusal("dimension %d of input %d is not fixed".formatted(axis, input));
    }
    return dim;
  }

  /// An input's dimensions as the graph knows them, and those that are followed are fixed.
  long[] dims(int input) {
    List<Axis> axes = axes(input);
    long[] known = inputInfos.get(input).dims();
    long[] dims = new long[axes.size()];
    for (int i = 0; i < dims.length; i++) {
      Axis axis = axes.get(i);
      dims[i] = axis.isNumber() ? axis.number() : known == null ? Symbols.UNKNOWN : known[i];
    }
    return dims;
  }

  /// The values of a list that is an attribute or, since an operator set, an input; null if it is
  /// left out.
  ///
  /// @throws Refusal if it is not known when the model is loaded
  long[] list(String name, int since, int input) {
    if (node.version() < since && node.domain().isEmpty()) {
      return node.attributes().integers(name);
    }
    if (!has(input)) {
      return null;
    }
    long[] values = constants.get(input) == null ? null : constants.get(input).longs();
    if (values == null) {
      throw new Refusal("its %s are not fixed".formatted(name));
    }
    return values;
  }

  /// The axes of an output of which only its shape is known.
  List<Axis> fresh(int output) {
    return axes(outputInfos.get(output).dims());
  }

  /// Axes of which only the sizes are known, or not even those.
  List<Axis> axes(long[] dims) {
    if (dims == null) {
      return null;
    }
    List<Axis> axes = new ArrayList<>();
    for (long dim : dims) {
      axes.add(dim >= 0 ? Axis.of(dim) : unknown());
    }
    return axes;
  }

  private Axis unknown() {
    return Axis.of(Atom.label(labels.fresh("'%s' (%s)".formatted(node.name(), node.operator()))));
  }

  /// One axis of an output of which only its size is known.
  Axis fresh(int output, int axis) {
    List<Axis> all = fresh(output);
    return all == null || axis >= all.size() ? unknown() : all.get(axis);
  }

  /// The same axes for all outputs.
  List<Fact> all(List<Axis> axes) {
    return Collections.nCopies(node.outputs().size(), Fact.of(axes));
  }

  /// Axes as broadcasting puts them together.
  List<Axis> broadcast(List<Axis> a, List<Axis> b) {
    int rank = Math.max(a.size(), b.size());
    List<Axis> result = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      int ofA = i - rank + a.size();
      int ofB = i - rank + b.size();
      result.add(ofA < 0 ? b.get(ofB) : ofB < 0 ? a.get(ofA) : broadcast(a.get(ofA), b.get(ofB)));
    }
    return result;
  }

  /// @throws Refusal if time meets what is not the same steps
  Axis broadcast(Axis a, Axis b) {
    if (a.isOne() || b.isOne()) {
      return a.isOne() ? b : a;
    }
    Axis same = same(a, b);
    if (same != null) {
      return same;
    }
    if (!isTime(a) && !isTime(b)) {
      return a.isNumber() ? b : a;
    }
    Axis other = isTime(a) ? b : a;
    throw new Refusal(
        other.isNumber()
            ? "it has values of its own for each of %d steps".formatted(other.number())
            : "it puts steps beside what is not the same steps");
  }

  /// One of two axes, if they are the same; null if not.
  private Axis same(Axis a, Axis b) {
    if (a.atoms().size() != b.atoms().size()) {
      return null;
    }
    List<Atom> atoms = new ArrayList<>();
    for (int i = 0; i < a.atoms().size(); i++) {
      Atom first = a.atoms().get(i);
      Atom second = b.atoms().get(i);
      boolean isSame =
          first.isNumber() == second.isNumber()
              && first.times() == second.times()
              && first.over() == second.over()
              && first.extra() == second.extra()
              && (first.isNumber() || areSame(first.label(), second.label()));
      if (!isSame) {
        return null;
      }
      atoms.add(first.with(first.extra(), Math.max(first.unfinished(), second.unfinished())));
    }
    return new Axis(List.copyOf(atoms));
  }

  /// Axes of two inputs that meet are the same one.
  private boolean areSame(int a, int b) {
    if (labels.origin(a) == null && labels.origin(b) == null) {
      labels.unify(a, b);
    }
    return labels.same(a, b);
  }
}
