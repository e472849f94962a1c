package io.kioku.internal.onnx.stream;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a graph becomes: its nodes, some of them replaced, and the states that they have got.
final class Changes {
  private static final int VERSION = 13; // of the operators that are put in

  private final Arena arena;
  private final Set<String> taken; // names of values
  private final List<GraphNode> nodes = new ArrayList<>();
  private final List<StreamState> states = new ArrayList<>();
  private final List<Integer> batches = new ArrayList<>(); // labels
  private final Map<String, Constant> constants = new LinkedHashMap<>();
  private boolean isReplaced;

  /// @param taken the names of all values
  Changes(Arena arena, Set<String> taken) {
    this.arena = arena;
    this.taken = taken;
  }

  List<GraphNode> nodes() {
    return nodes;
  }

  List<StreamState> states() {
    return states;
  }

  /// The labels of the axes that have a row for each stream.
  List<Integer> batches() {
    return batches;
  }

  Map<String, Constant> constants() {
    return constants;
  }

  /// Begins with the next node.
  void begin() {
    isReplaced = false;
  }

  /// Keeps a node as it is, unless a rule has replaced it.
  void end(GraphNode node) {
    if (!isReplaced) {
      nodes.add(node);
    }
  }

  /// Puts a node in the place of the one that is looked at, behind those put there before.
  void put(GraphNode node) {
    nodes.add(node);
    isReplaced = true;
  }

  /// Puts in a node of ONNX's own operators.
  ///
  /// @return its output's name
  String put(
      GraphNode owner,
      String operator,
      Map<String, Object> attributes,
      String output,
      String... in) {
    put(
        new GraphNode(
            owner.name() + "." + operator,
            "",
            operator,
            VERSION,
            List.of(in),
            List.of(output),
            new Attributes(attributes)));
    return output;
  }

  /// A name that no value has yet.
  String name(GraphNode owner, String what) {
    String name = owner.name() + "." + what;
    while (!taken.add(name)) {
      name += "_";
    }
    return name;
  }

  /// A list of integers as a value.
  String longs(GraphNode owner, long... values) {
    String name = name(owner, Arrays.toString(values));
    MemorySegment data = arena.allocate(64, 64).asSlice(0, (long) values.length * Long.BYTES);
    data.copyFrom(MemorySegment.ofArray(values));
    constants.put(name, new Constant(ElementType.INT64, new long[] {values.length}, data));
    return name;
  }

  /// Gives the graph a state.
  ///
  /// @param dims of it in a batch
  /// @param axis of the batch
  /// @param batch that axis
  /// @param output the value that carries it on
  /// @return its input's name
  /// @throws Refusal if its size, or where the batch lies, is not known
  String state(
      GraphNode owner,
      String what,
      ElementType type,
      long[] dims,
      int axis,
      Axis batch,
      Constant initial,
      String output) {
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] < 0 && i != axis) {
        throw new Refusal("the size of its state is not fixed");
      }
    }
    if (type == null) {
      throw new Refusal("the type of its state is not known");
    }
    List<Atom> atoms = new ArrayList<>(batch.atoms());
    long outer = atoms.size() > 1 && atoms.getFirst().isNumber() ? atoms.removeFirst().times() : 1;
    boolean isFixed = batch.isNumber() || axis < 0;
    Atom single = atoms.size() == 1 ? atoms.getFirst() : null;
    if (!isFixed && (single == null || single.over() != 1 || single.extra() != 0)) {
      throw new Refusal("the rows of its state are no rows of a batch");
    }
    if (isFixed && axis >= 0 && dims[axis] < 0) {
      throw new Refusal("the size of its state is not fixed");
    }
    if (!isFixed) {
      checkRows(initial, dims.length - axis);
      batches.add(single.label());
    }
    String input = name(owner, what);
    states.add(
        new StreamState(
            new ValueInfo(input, type, dims),
            output,
            isFixed ? -1 : axis,
            isFixed ? 1 : outer,
            isFixed ? 1 : single.times(),
            initial));
    return input;
  }

  /// Refuses a constant that has a row for each of a batch, whose size is open.
  ///
  /// @param fromEnd of the batch's axis, 1: it is the last one
  private static void checkRows(Constant initial, int fromEnd) {
    int at = initial == null ? -1 : initial.dims().length - fromEnd;
    if (at >= 0 && initial.dims()[at] != 1) {
      throw new Refusal(
          "it begins with a constant of %d rows, and its batch is open"
              .formatted(initial.dims()[at]));
    }
  }
}
