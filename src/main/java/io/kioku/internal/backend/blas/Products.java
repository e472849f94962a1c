package io.kioku.internal.backend.blas;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.blas.LayerPlan.MergedProduct;
import io.kioku.internal.backend.blas.LayerPlan.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// The matrix products of a layer: those with one argument are one for each run of adjoining gates.
///
/// A state that is the input of an earlier step is as good as the input: its products, too, are
/// computed for many steps at once, but for the first steps of a run, which read it from the state.
final class Products {
  private final LayerSpec spec;
  private final Cell cell;
  private final GateMap gates;
  private final SlotMap slots;
  private final List<Node> arguments;
  private final Map<String, Integer> delays = new HashMap<>();

  Products(LayerSpec spec, List<Node> live, GateMap gates, SlotMap slots) {
    this.spec = spec;
    this.cell = spec.cell();
    this.gates = gates;
    this.slots = slots;
    this.arguments =
        live.stream()
            .filter(n -> n.operation() == Operation.PRODUCT)
            .map(p -> p.argument(0))
            .distinct()
            .toList();
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

  /// Those that need nothing but the inputs of the run.
  List<MergedProduct> ofInput() {
    List<MergedProduct> all = new ArrayList<>();
    for (Node argument : arguments) {
      if (argument.operation() == Operation.INPUT) {
        all.addAll(merged(argument, slots.slot(argument), 0));
      } else if (delay(argument) > 0) {
        all.addAll(merged(argument, slots.input(), delay(argument)));
      }
    }
    return all;
  }

  /// Those of one stage, whose arguments are those of the predicate.
  List<MergedProduct> ofStage(int stage, Predicate<Node> isOfStage) {
    List<MergedProduct> all = new ArrayList<>();
    for (Node argument : arguments) {
      if (argument.operation() != Operation.INPUT && isOfStage.test(argument)) {
        all.addAll(merged(argument, slots.slot(argument), delay(argument)));
      }
    }
    return all;
  }

  private List<MergedProduct> merged(Node argument, int slot, int delay) {
    return cell.periods().isEmpty() ? adjoining(argument, slot, delay) : byModule(argument, slot);
  }

  private List<MergedProduct> adjoining(Node argument, int slot, int delay) {
    List<MergedProduct> merged = new ArrayList<>();
    Part whole = new Part(0, 0, 0, spec.size(argument));
    for (Node gate : gates.ordered()) {
      for (Node product : gates.of(gate).products()) {
        if (product.argument(0) == argument) {
          int offset = gates.offset(gate);
          MergedProduct open = merged.isEmpty() ? null : merged.getLast();
          boolean adjoins = open != null && open.gatesOffset() + open.rows() == offset;
          List<String> matrices = new ArrayList<>(adjoins ? open.matrices() : List.of());
          matrices.add(product.name());
          int rows = spec.size(product) + (adjoins ? open.rows() : 0);
          int begin = adjoins ? open.gatesOffset() : offset;
          if (adjoins) {
            merged.removeLast();
          }
          merged.add(new MergedProduct(matrices, whole, rows, slot, begin, 1, delay));
        }
      }
    }
    return merged;
  }

  /// Each module's rows by themselves. A module reads all of the input, and of a state its own
  /// units and those of slower modules, which come after it.
  private List<MergedProduct> byModule(Node argument, int slot) {
    List<MergedProduct> all = new ArrayList<>();
    int width = spec.hidden() / cell.periods().size();
    for (Node gate : gates.ordered()) {
      for (Node product : gates.of(gate).products()) {
        for (int module = 0;
            product.argument(0) == argument && module < cell.periods().size();
            module++) {
          int from = module * width;
          int firstColumn = argument.operation() == Operation.STATE ? from : 0;
          all.add(
              new MergedProduct(
                  List.of(product.name()),
                  new Part(from, width, firstColumn, spec.size(argument)),
                  width,
                  slots.shifted(slot, firstColumn),
                  gates.offset(gate) + from,
                  cell.periods().get(module),
                  0));
        }
      }
    }
    return all;
  }
}
