package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.cell.Uses;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.TraceLayout;
import io.kioku.internal.backend.libkioku.Instructions.Value;
import io.kioku.internal.backend.libkioku.LayerPlan.Fill;
import io.kioku.internal.backend.libkioku.LayerPlan.Group;
import io.kioku.internal.backend.libkioku.LayerPlan.Instruction;
import io.kioku.internal.backend.libkioku.LayerPlan.MergedProduct;
import io.kioku.internal.backend.libkioku.LayerPlan.Moments;
import io.kioku.internal.backend.libkioku.LayerPlan.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// From equations to a [LayerPlan]. Values are cut into stages: a stage's products need only what
/// the stages before computed, its moments also its products, and its instructions both. LSTM has
/// one stage; a GRU that resets before the product has two.
///
/// `h` goes to the output, where the next step reads it. Other states stay where they are; one that
/// products or moments read as a whole is stored beside, and moved by a stage of its own when all
/// have read it. So are all states where units have periods: those that sleep keep theirs.
final class Lowering {
  private final Cell cell;
  private final Map<String, Integer> traced; // named values to write down, and where
  private final List<Node> live;
  private final int[] uses;
  private final GateMap gates;
  private final SlotMap slots;
  private final Products products;
  private final Units units;
  private final boolean isClocked;
  private final Set<String> readWhole = new HashSet<>(); // states that products or moments read
  private final Map<String, Integer> beside = new LinkedHashMap<>(); // their new values' slots
  private final Map<Node, Integer> stageOf = new HashMap<>();

  private Lowering(LayerSpec spec, Map<String, Integer> traced, int width) {
    this.cell = spec.cell();
    this.traced = traced;
    this.units = Units.of(spec, width);
    this.isClocked = !cell.periods().isEmpty();
    List<Node> named = new ArrayList<>();
    for (String name : traced.keySet()) {
      named.add(cell.values().get(name));
    }
    this.live = live(named);
    this.uses = Uses.count(cell, named);
    this.gates = new GateMap(units, live, uses);
    this.slots = new SlotMap(units, gates, !isClocked);
    this.products = new Products(units, live, gates, slots);
    for (Node node : live) {
      if (node.operation() == Operation.PRODUCT || node.operation() == Operation.NORM) {
        for (Node argument : node.arguments()) {
          if (argument.operation() == Operation.STATE) {
            readWhole.add(argument.name());
          }
        }
      }
    }
  }

  /// What the states and some other values need. The clock is the kernel's to advance.
  private List<Node> live(List<Node> named) {
    List<Node> roots = new ArrayList<>();
    for (String state : cell.states()) {
      roots.add(cell.update(state));
    }
    roots.addAll(named);
    List<Node> needed = new ArrayList<>();
    for (Node node : cell.needed(roots)) {
      if (node.size() != Size.ONE) {
        needed.add(node);
      }
    }
    return needed;
  }

  /// The plan of a layer.
  ///
  /// @param width units of a block
  /// @throws ArithmeticException if the layer has more values than an int counts
  static LayerPlan lower(LayerSpec spec, int width) {
    return new Lowering(spec, Map.of(), width).plan();
  }

  /// A plan that also writes every named value to the trace.
  static LayerPlan lowerTraced(LayerSpec spec, int width) {
    return new Lowering(spec, new TraceLayout(spec).offsets(), width).plan();
  }

  private LayerPlan plan() {
    int last = 0;
    for (Node node : live) {
      if (!gates.isAbsorbed(node)) {
        int stage = stage(node);
        stageOf.put(node, stage);
        last = Math.max(last, stage);
      }
    }
    for (Node node : live) {
      if (node.operation() == Operation.PRODUCT && !isDirect(node.argument(0))) {
        slots.keepForProduct(node.argument(0));
      } else if (node.operation() == Operation.NORM) {
        for (Node argument : node.arguments()) {
          slots.keepForProgram(argument);
        }
      }
    }
    keepAcrossStages(last);
    keepBeside();

    Set<Integer> begun = new HashSet<>();
    List<MergedProduct> inputProducts = products.ofInput(begun);
    List<Stage> stages = new ArrayList<>();
    Optional<Instruction> formula =
        traced.isEmpty() ? Formulas.find(cell, gates, slots) : Optional.empty();
    for (int stage = 0; stage <= last; stage++) {
      List<Moments> moments = moments(stage);
      stages.add(new Stage(isClocked ? modules() : groups(stage, stage == last, formula), moments));
    }
    if (!beside.isEmpty()) {
      stages.add(new Stage(moves(), List.of()));
    }
    if (isClocked) {
      stages.add(new Stage(shown(), List.of()));
    }
    return new LayerPlan(
        slots.slots(),
        slots.vectors(),
        slots.vectorBlocks(),
        gates.blocks(),
        slots.valueBlocks(),
        slots.numbers(),
        slots.scratchWidth(),
        !isClocked,
        inputProducts,
        fills(begun),
        stages);
  }

