package io.kioku.cell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A recurrent cell: the equations of one time step, as a paper writes them. All else (parameters and their shapes,
/// the reference computation, the merged matrix products and the element-wise program) is derived from the text.
///
///     Cell lstm = Cell.of("LSTM", """
///         i  = sigmoid(W_i x + R_i h + b_i)
///         f  = sigmoid(W_f x + R_f h + b_f)
///         g  = tanh(W_g x + R_g h + b_g)
///         o  = sigmoid(W_o x + R_o h + b_o)
///         c' = f * c + i * g
///         h' = o * tanh(c')
///         """);
///
/// One equation a line, in any order; `#` begins a comment.
///
/// - `x` is the input, a vector of I elements. `h'` is the output, a vector of H elements; every cell has it.
/// - A name with a prime on the left is a state. Without the prime it is the value after the step before.
/// - A name that begins with a capital letter is a matrix and multiplies the vector after it: `W_i x`, `R_n (r * h)`.
/// - A lower-case name with an index and without an equation is a vector parameter: `b_i`.
/// - `+`, `-` and `*` work element by element, as do sigmoid, tanh, relu, exp, log, max and min.
///
/// Cells are immutable. Two cells are the same in the sense of [#sameAs] if they differ in names and the order of
/// lines, sums and products only; a cell that is the same as a known one gets the known one's fast implementations.
public final class Cell {
  private final String name;
  private final String equations;
  private final List<Node> nodes;
  private final Map<String, Node> values;
  private final List<String> states;
  private final List<Parameter> parameters;
  private final List<Stack> stacks;
  private final Canonical canonical;

  private Cell(String name, String equations) {
    this.name = name;
    this.equations = equations;
    CellParser parser = new CellParser(name, equations);
    this.values = parser.parse();
    this.nodes = parser.graph().nodes();
    this.states =
        Stream.concat(
                Stream.of("h"),
                values.keySet().stream()
                    .filter(v -> v.endsWith("'") && !v.equals("h'"))
                    .map(v -> v.substring(0, v.length() - 1)))
            .toList();
    Map<String, Parameter> found = new LinkedHashMap<>();
    for (Node node : nodes) {
      if (node.operation() == Operation.VECTOR) {
        found.put(node.name(), new Parameter(node.name(), node.size(), null));
      } else if (node.operation() == Operation.PRODUCT) {
        found.put(node.name(), new Parameter(node.name(), node.size(), node.argument(0).size()));
      }
    }
    this.parameters = parser.parameterNames().stream().map(found::get).toList();
    this.stacks = Stack.of(this);
    this.canonical = Canonical.of(this);
  }

  /// Reads a cell.
  ///
  /// @param name what messages call it
  /// @param equations one equation a line
  /// @throws EquationException if the text is not a cell; it points at the character
  public static Cell of(String name, String equations) {
    return new Cell(
        Objects.requireNonNull(name, "name"), Objects.requireNonNull(equations, "equations"));
  }

  /// What messages call the cell.
  public String name() {
    return name;
  }

  /// The text as given.
  public String equations() {
    return equations;
  }

  /// All values of a step, arguments before their users.
  public List<Node> nodes() {
    return nodes;
  }

  /// The value of each equation by the name on its left (`i`, `c'`), in the order of the text.
  public Map<String, Node> values() {
    return java.util.Collections.unmodifiableMap(values);
  }

  /// The names of the states: `h` first, then the others in the order of the text.
  public List<String> states() {
    return states;
  }

  /// The value that a state takes in this step.
  public Node update(String state) {
    return values.get(state + "'");
  }

  /// The parameters in the order in which the text names them.
  public List<Parameter> parameters() {
    return parameters;
  }

  /// How PyTorch's naming stacks the parameters into tensors.
  public List<Stack> stacks() {
    return stacks;
  }

  /// Whether `x` is combined with values of H elements, so that I must equal H.
  public boolean inputIsHidden() {
    return nodes.stream()
        .anyMatch(n -> n.operation() == Operation.INPUT && n.size() == Size.HIDDEN);
  }

  /// Whether both cells compute the same but for names and the order of lines, sums and products.
  public boolean sameAs(Cell other) {
    return canonical.text().equals(other.canonical.text());
  }

  /// For a cell that is the [same][#sameAs], the names that it has for this cell's parameters and
  /// states.
  ///
  /// @throws IllegalArgumentException if the other cell is not the same
  public Map<String, String> namesIn(Cell other) {
    if (!sameAs(other)) {
      throw new IllegalArgumentException("cell " + other.name + " is not the same as " + name);
    }
    List<String> ours = canonical.names();
    List<String> theirs = other.canonical.names();
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < ours.size(); i++) {
      names.put(ours.get(i), theirs.get(i));
    }
    return names;
  }

  /// The nodes that a value needs, itself included, arguments first.
  public List<Node> needed(List<Node> roots) {
    boolean[] live = new boolean[nodes.size()];
    List<Node> open = new ArrayList<>(roots);
    while (!open.isEmpty()) {
      Node node = open.removeLast();
      if (!live[node.id()]) {
        live[node.id()] = true;
        open.addAll(node.arguments());
      }
    }
    return nodes.stream().filter(n -> live[n.id()]).collect(Collectors.toList());
  }

  /// Whether the other is a cell of the same name and text.
  @Override
  public boolean equals(Object other) {
    return other instanceof Cell that && name.equals(that.name) && equations.equals(that.equations);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, equations);
  }

  /// The name.
  @Override
  public String toString() {
    return name;
  }
}
