package io.kioku.internal.backend.blas;

import io.kioku.cell.Node;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.blas.LayerPlan.Slot;
import io.kioku.internal.ffi.Space;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where a layer's values lie: a slot for each state, parameter, gate and kept value, made when it
/// is first asked for.
final class SlotMap {
  private final LayerSpec spec;
  private final GateMap gates;
  private final List<Slot> slots = new ArrayList<>();
  private final Map<String, Integer> vectors = new LinkedHashMap<>();
  private final Map<Node, Integer> kept = new HashMap<>();
  private final Map<MomentsKey, Integer> moments = new HashMap<>();
  private int parameterWidth;
  private int scratchWidth;

  SlotMap(LayerSpec spec, GateMap gates) {
    this.spec = spec;
    this.gates = gates;
  }

  /// Gives a value that a later stage's program reads a place, unless it has one by nature.
  void keepForProgram(Node node) {
    boolean leaf = node.arguments().isEmpty();
    if (!leaf && !isBareGate(node)) {
      keepForProduct(node);
    }
  }

  /// Gives a value that a product multiplies a place among the scratch values.
  void keepForProduct(Node node) {
    if (!kept.containsKey(node)) {
      kept.put(node, scratch(size(node)));
    }
  }

  /// A new place of some columns among the scratch values.
  int scratch(int columns) {
    int slot = slot(Space.SCRATCH, scratchWidth);
    scratchWidth = Math.addExact(scratchWidth, columns);
    return slot;
  }

  /// The scratch slot of a value that must be stored there when it is computed; -1 for all others.
  int kept(Node node) {
    return kept.getOrDefault(node, -1);
  }

  /// Whether a value is complete in the gates once its products are.
  boolean isBareGate(Node node) {
    return gates.of(node) != null && gates.of(node).rest().isEmpty();
  }

  /// The slot where a value can be read from memory; -1 if it is nowhere but in the program that
  /// computes it.
  int slot(Node node) {
    if (kept.containsKey(node)) {
      return kept.get(node);
    }
    return isBareGate(node) ? gate(node) : leaf(node);
  }

  /// The slot of what the products of a gate add up to.
  int gate(Node node) {
    return slot(Space.GATES, gates.offset(node));
  }

  /// The slot where a leaf lies by nature; -1 for constants and computed values.
  int leaf(Node node) {
    return switch (node.operation()) {
      case INPUT -> input();
      case SCORE -> slot(Space.SIDE, 0);
      case BELOW -> slot(Space.SIDE, spec.belowOffset(node.name()));
      case STATE -> state(node.name());
      case VECTOR -> vector(node);
      default -> -1;
    };
  }

  int state(String name) {
    return slot(Space.STATE, spec.stateOffset(name));
  }

  int input() {
    return slot(Space.INPUT, 0);
  }

  /// Where the layer above reads a state.
  int above(String state) {
    return slot(Space.ABOVE, spec.belowOffset(state));
  }

  int trace(int offset) {
    return slot(Space.TRACE, offset);
  }

  /// The same values from a column on.
  int shifted(int index, int columns) {
    return slot(slots.get(index).space(), Math.addExact(slots.get(index).offset(), columns));
  }

  /// What tells moments apart: the values they are over, in any order, and what is added to their
  /// variance.
  record MomentsKey(List<Integer> arguments, double epsilon) {}

  MomentsKey momentsKey(Node norm) {
    return new MomentsKey(norm.arguments().stream().map(Node::id).sorted().toList(), norm.value());
  }

  /// The slot of the two parts of the mean of a normalisation's arguments; beside them lies the
  /// inverse deviation.
  int moments(Node norm) {
    return moments.computeIfAbsent(momentsKey(norm), key -> scratch(3));
  }

  int output() {
    return slot(Space.OUTPUT, 0);
  }

  List<Slot> slots() {
    return List.copyOf(slots);
  }

  /// The offset of each vector parameter that a program reads.
  Map<String, Integer> vectors() {
    return vectors;
  }

  int parameterWidth() {
    return parameterWidth;
  }

  int scratchWidth() {
    return scratchWidth;
  }

  private int vector(Node node) {
    Integer offset = vectors.get(node.name());
    if (offset == null) {
      offset = parameterWidth;
      vectors.put(node.name(), offset);
      parameterWidth = Math.addExact(parameterWidth, size(node));
    }
    return slot(Space.PARAMETER, offset);
  }

  private int slot(Space space, int offset) {
    Slot slot = new Slot(space, offset);
    int index = slots.indexOf(slot);
    if (index < 0) {
      index = slots.size();
      slots.add(slot);
    }
    return index;
  }

  private int size(Node node) {
    return spec.size(node);
  }
}