  /// What no input product begins.
  private List<Fill> fills(Set<Integer> begun) {
    List<Fill> fills = new ArrayList<>();
    for (int module = 0; module < units.modules(); module++) {
      for (Node gate : gates.ordered()) {
        int offset = gates.offset(gate, module);
        if (!begun.contains(offset)) {
          fills.add(
              new Fill(gates.biasNames(gate), units.first(gate, module), units.of(gate), offset));
        }
      }
    }
    return fills;
  }

  private void keepBeside() {
    for (String state : cell.states()) {
      boolean isOutput = state.equals("h") && !isClocked;
      if (cell.size(state) != Size.ONE && !isOutput && (isClocked || readWhole.contains(state))) {
        beside.put(state, slots.scratch(units.spec().stateSize(state)));
      }
    }
  }

  /// Where a state is stored by the stage that computes it.
  private int newState(String state, int first) {
    return beside.containsKey(state)
        ? slots.shifted(beside.get(state), first)
        : slots.newState(state, first);
  }

  /// Arguments that lie in memory before a step begins.
  private static boolean isDirect(Node argument) {
    return argument.operation() == Operation.STATE
        || argument.operation() == Operation.INPUT
        || argument.operation() == Operation.BELOW;
  }

  /// The first stage that can compute a value.
  private int stage(Node node) {
    GateMap.Gate gate = gates.of(node);
    if (gate != null) {
      int stage = latest(gate.rest());
      for (Node argument : gate.arguments()) {
        stage = Math.max(stage, productStage(argument));
      }
      return stage;
    }
    if (node.operation() == Operation.NORM) {
      int stage = 0;
      for (Node argument : node.arguments()) {
        stage = Math.max(stage, momentsStage(argument));
      }
      return stage;
    }
    return latest(node.arguments());
  }

  private int latest(List<Node> nodes) {
    int latest = 0;
    for (Node node : nodes) {
      latest = Math.max(latest, stageOf.getOrDefault(node, 0));
    }
    return latest;
  }

  private int productStage(Node argument) {
    return isDirect(argument) ? 0 : stageOf.get(argument) + 1;
  }

  private int momentsStage(Node argument) {
    boolean isReady = argument.operation().isLeaf() || slots.isBareGate(argument);
    return stageOf.get(argument) + (isReady ? 0 : 1);
  }

  /// Values that a later stage's program reads must lie in slots.
  private void keepAcrossStages(int last) {
    for (Node node : stageOf.keySet()) {
      List<Node> read = gates.of(node) == null ? node.arguments() : gates.of(node).rest();
      if (node.operation() != Operation.PRODUCT) {
        for (Node argument : read) {
          if (stageOf.getOrDefault(argument, Integer.MAX_VALUE) < stageOf.get(node)) {
            slots.keepForProgram(argument);
          }
        }
      }
    }
    for (String state : cell.states()) {
      if (stageOf.getOrDefault(cell.update(state), last) < last) {
        slots.keepForProgram(cell.update(state));
      }
    }
  }

  private List<Moments> moments(int stage) {
    Map<SlotMap.MomentsKey, Moments> found = new LinkedHashMap<>();
    for (Node node : live) {
      if (node.operation() == Operation.NORM && stageOf.get(node) == stage) {
        List<Integer> arguments =
            node.arguments().stream().map(this::momentsSlot).sorted().toList();
        found.computeIfAbsent(
            SlotMap.MomentsKey.of(node),
            key -> new Moments(arguments, units.of(node), slots.moments(node), node.value()));
      }
    }
    return List.copyOf(found.values());
  }

  /// What has a place by nature is read there: a copy that a product wants is made by the
  /// instructions, which come later.
  private int momentsSlot(Node argument) {
    if (argument.operation().isLeaf()) {
      return slots.leaf(argument, 0);
    }
    return slots.isBareGate(argument) ? slots.gate(argument, 0) : slots.slot(argument, 0);
  }

  /// A stage's groups: one for each size of its values.
  private List<Group> groups(int stage, boolean last, Optional<Instruction> formula) {
    List<Group> groups = new ArrayList<>();
    List<Node> multiply = new ArrayList<>();
    for (Node argument : products.arguments()) {
      if (productStage(argument) == stage) {
        multiply.add(argument);
      }
    }
    for (Size size : List.of(Size.INPUT, Size.HIDDEN, Size.PROJECTED)) {
      List<Node> nodes = new ArrayList<>();
      for (Node node : live) {
        if (node.size() == size && stageOf.getOrDefault(node, -1) == stage) {
          nodes.add(node);
        }
      }
      int count = units.spec().of(size);
      List<MergedProduct> multiplied = products.of(multiply, 0, size);
      List<Instruction> instructions =
          formula.isPresent() && size == Size.HIDDEN
              ? stage == 0 ? List.of(formula.get()) : List.of() // which stores all states
              : instructions(nodes, size, count, last);
      add(new Group(count, multiplied, instructions, 1), groups);
    }
    if (last) {
      add(new Group(1, List.of(), tracedNumbers(), 1), groups);
    }
    return groups;
  }

