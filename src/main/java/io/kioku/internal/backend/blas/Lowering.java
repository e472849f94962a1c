package io.kioku.internal.backend.blas;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.cell.Uses;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.TraceLayout;
import io.kioku.internal.backend.blas.LayerPlan.MergedProduct;
import io.kioku.internal.backend.blas.LayerPlan.Moments;
import io.kioku.internal.backend.blas.LayerPlan.Program;
import io.kioku.internal.backend.blas.LayerPlan.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// From equations to a [LayerPlan]. Values are cut into stages: a stage's products need only what
/// the stages before computed, its moments also its products, and its programs both. LSTM has one
/// stage; a GRU that resets before the product has two.
final class Lowering {
  private final LayerSpec spec;
  private final Cell cell;
  private final Map<String, Integer> traced; // named values to write down, and where
  private final List<Node> live;
  private final int[] uses;
  private final GateMap gates;
  private final SlotMap slots;
  private final Products products;
  private final Map<Node, Integer> stageOf = new HashMap<>();

  private Lowering(LayerSpec spec, Map<String, Integer> traced) {
    this.spec = spec;
    this.cell = spec.cell();
    this.traced = traced;
    List<Node> named = traced.keySet().stream().map(cell.values()::get).toList();
    List<Node> roots = new ArrayList<>(cell.states().stream().map(cell::update).toList());
    roots.addAll(named);
    // The clock is the caller's to advance.
    this.live = cell.needed(roots).stream().filter(n -> n.size() != Size.ONE).toList();
    this.uses = Uses.count(cell, named);
    this.gates = new GateMap(spec, live, uses);
    this.slots = new SlotMap(spec, gates);
    this.products = new Products(spec, live, gates, slots);
  }

  /// The plan of a layer.
  ///
  /// @throws ArithmeticException if the layer has more columns than an int counts
  static LayerPlan lower(LayerSpec spec) {
    return new Lowering(spec, Map.of()).plan();
  }

  /// A plan that also writes every named value to the trace.
  static LayerPlan lowerTraced(LayerSpec spec) {
    return new Lowering(spec, new TraceLayout(spec).offsets()).plan();
  }

