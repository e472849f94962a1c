package io.kioku.internal.onnx.stream;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Axes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What becomes of nodes that carry something from step to step: it becomes a state of the graph.
final class StateRules {
  private static final int LENGTHS = 4;
  private static final int INITIAL = 5;

  private StateRules() {}

  /// The facts of a node's outputs; null if this is none of the operators here.
  ///
  /// @param bound inputs of the graph that are states already
  /// @throws Refusal if it cannot be carried on
  static List<Fact> of(NodeFacts node, Set<String> bound) {
    return switch (node.node().operator()) {
      case "LSTM", "DynamicQuantizeLSTM" -> recurrent(node, bound, "h", "c");
      case "GRU", "RNN" -> recurrent(node, bound, "h");
      case "Scan" -> scan(node, bound);
      case "CumSum" -> cumSum(node);
      case "Concat" -> concat(node, bound);
      case "Pad" -> pad(node);
      case "Slice" -> slice(node);
      default -> null;
    };
  }

  // ---- recurrent layers

  private static List<Fact> recurrent(NodeFacts node, Set<String> bound, String... states) {
    List<Axis> x = node.axes(0);
    boolean isBatchFirst = node.node().attributes().integer("layout", 0) != 0;
    Axis time = x.get(isBatchFirst ? 1 : 0);
    int batchAxis = isBatchFirst ? 0 : 1;
    Axis batch = x.get(batchAxis);
    node.seeds().steps(time);
    boolean isOverTime = node.isTime(time);
    if (isOverTime) {
      checkSteps(node, time, batch);
    }
    String direction = node.node().attributes().text("direction", "forward");
    Axis directions = Axis.of(direction.equals("bidirectional") ? 2 : 1);
    long[] w = node.inputInfos().get(1).dims();
    boolean isDynamic = node.node().operator().equals("DynamicQuantizeLSTM");
    long[] r = node.inputInfos().get(2).dims();
    long hidden =
        node.node().attributes().integer("hidden_size", r == null ? -1 : r[isDynamic ? 1 : 2]);
    if (hidden < 1 || w == null) {
      throw new Refusal("its hidden size is not known");
    }
    Axis h = Axis.of(hidden);
    List<Axis> y =
        isBatchFirst ? List.of(batch, time, directions, h) : List.of(time, directions, batch, h);
    List<Axis> last = isBatchFirst ? List.of(batch, directions, h) : List.of(directions, batch, h);
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < node.node().outputs().size(); i++) {
      facts.add(Fact.of(i == 0 ? y : last));
    }
    if (isOverTime && node.changes() != null) {
      long[] dims = isBatchFirst ? new long[] {-1, 1, hidden} : new long[] {1, -1, hidden};
      dims[batchAxis] = node.dims(0)[batchAxis];
      carry(node, bound, dims, batchAxis, batch, states);
    }
    return facts;
  }

  private static void checkSteps(NodeFacts node, Axis time, Axis batch) {
    String direction = node.node().attributes().text("direction", "forward");
    if (!direction.equals("forward")) {
      throw new Refusal(
          direction.equals("reverse") ? "it runs backwards" : "one of its directions is backward");
    }
    checkPlain(time);
    if (node.isTime(batch)) {
      throw new Refusal("its batch is over time, too");
    }
    if (node.has(LENGTHS)) {
      Fact lengths = node.fact(LENGTHS);
      boolean isWhole =
          lengths.sizes() != null && lengths.sizes().stream().allMatch(size -> size.equals(time));
      boolean isGiven =
          node.constants().get(LENGTHS) == null
              && !lengths.varies()
              && !lengths.countsTime(node.labels());
      if (!isWhole && !isGiven) {
        throw new Refusal("its sequence_lens are those of the whole");
      }
    }
  }

  /// Refuses steps that are not one by one what they are in the whole.
  private static void checkPlain(Axis time) {
    Atom single = time.single();
    if (single == null) {
      throw new Refusal("its steps are a product of time and another dimension");
    }
    if (!single.isPlain()) {
      throw new Refusal(
          "it takes %d steps more than there are: windows or padding before it have added them"
              .formatted(single.extra()));
    }
  }

  /// Gives a recurrent layer its states.
  private static void carry(
      NodeFacts node, Set<String> bound, long[] dims, int axis, Axis batch, String... states) {
    GraphNode old = node.node();
    List<String> inputs = new ArrayList<>(old.inputs());
    List<String> outputs = new ArrayList<>(old.outputs());
    for (int i = 0; i < states.length; i++) {
      Constant initial = initial(node, INITIAL + i, bound);
      if (isBound(node, INITIAL + i, bound)) {
        continue;
      }
      String last = output(node, outputs, 1 + i, states[i]);
      ElementType type = node.inputInfos().getFirst().type();
      String input =
          node.changes().state(old, states[i], type, dims.clone(), axis, batch, initial, last);
      set(inputs, INITIAL + i, input);
    }
    node.changes().put(with(old, inputs, outputs));
  }

  private static GraphNode with(GraphNode old, List<String> inputs, List<String> outputs) {
    return new GraphNode(
        old.name(),
        old.domain(),
        old.operator(),
        old.version(),
        List.copyOf(inputs),
        List.copyOf(outputs),
        old.attributes());
  }

  /// An output's name; one that nobody wanted gets one.
  private static String output(NodeFacts node, List<String> outputs, int index, String what) {
    String name = index < outputs.size() ? outputs.get(index) : "";
    if (name.isEmpty()) {
      name = node.changes().name(node.node(), what + "_last");
      set(outputs, index, name);
    }
    return name;
  }

  private static void set(List<String> names, int index, String name) {
    while (names.size() <= index) {
      names.add("");
    }
    names.set(index, name);
  }

  private static boolean isBound(NodeFacts node, int input, Set<String> bound) {
    return node.has(input) && bound.contains(node.node().inputs().get(input));
  }

  /// What a state begins with; null: zero, or what a state that is bound holds.
  private static Constant initial(NodeFacts node, int input, Set<String> bound) {
    if (!node.has(input) || isBound(node, input, bound)) {
      return null;
    }
    Constant fill = node.fact(input).fill();
    if (fill == null) {
      throw new Refusal(
          "it begins with '%s', which is no constant: if it is an input that carries a state, bind it"
              .formatted(node.node().inputs().get(input)));
    }
    return Fills.isZero(fill) ? null : fill;
  }

  // ---- loops

  private static List<Fact> scan(NodeFacts node, Set<String> bound) {
    int scanned = node.node().attributes().small("num_scan_inputs", 0);
    int carried = node.node().inputs().size() - scanned;
    long[] axes = node.node().attributes().integers("scan_input_axes");
    Axis time = null;
    for (int k = 0; k < scanned; k++) {
      List<Axis> of = node.axes(carried + k);
      Axis axis = of.remove(Axes.of(axes == null ? 0 : axes[k], of.size()));
      if (of.stream().anyMatch(node::isTime)) {
        throw new Refusal("its steps are not over time, which they have within");
      }
      time = time == null ? axis : node.broadcast(time, axis);
    }
    node.seeds().steps(time);
    if (node.isTime(time)) {
      checkPlain(time);
      checkForward(node, "scan_input_directions");
      checkForward(node, "scan_output_directions");
      if (node.changes() != null) {
        carryScan(node, bound, carried);
      }
    }
    List<Fact> facts = new ArrayList<>();
    long[] made = node.node().attributes().integers("scan_output_axes");
    for (int i = 0; i < node.node().outputs().size(); i++) {
      if (i < carried) {
        facts.add(Fact.of(node.fresh(i)));
        continue;
      }
      List<Axis> of = slices(node, i);
      of.add(Axes.of(made == null ? 0 : made[i - carried], of.size() + 1), time);
      facts.add(Fact.of(of));
    }
    return facts;
  }

  /// The axes of slices that are put together, as the loop's graph declares them.
  private static List<Axis> slices(NodeFacts node, int output) {
    ValueInfo slice = node.node().attributes().graph("body").outputs().get(output);
    if (slice.dims() == null) {
      throw new Refusal("the shape of output %d is not known".formatted(output));
    }
    return node.axes(slice.dims());
  }

  private static void checkForward(NodeFacts node, String name) {
    long[] directions = node.node().attributes().integers(name);
    if (directions != null && Arrays.stream(directions).anyMatch(direction -> direction != 0)) {
      throw new Refusal("it runs backwards");
    }
  }

  private static void carryScan(NodeFacts node, Set<String> bound, int carried) {
    List<String> inputs = new ArrayList<>(node.node().inputs());
    List<String> outputs = new ArrayList<>(node.node().outputs());
    for (int k = 0; k < carried; k++) {
      if (isBound(node, k, bound)) {
        continue;
      }
      Constant initial = initial(node, k, bound);
      List<Axis> axes = node.axes(k);
      ValueInfo info = node.inputInfos().get(k);
      long[] dims = node.dims(k);
      int axis = -1;
      for (int i = 0; i < dims.length; i++) {
        axis = axis < 0 && dims[i] < 0 ? i : axis;
      }
      String last = output(node, outputs, k, "carried" + k);
      Axis batch = axis < 0 ? Axis.ONE : axes.get(axis);
      inputs.set(
          k,
          node.changes()
              .state(node.node(), "carry" + k, info.type(), dims, axis, batch, initial, last));
    }
    node.changes().put(with(node.node(), inputs, outputs));
  }

  /// The values around a node's graphs that they read.
  static Set<String> captured(GraphNode node) {
    Set<String> names = new HashSet<>();
    for (Graph graph : node.attributes().graphs()) {
      Set<String> own = new HashSet<>(graph.initializers().keySet());
      graph.inputs().forEach(input -> own.add(input.name()));
      graph.nodes().forEach(inner -> own.addAll(inner.outputs()));
      Set<String> read = new HashSet<>();
      for (GraphNode inner : graph.nodes()) {
        read.addAll(inner.inputs());
        read.addAll(captured(inner));
      }
      graph.outputs().forEach(output -> read.add(output.name()));
      read.removeAll(own);
      names.addAll(read);
    }
    names.remove("");
    return names;
  }

  // ---- what is before the first step

  private static List<Fact> cumSum(NodeFacts node) {
    List<Axis> axes = node.axes(0);
    long[] given = node.list("axis", 0, 1);
    int axis = Axes.of(given[0], axes.size());
    node.seeds().steps(axes.get(axis));
    if (node.isTime(axes.get(axis))) {
      if (node.node().attributes().integer("reverse", 0) != 0) {
        throw new Refusal("it sums from the end");
      }
      checkPlain(axes.get(axis));
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
    String before = history(node, 0, axis, 1, "sum", null, last);
    String joined = join(node, axis, before, old.inputs().getFirst());
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

  /// A state of so many elements before the first of an axis of an input.
  private static String history(
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

  private static String join(NodeFacts node, int axis, String before, String x) {
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

  private static List<Fact> concat(NodeFacts node, Set<String> bound) {
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
    boolean isCarried = isPrefix && isBound(node, 0, bound);
    if (first == null && !isCarried) {
      if (timed >= 0) {
        throw new Refusal("it puts something beside the steps, on the axis of time");
      }
      return node.all(result);
    }
    Axis time = node.axes(1).get(axis);
    long count = node.fixed(0, axis);
    if (timed >= 0) {
      checkPlain(time);
      if (!isCarried && node.changes() != null) {
        Constant initial = Fills.isZero(first) ? null : first;
        String x = node.node().inputs().get(1);
        String joined = lengthen(node, 1, axis, count, initial, x);
        String y = node.node().outputs().getFirst();
        node.changes().put(node.node(), "Identity", Map.of(), y, joined);
      }
    }
    result.set(axis, Axis.of(time.single().with(time.single().extra() + count, 0)));
    return node.all(result);
  }

  private static List<Fact> pad(NodeFacts node) {
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
          checkPlain(axes.get(axis));
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
    checkPlain(time);
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
    String joined = lengthen(node, 0, axis, before, value, old.inputs().getFirst());
    node.changes().put(old, "Identity", Map.of(), old.outputs().getFirst(), joined);
  }

  // ---- parts of time

  private static List<Fact> slice(NodeFacts node) {
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