  private static void add(Group group, List<Group> groups) {
    if (!group.products().isEmpty() || !group.instructions().isEmpty()) {
      groups.add(group);
    }
  }

  private ProgramBuilder builder(List<Node> nodes, int module) {
    return new ProgramBuilder(cell, nodes, uses, gates, slots, module);
  }

  private List<Instruction> instructions(List<Node> nodes, Size size, int count, boolean last) {
    ProgramBuilder builder = builder(nodes, 0);
    for (Map.Entry<String, Integer> shown : traced.entrySet()) {
      Node value = cell.values().get(shown.getKey());
      if (nodes.contains(value)) {
        builder.trace(value, slots.trace(shown.getValue()));
      }
    }
    if (last) {
      List<String> states = new ArrayList<>();
      for (String state : cell.states()) {
        if (cell.size(state) == size) {
          states.add(state);
        }
      }
      store(builder, states, 0);
      for (String state : states) {
        if (cell.below().contains(state)) {
          builder.trace(cell.update(state), slots.above(state));
        }
      }
    }
    return builder.build(count);
  }

  /// Stores the new values of states, from a unit on.
  private void store(ProgramBuilder builder, List<String> states, int first) {
    List<Value> values = builder.updates(states);
    for (int i = 0; i < values.size(); i++) {
      builder.store(values.get(i), newState(states.get(i), first));
    }
  }

  private List<Instruction> tracedNumbers() {
    ProgramBuilder builder = builder(List.of(), 0);
    for (Map.Entry<String, Integer> shown : traced.entrySet()) {
      Node value = cell.values().get(shown.getKey());
      if (value.size() == Size.ONE) {
        builder.trace(value, slots.trace(shown.getValue()));
      }
    }
    return builder.build(1);
  }

  /// One group for each module, which sleeps when the module does.
  private List<Group> modules() {
    List<Group> groups = new ArrayList<>();
    List<Node> nodes = live.stream().filter(stageOf::containsKey).toList();
    List<String> states = cell.states().stream().filter(s -> cell.size(s) != Size.ONE).toList();
    for (int m = 0; m < units.modules(); m++) {
      int module = m;
      int width = units.spec().hidden() / units.modules();
      ProgramBuilder builder = builder(nodes, module);
      traced.forEach((name, offset) -> {
        Node value = cell.values().get(name);
        if (!name.endsWith("'") && nodes.contains(value)) {
          builder.trace(value, slots.trace(offset + module * width));
        }
      });
      store(builder, states, module * width);
      List<MergedProduct> multiplied = products.of(products.arguments(), module, Size.HIDDEN);
      groups.add(new Group(width, multiplied, builder.build(width), units.period(module)));
    }
    return groups;
  }

  /// Brings what was stored beside to the states: by module, or by size.
  private List<Group> moves() {
    List<Group> groups = new ArrayList<>();
    for (int module = 0; module < units.modules(); module++) {
      for (Size size : List.of(Size.INPUT, Size.HIDDEN, Size.PROJECTED)) {
        int count = units.spec().of(size) / units.modules();
        int first = count * module;
        ProgramBuilder builder = builder(List.of(), module);
        beside.forEach((state, slot) -> {
          if (cell.size(state) == size) {
            builder.copy(slots.shifted(slot, first), slots.newState(state, first));
          }
        });
        add(new Group(count, List.of(), builder.build(count), units.period(module)), groups);
      }
    }
    return groups;
  }

  /// Copies the states of all modules, whether they are awake or not, to where others read them.
  private List<Group> shown() {
    ProgramBuilder builder = builder(List.of(), 0);
    for (String state : cell.states()) {
      if (cell.size(state) == Size.ONE) {
        continue;
      }
      int slot = slots.newState(state, 0);
      if (state.equals("h")) {
        builder.copy(slot, slots.output());
      }
      if (cell.below().contains(state)) {
        builder.copy(slot, slots.above(state));
      }
      Integer offset = traced.get(state + "'");
      if (offset != null) {
        builder.copy(slot, slots.trace(offset));
      }
    }
    List<Group> groups = new ArrayList<>();
    int hidden = units.spec().hidden();
    add(new Group(hidden, List.of(), builder.build(hidden), 1), groups);
    add(new Group(1, List.of(), tracedNumbers(), 1), groups);
    return groups;
  }
}
