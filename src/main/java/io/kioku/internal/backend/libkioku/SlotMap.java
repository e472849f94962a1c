package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Node;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.libkioku.LayerPlan.Slot;
import io.kioku.internal.backend.libkioku.LayerPlan.VectorPart;
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
  private final Units units;
  private final GateMap gates;
  private final boolean isHiddenInOutput;
  private final List<Slot> slots = new ArrayList<>();
  private final Map<Space, Map<Integer, Integer>> indices = new HashMap<>(); // by offset
  private final Map<VectorPart, Integer> vectors = new LinkedHashMap<>();
  private final Map<Node, Integer> keptRows = new HashMap<>();
  private final Map<Node, Integer> keptPlanes = new HashMap<>();
  private final Map<MomentsKey, Integer> moments = new HashMap<>();
  private int vectorBlocks;
  private int valueBlocks;
  private int numbers;
  private int scratchWidth;

  SlotMap(Units units, GateMap gates, boolean isHiddenInOutput) {
    this.spec = units.spec();
    this.units = units;
    this.gates = gates;
    this.isHiddenInOutput = isHiddenInOutput;
  }

  /// Gives a value that a later stage's program reads a place, unless it has one.
  void keepForProgram(Node node) {
    boolean hasPlace = node.arguments().isEmpty() || isBareGate(node) || keptRows.containsKey(node);
    if (!hasPlace && !keptPlanes.containsKey(node)) {
      keptPlanes.put(node, plane(spec.size(node)));
    }
  }

  /// Gives a value that a product multiplies a row of its own.
  void keepForProduct(Node node) {
    if (!keptRows.containsKey(node)) {
      keptRows.put(node, scratch(spec.size(node)));
    }
  }

  /// A new plane for some units.
  int plane(int count) {
    int slot = slot(Space.VALUES, valueBlocks);
    valueBlocks = Math.addExact(valueBlocks, units.blocks(count));
    return slot;
  }

  /// New floats of a row that is multiplied or kept until the end of a step.
  int scratch(int floats) {
    int slot = slot(Space.SCRATCH, scratchWidth);
    scratchWidth = Math.addExact(scratchWidth, floats);
    return slot;
  }

  /// The row slot in which a value must be stored when it is computed; -1 if there is none.
  int keptRow(Node node) {
    return keptRows.getOrDefault(node, -1);
  }

  /// The plane in which a value must be stored when it is computed; -1 if there is none.
  int keptPlane(Node node) {
    return keptPlanes.getOrDefault(node, -1);
  }

  /// Whether a value is complete in the gates once its products are.
  boolean isBareGate(Node node) {
    return gates.of(node) != null && gates.of(node).rest().isEmpty();
  }

  /// The slot where a value can be read in a module; -1 if it is nowhere but in the program that
  /// computes it.
  int slot(Node node, int module) {
    if (keptPlanes.containsKey(node)) {
      return keptPlanes.get(node);
    }
    if (keptRows.containsKey(node)) {
      return keptRows.get(node);
    }
    return isBareGate(node) ? gate(node, module) : leaf(node, module);
  }

  /// The slot of what the products of a gate add up to.
  int gate(Node node, int module) {
    return slot(Space.GATES, gates.offset(node, module));
  }

  /// The slot where a leaf lies by nature; -1 for constants and computed values.
  int leaf(Node node, int module) {
    int first = node.size() == io.kioku.cell.Size.ONE ? 0 : units.first(node, module);
    return switch (node.operation()) {
      case INPUT -> slot(Space.INPUT, first);
      case SCORE -> slot(Space.SIDE, 0);
      case BELOW -> slot(Space.SIDE, spec.belowOffset(node.name()) + first);
      case STATE -> state(node.name(), first);
      case VECTOR -> vector(new VectorPart(node.name(), first, units.of(node)));
      default -> -1;
    };
  }

  /// A state at the end of the step before, from a unit on.
  int state(String name, int first) {
    return name.equals("h") && isHiddenInOutput
        ? slot(Space.HIDDEN, first)
        : slot(Space.STATE, spec.stateOffset(name) + first);
  }

  /// Where a state is stored at the end of a step.
  int newState(String name, int first) {
    return name.equals("h") && isHiddenInOutput
        ? slot(Space.OUTPUT, first)
        : slot(Space.STATE, spec.stateOffset(name) + first);
  }

  int input() {
    return slot(Space.INPUT, 0);
  }

  int output() {
    return slot(Space.OUTPUT, 0);
  }

  /// Where the layer above reads a state.
  int above(String state) {
    return slot(Space.ABOVE, spec.belowOffset(state));
  }

  /// Where a value is shown, from a unit on.
  int trace(int offset) {
    return slot(Space.TRACE, offset);
  }

  /// The same row in memory, some floats on.
  int shifted(int index, int floats) {
    Slot slot = slots.get(index);
    return floats == 0 ? index : slot(slot.space(), Math.addExact(slot.offset(), floats));
  }

  /// Whether instructions read and write a slot as it is; a row in memory is loaded and stored.
  boolean isPlane(int index) {
    return switch (slots.get(index).space()) {
      case GATES, VALUES, VECTORS -> true;
      default -> false;
    };
  }

  /// What tells moments apart: the values they are over, in any order, and what is added to their
  /// variance.
  record MomentsKey(List<Integer> arguments, double epsilon) {
    static MomentsKey of(Node norm) {
      return new MomentsKey(
          norm.arguments().stream().map(Node::id).sorted().toList(), norm.value());
    }
  }

  /// The first of the three slots of a normalisation's moments.
  int moments(Node norm) {
    return moments.computeIfAbsent(
        MomentsKey.of(norm),
        key -> {
          int first = numbers;
          numbers += 3;
          return run(
              List.of(
                  new Slot(Space.NUMBERS, first),
                  new Slot(Space.NUMBERS, first + 1),
                  new Slot(Space.NUMBERS, first + 2)));
        });
  }

  /// Slots behind each other with the content of others; the first of them.
  int runOf(List<Integer> others) {
    List<Slot> same = new ArrayList<>();
    for (int other : others) {
      same.add(slots.get(other));
    }
    return run(same);
  }

  private int run(List<Slot> some) {
    int first = slots.size();
    slots.addAll(some);
    return first;
  }

  List<Slot> slots() {
    return List.copyOf(slots);
  }

  Map<VectorPart, Integer> vectors() {
    return vectors;
  }

  int vectorBlocks() {
    return vectorBlocks;
  }

  int valueBlocks() {
    return valueBlocks;
  }

  int numbers() {
    return numbers;
  }

  int scratchWidth() {
    return scratchWidth;
  }

  private int vector(VectorPart part) {
    Integer offset = vectors.get(part);
    if (offset == null) {
      offset = vectorBlocks;
      vectors.put(part, offset);
      vectorBlocks = Math.addExact(vectorBlocks, units.blocks(part.count()));
    }
    return slot(Space.VECTORS, offset);
  }

  private int slot(Space space, int offset) {
    Map<Integer, Integer> ofSpace = indices.get(space);
    if (ofSpace == null) {
      ofSpace = new HashMap<>();
      indices.put(space, ofSpace);
    }
    Integer index = ofSpace.putIfAbsent(offset, slots.size());
    if (index != null) {
      return index;
    }
    slots.add(new Slot(space, offset));
    return slots.size() - 1;
  }
}
