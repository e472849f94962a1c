package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.internal.backend.libkioku.LayerPlan.MergedProduct;
import io.kioku.internal.backend.libkioku.LayerPlan.Part;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The matrix products of a layer: those with one argument are one for each run of adjoining gates.
///
/// A state that is the input of an earlier step is as good as the input: its products, too, are
/// computed for many steps at once. The first steps of a run read it from the state.
final class Products {
  private final Units units;
  private final Cell cell;
  private final GateMap gates;
  private final SlotMap slots;
  private final Set<Node> arguments = new LinkedHashSet<>();
  private final Map<String, Integer> delays = new HashMap<>();

  Products(Units units, List<Node> live, GateMap gates, SlotMap slots) {
    this.units = units;
    this.cell = units.spec().cell();
    this.gates = gates;
    this.slots = slots;
    for (Node node : live) {
      if (node.operation() == Operation.PRODUCT) {
        arguments.add(node.argument(0));
      }
    }
    if (cell.periods().isEmpty()) {
      findDelays();
    }
  }

  /// `p' = x` is one step late, `q' = p` two.
  private void findDelays() {
    for (int found = -1; found < delays.size(); ) {
      found = delays.size();
      for (String state : cell.states()) {
        Node update = cell.update(state);
        if (update.operation() == Operation.INPUT) {
          delays.put(state, 1);
        } else if (update.operation() == Operation.STATE && delays.containsKey(update.name())) {
          delays.put(state, delays.get(update.name()) + 1);
        }
      }
    }
  }

  private int delay(Node argument) {
    return argument.operation() == Operation.STATE ? delays.getOrDefault(argument.name(), 0) : 0;
  }

  /// What is multiplied.
  Set<Node> arguments() {
    return arguments;
  }

  /// Those that need nothing but the inputs of the run. The first to reach a gate begins it with
  /// its biases, if it computes all of its rows.
  List<MergedProduct> ofInput(Set<Integer> begun) {
    List<MergedProduct> all = new ArrayList<>();
    for (int module = 0; module < units.modules(); module++) {
      for (Node argument : arguments) {
        if (argument.operation() == Operation.INPUT) {
          all.addAll(merged(argument, slots.input(), 0, module, begun));
        }
      }
      for (Node argument : arguments) {
        if (delay(argument) > 0) {
          all.addAll(merged(argument, slots.input(), delay(argument), module, null));
        }
      }
    }
    return all;
  }

  /// Those of some arguments but the input, of one module, with results of one size.
  List<MergedProduct> of(Collection<Node> some, int module, Size size) {
    List<MergedProduct> all = new ArrayList<>();
    for (Node argument : some) {
      if (argument.operation() != Operation.INPUT) {
        int slot = slots.slot(argument, 0);
        for (MergedProduct product : merged(argument, slot, delay(argument), module, null)) {
          if (sizeOf(product) == size) {
            all.add(product);
          }
        }
      }
    }
    return all;
  }

  private Size sizeOf(MergedProduct product) {
    return gates.withMatrix(product.matrices().getFirst()).size();
  }

  /// @param begun the planes that were begun so far, by their first blocks; null for products that
  ///   only add
  private List<MergedProduct> merged(
      Node argument, int slot, int delay, int module, Set<Integer> begun) {
    List<Run> runs = new ArrayList<>();
    for (Node gate : gates.ordered()) {
      for (Node product : gates.of(gate).products()) {
        if (product.argument(0) == argument) {
          boolean begins = begun != null && begun.add(gates.offset(gate, module));
          if (runs.isEmpty() || !runs.getLast().takes(gate, begins, module)) {
            runs.add(new Run(begins));
          }
          runs.getLast().add(gate, product);
        }
      }
    }
    List<MergedProduct> all = new ArrayList<>();
    for (Run run : runs) {
      all.add(run.merged(argument, slot, delay, module));
    }
    return all;
  }

  /// Gates whose planes lie side by side.
  private final class Run {
    private final boolean begins;
    private final List<Node> members = new ArrayList<>();
    private final List<String> matrices = new ArrayList<>();

    Run(boolean begins) {
      this.begins = begins;
    }

    boolean takes(Node gate, boolean itBegins, int module) {
      Node last = members.getLast();
      int next = gates.offset(last, module) + units.blocks(units.of(last));
      return last.size() == gate.size() && itBegins == begins && gates.offset(gate, module) == next;
    }

    void add(Node gate, Node product) {
      members.add(gate);
      matrices.add(product.name());
    }

    /// A module reads all of the input, and of a state its own units and those of slower modules,
    /// which come after it.
    MergedProduct merged(Node argument, int slot, int delay, int module) {
      Node gate = members.getFirst();
      boolean isState = argument.operation() == Operation.STATE;
      int firstColumn = isState ? units.first(argument, module) : 0;
      Part part =
          new Part(
              units.first(gate, module), units.of(gate), firstColumn, units.spec().size(argument));
      return new MergedProduct(
          matrices,
          part,
          slots.shifted(slot, firstColumn),
          gates.offset(gate, module),
          begins ? biases() : null,
          units.period(module),
          delay);
    }

    private List<List<String>> biases() {
      List<List<String>> biases = new ArrayList<>();
      for (Node member : members) {
        biases.add(gates.biasNames(member));
      }
      return biases;
    }
  }
}
