package io.kioku.internal.backend.blas;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.blas.LayerPlan.MergedProduct;
import io.kioku.internal.backend.blas.LayerPlan.Program;
import io.kioku.internal.backend.blas.LayerPlan.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// From equations to a [LayerPlan]. Values are cut into stages: a stage's products need only what
/// the stages before computed, and its programs need only its products. LSTM has one stage; a GRU
/// that resets before the product has two.
final class Lowering {
  private final LayerSpec spec;
  private final Cell cell;
  private final List<Node> live;
  private final GateMap gates;
  private final SlotMap slots;
  private final Map<Node, Integer> stageOf = new HashMap<>();

  private Lowering(LayerSpec spec) {
    this.spec = spec;
    this.cell = spec.cell();
    this.live = cell.needed(cell.states().stream().map(cell::update).toList());
    this.gates = new GateMap(cell, live, spec.input(), spec.hidden());
    this.slots = new SlotMap(spec, gates);
  }

  /// The plan of a layer.
  ///
  /// @throws ArithmeticException if the layer has more columns than an int counts
  static LayerPlan lower(LayerSpec spec) {
    return new Lowering(spec).plan();
  }

  private LayerPlan plan() {
    live.stream().filter(n -> !gates.isAbsorbed(n)).forEach(n -> stageOf.put(n, stage(n)));
    int last = stageOf.values().stream().mapToInt(s -> s).max().orElse(0);
    List<Node> products = live.stream().filter(n -> n.operation() == Operation.PRODUCT).toList();
    products.stream()
        .map(p -> p.argument(0))
        .filter(a -> !isDirect(a))
        .forEach(slots::keepForProduct);
    keepAcrossStages(last);

    List<Stage> stages = new ArrayList<>();
    for (int stage = 0; stage <= last; stage++) {
      stages.add(new Stage(merged(stage), programs(stage, stage == last)));
    }
    Map<String, List<Integer>> biases = new LinkedHashMap<>();
    for (Node gate : gates.ordered()) {
      for (Node bias : gates.of(gate).biases()) {
        biases.computeIfAbsent(bias.name(), b -> new ArrayList<>()).add(gates.offset(gate));
      }
    }
    List<MergedProduct> inputProducts = mergedOf(live.stream().filter(this::isInput).toList());
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
  private boolean isDirect(Node argument) {
    return argument.operation() == Operation.STATE || isInput(argument);
  }

  private boolean isInput(Node node) {
    return node.operation() == Operation.INPUT;
  }

  /// The first stage that can compute a value.
  private int stage(Node node) {
    GateMap.Gate gate = gates.of(node);
    if (gate != null) {
      int products = gate.arguments().stream().mapToInt(this::productStage).max().orElse(0);
      return Math.max(products, gate.rest().stream().mapToInt(stageOf::get).max().orElse(0));
    }
    return node.arguments().stream().mapToInt(stageOf::get).max().orElse(0);
  }

  private int productStage(Node argument) {
    return isDirect(argument) ? 0 : stageOf.get(argument) + 1;
  }

  /// Values that a later stage's program reads must lie in slots.
  private void keepAcrossStages(int last) {
    for (Node node : stageOf.keySet()) {
      List<Node> read = gates.of(node) == null ? node.arguments() : gates.of(node).rest();
      if (node.operation() != Operation.PRODUCT) {
        read.stream()
            .filter(a -> stageOf.get(a) < stageOf.get(node))
            .forEach(slots::keepForProgram);
      }
    }
    cell.states().stream()
        .map(cell::update)
        .filter(u -> stageOf.get(u) < last)
        .forEach(slots::keepForProgram);
  }

  /// The products of a stage, one for each argument and run of adjoining gates.
  private List<MergedProduct> merged(int stage) {
    List<Node> arguments =
        live.stream()
            .filter(n -> n.operation() == Operation.PRODUCT)
            .map(p -> p.argument(0))
            .filter(a -> !isInput(a) && productStage(a) == stage)
            .distinct()
            .toList();
    return mergedOf(arguments);
  }

  private List<MergedProduct> mergedOf(List<Node> arguments) {
    List<MergedProduct> merged = new ArrayList<>();
    for (Node argument : arguments) {
      int columns = argument.size().of(spec.input(), spec.hidden());
      MergedProduct open = null;
      for (Node gate : gates.ordered()) {
        for (Node product : gates.of(gate).products()) {
          if (product.argument(0) == argument) {
            int rows = product.size().of(spec.input(), spec.hidden());
            int offset = gates.offset(gate);
            if (open != null && open.gatesOffset() + open.rows() == offset) {
              merged.removeLast();
              List<String> matrices = new ArrayList<>(open.matrices());
              matrices.add(product.name());
              open =
                  new MergedProduct(
                      matrices, open.rows() + rows, columns, open.argument(), open.gatesOffset());
            } else {
              open =
                  new MergedProduct(
                      List.of(product.name()), rows, columns, slots.slot(argument), offset);
            }
            merged.add(open);
          }
        }
      }
    }
    return merged;
  }

  /// A stage's programs: one for each size of its values.
  private List<Program> programs(int stage, boolean last) {
    List<Program> programs = new ArrayList<>();
    for (Size size : Size.values()) {
      List<Node> nodes =
          live.stream()
              .filter(n -> n.size() == size && stageOf.getOrDefault(n, -1) == stage)
              .toList();
      ProgramBuilder builder = new ProgramBuilder(cell, nodes, gates, slots);
      if (last && size == Size.HIDDEN) {
        builder.updateStates();
      }
      builder.build(size.of(spec.input(), spec.hidden())).ifPresent(programs::add);
    }
    return programs;
  }
}