  private LayerPlan plan() {
    live.stream().filter(n -> !gates.isAbsorbed(n)).forEach(n -> stageOf.put(n, stage(n)));
    int last = stageOf.values().stream().mapToInt(s -> s).max().orElse(0);
    for (Node node : live) {
      if (node.operation() == Operation.PRODUCT && !isDirect(node.argument(0))) {
        slots.keepForProduct(node.argument(0));
      } else if (node.operation() == Operation.NORM) {
        node.arguments().forEach(slots::keepForProgram);
      }
    }
    keepAcrossStages(last);

    List<Stage> stages = new ArrayList<>();
    for (int stage = 0; stage <= last; stage++) {
      int now = stage;
      stages.add(
          new Stage(
              products.ofStage(stage, argument -> productStage(argument) == now),
              moments(stage),
              cell.periods().isEmpty() ? programs(stage, stage == last) : modulePrograms()));
    }
    Map<String, List<Integer>> biases = new LinkedHashMap<>();
    for (Node gate : gates.ordered()) {
      for (Node bias : gates.of(gate).biases()) {
        biases.computeIfAbsent(bias.name(), b -> new ArrayList<>()).add(gates.offset(gate));
      }
    }
    List<MergedProduct> inputProducts = products.ofInput();
    return new LayerPlan(
        slots.slots(),
        slots.vectors(),
        slots.parameterWidth(),
        biases,
        gates.width(),
        slots.scratchWidth(),
        inputProducts,
        stages);
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
      int products = gate.arguments().stream().mapToInt(this::productStage).max().orElse(0);
      return Math.max(products, latest(gate.rest()));
    }
    if (node.operation() == Operation.NORM) {
      return node.arguments().stream().mapToInt(this::momentsStage).max().orElse(0);
    }
    return latest(node.arguments());
  }

  private int latest(List<Node> nodes) {
    return nodes.stream().mapToInt(a -> stageOf.getOrDefault(a, 0)).max().orElse(0);
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
        read.stream()
            .filter(a -> stageOf.getOrDefault(a, Integer.MAX_VALUE) < stageOf.get(node))
            .forEach(slots::keepForProgram);
      }
    }
    cell.states().stream()
        .map(cell::update)
        .filter(u -> stageOf.getOrDefault(u, last) < last)
        .forEach(slots::keepForProgram);
  }

  private List<Moments> moments(int stage) {
    Map<SlotMap.MomentsKey, Moments> found = new LinkedHashMap<>();
    for (Node node : live) {
      if (node.operation() == Operation.NORM && stageOf.get(node) == stage) {
        List<Integer> arguments =
            node.arguments().stream().map(this::momentsSlot).sorted().toList();
        found.computeIfAbsent(
            slots.momentsKey(node),
            key -> new Moments(arguments, spec.size(node), slots.moments(node), node.value()));
      }
    }
    return List.copyOf(found.values());
  }

  /// What lies in memory by nature is read there: a copy that a product wants is made by the
  /// program, which comes later.
  private int momentsSlot(Node argument) {
    if (argument.operation().isLeaf()) {
      return slots.leaf(argument);
    }
    return slots.isBareGate(argument) ? slots.gate(argument) : slots.slot(argument);
  }

  /// A stage's programs: one for each size of its values.
  private List<Program> programs(int stage, boolean last) {
    List<Program> programs = new ArrayList<>();
    for (Size size : List.of(Size.INPUT, Size.HIDDEN, Size.PROJECTED)) {
      List<Node> nodes =
          live.stream()
              .filter(n -> n.size() == size && stageOf.getOrDefault(n, -1) == stage)
              .toList();
      ProgramBuilder builder = new ProgramBuilder(cell, nodes, uses, gates, slots, 0);
      traced.forEach((name, offset) -> {
        if (nodes.contains(cell.values().get(name))) {
          builder.trace(cell.values().get(name), offset);
        }
      });
      if (last) {
        builder.updateStates(size);
      }
      builder.build(spec.of(size), 1).ifPresent(programs::add);
    }
    if (last) {
      tracedNumbers().build(1, 1).ifPresent(programs::add);
    }
    return programs;
  }

  private ProgramBuilder tracedNumbers() {
    ProgramBuilder builder = new ProgramBuilder(cell, List.of(), uses, gates, slots, 0);
    traced.forEach((name, offset) -> {
      if (cell.values().get(name).size() == Size.ONE) {
        builder.trace(cell.values().get(name), offset);
      }
    });
    return builder;
  }

  /// One program for each module's columns, which sleeps when the module does, and one that shows
  /// the states of all modules.
  private List<Program> modulePrograms() {
    List<Program> programs = new ArrayList<>();
    int width = spec.hidden() / cell.periods().size();
    List<Node> nodes = live.stream().filter(stageOf::containsKey).toList();
    for (int module = 0; module < cell.periods().size(); module++) {
      ProgramBuilder builder = new ProgramBuilder(cell, nodes, uses, gates, slots, module * width);
      traced.forEach((name, offset) -> {
        if (!name.endsWith("'") && nodes.contains(cell.values().get(name))) {
          builder.trace(cell.values().get(name), offset);
        }
      });
      builder.updateModule();
      builder.build(width, cell.periods().get(module)).ifPresent(programs::add);
    }
    ProgramBuilder builder = new ProgramBuilder(cell, List.of(), uses, gates, slots, 0);
    builder.showStates(traced);
    builder.build(spec.hidden(), 1).ifPresent(programs::add);
    tracedNumbers().build(1, 1).ifPresent(programs::add);
    return programs;
  }
}
