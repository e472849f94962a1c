package io.kioku.cli;

import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.cell.Size;
import io.kioku.cell.Stack;
import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A tensor, a state or an input of a cell, with its sizes.
///
/// @param name of a tensor PyTorch's, of all else that in the equations
/// @param blocks how many parameters are stacked, each with the sizes that follow
/// @param sizes rows and columns of a matrix; the elements of a vector
/// @param what it holds
record CellFact(String name, int blocks, List<Size> sizes, String what) {
  /// The tensors of the first layer, in the order of [io.kioku.Network#parameters()].
  static List<CellFact> tensors(Cell cell) {
    List<CellFact> facts = new ArrayList<>();
    List<Parameter> own = new ArrayList<>(cell.parameters());
    for (Stack stack : cell.stacks()) {
      own.removeAll(stack.blocks());
      String blocks =
          stack.blocks().stream().map(Parameter::name).collect(Collectors.joining(", "));
      facts.add(tensor(stack.name(), stack.blocks().size(), stack.blocks().getFirst(), blocks));
    }
    own.forEach(p -> facts.add(tensor(p.name(), 1, p, p.name())));
    return facts;
  }

  private static CellFact tensor(String name, int blocks, Parameter parameter, String what) {
    List<Size> sizes =
        parameter.isMatrix()
            ? List.of(parameter.rows(), parameter.columns())
            : List.of(parameter.rows());
    return new CellFact(name + "_l0", blocks, sizes, what);
  }

  /// The states, the output first.
  static List<CellFact> states(Cell cell) {
    return cell.states().stream()
        .map(state ->
            new CellFact(
                state,
                1,
                List.of(cell.size(state)),
                state.equals("h")
                    ? "the output"
                    : cell.size(state) == Size.ONE ? "counts steps" : "kept for the next step"))
        .toList();
  }

  /// What a step reads beside the states.
  static List<CellFact> inputs(Cell cell) {
    List<CellFact> facts = new ArrayList<>();
    facts.add(new CellFact("x", 1, List.of(Size.INPUT), "the features"));
    if (cell.hasScore()) {
      facts.add(new CellFact("score", 1, List.of(Size.ONE), "behind the features in each row"));
    }
    for (String state : cell.below()) {
      facts.add(
          new CellFact(
              "below(%s)".formatted(state),
              1,
              List.of(cell.size(state)),
              "the new %s of the layer below".formatted(state)));
    }
    return facts;
  }

  /// The shape in letters: `(4H, I)`.
  String letters() {
    String shape = shape(Size::toString);
    return blocks == 1 ? shape : shape.replaceFirst("\\(", "(" + blocks);
  }

  /// The shape in numbers: `(1024, 256)`.
  String numbers(LayerSpec spec) {
    List<Integer> dims = dims(spec);
    return dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
  }

  /// How many values it has.
  long count(LayerSpec spec) {
    return dims(spec).stream().mapToLong(d -> d).reduce(1, Math::multiplyExact);
  }

  private List<Integer> dims(LayerSpec spec) {
    List<Integer> dims = new ArrayList<>(sizes.stream().map(spec::of).toList());
    dims.set(0, Math.multiplyExact(blocks, dims.getFirst()));
    return dims;
  }

  private String shape(Function<Size, String> shown) {
    return sizes.stream().map(shown).collect(Collectors.joining(", ", "(", ")"));
  }
}
