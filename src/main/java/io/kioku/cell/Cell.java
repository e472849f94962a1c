package io.kioku.cell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

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
/// - `+`, `-`, `*` and `/` work element by element, as do sigmoid, tanh, relu, exp, log, step, max, min and the
///   activations of ONNX: affine, clip, elu, hardsigmoid, leakyrelu, scaledtanh, softplus, softsign, thresholdedrelu.
/// - `floor(a)` rounds down, and `mod(a, b)` is `a - b * floor(a / b)`.
/// - `norm(a, b, …)` is `(a - mean) / sqrt(variance + 1e-5)` with the mean and variance of all arguments' elements;
///   `norm(a, eps=1e-3)` adds another number than 1e-5.
/// - `below(c)` is the new `c` of the layer below; zero in the lowest layer.
/// - `score` is one number for each step and stream, given behind the features of the input.
/// - `h'[1, 2, 4] = …` cuts a state into as many modules of H / 3 units; a module computes when the steps so far are a
///   multiple of its period, and keeps its value else. A matrix then multiplies the units of a module and of slower ones.
///
/// Cells are immutable. Two cells are the same in the sense of [#sameAs] if they differ in names and the order of
/// lines, sums and products only; a cell that is the same as a known one gets the known one's fast implementations.
public final class Cell {
  private final String name;
  private final String equations;
  private volatile Form form; // null until it is needed
  private volatile List<Stack> stacks; // these two likewise
  private volatile Canonical canonical;

  private Cell(String name, String equations) {
    this.name = Objects.requireNonNull(name, "name");
    this.equations = Objects.requireNonNull(equations, "equations");
  }

  /// Reads a cell.
  ///
  /// @param name what messages call it
  /// @param equations one equation a line
  /// @throws EquationException if the text is not a cell; it points at the character
  public static Cell of(String name, String equations) {
    Cell cell = new Cell(name, equations);
    cell.form();
    return cell;
  }

  /// A cell of this package, whose text is known to be right: it is read when it is first used, so
  /// that a program reads only those that it uses.
  static Cell known(String name, String equations) {
    return new Cell(name, equations);
  }

  /// What the text says. Read once: nodes are told apart by identity.
  private Form form() {
    if (form == null) {
      synchronized (this) {
        if (form == null) {
          form = Form.read(name, equations);
        }
      }
    }
    return form;
  }

  private Canonical canonical() {
    if (canonical == null) {
      canonical = Canonical.of(this);
    }
    return canonical;
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
    return form().nodes();
  }

  /// The value of each equation by the name on its left (`i`, `c'`), in the order of the text.
  public Map<String, Node> values() {
    return java.util.Collections.unmodifiableMap(form().values());
  }

  /// The names of the states: `h` first, then the others in the order of the text.
  public List<String> states() {
    return form().states();
  }

  /// The value that a state takes in this step.
  public Node update(String state) {
    return form().values().get(state + "'");
  }

  /// The parameters in the order in which the text names them.
  public List<Parameter> parameters() {
    return form().parameters();
  }

  /// How PyTorch's naming stacks the parameters into tensors.
  public List<Stack> stacks() {
    if (stacks == null) {
      stacks = Stack.of(this);
    }
    return stacks;
  }

  /// Who described the cell: the comment before the first equation; empty if there is none.
  public String source() {
    return equations
        .lines()
        .takeWhile(line -> line.isBlank() || line.strip().startsWith("#"))
        .map(line -> line.strip().replaceFirst("^#\\s*", ""))
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining(" "));
  }

  /// How many elements a state has; that of `h` is the output's.
  ///
  /// @param state one of [#states]
  public Size size(String state) {
    return update(state).size();
  }

  /// The periods of the modules, the fastest first; empty if all units compute at all steps.
  public List<Integer> periods() {
    return form().periods();
  }

  /// The steps after which all modules compute together again; 1 if there are none.
  public long cycle() {
    return form().cycle();
  }

  /// The states that a layer reads of the layer below, in the order of [#states].
  public List<String> below() {
    List<String> below = new ArrayList<>();
    for (String state : states()) {
      if (uses(Operation.BELOW, state)) {
        below.add(state);
      }
    }
    return below;
  }

  /// Whether a score is given with every step's input.
  public boolean hasScore() {
    return uses(Operation.SCORE, "");
  }

  /// Whether `x` is combined with the output element by element, so that both must be of one size.
  public boolean inputIsOutput() {
    for (Node node : nodes()) {
      if (node.operation() == Operation.INPUT && node.size() != Size.INPUT) {
        return true;
      }
    }
    return false;
  }

  private boolean uses(Operation operation, String name) {
    for (Node node : nodes()) {
      if (node.operation() == operation && node.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  /// Checks what only a layer's sizes can tell.
  ///
  /// @param hidden H
  /// @param projection P, if the output is to have a size of its own; else 0
  /// @throws EquationException if the modules do not divide H, or if there is no projection to have
  ///   that size
  public void checkSizes(int hidden, int projection) {
    List<Integer> periods = periods();
    if (!periods.isEmpty() && hidden % periods.size() != 0) {
      throw error(
          "%d periods cut the layer into as many modules, but H = %d is no multiple of %d: choose another H, or other periods"
              .formatted(periods.size(), hidden, periods.size()));
    }
    if (projection != 0 && size("h") != Size.PROJECTED) {
      throw error(
          "a projection to %d was asked for, but h' has the size of all else here: write it as a product, h' = P_h (…), or ask for none"
              .formatted(projection));
    }
  }

  private EquationException error(String problem) {
    Token output = form().output();
    return new EquationException(name, equations, output.line(), output.column(), problem);
  }

  /// Whether both cells compute the same but for names and the order of lines, sums and products.
  public boolean sameAs(Cell other) {
    return equations.equals(other.equations) || canonical().text().equals(other.canonical().text());
  }

  /// For a cell that is the [same][#sameAs], the names that it has for this cell's parameters and
  /// states.
  ///
  /// @throws IllegalArgumentException if the other cell is not the same
  public Map<String, String> namesIn(Cell other) {
    if (!sameAs(other)) {
      throw new IllegalArgumentException("cell " + other.name + " is not the same as " + name);
    }
    List<String> ours = canonical().names();
    List<String> theirs = other.canonical().names();
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < ours.size(); i++) {
      names.put(ours.get(i), theirs.get(i));
    }
    return names;
  }

  /// The nodes that a value needs, itself included, arguments first.
  public List<Node> needed(List<Node> roots) {
    boolean[] live = new boolean[nodes().size()];
    List<Node> open = new ArrayList<>(roots);
    while (!open.isEmpty()) {
      Node node = open.removeLast();
      if (!live[node.id()]) {
        live[node.id()] = true;
        open.addAll(node.arguments());
      }
    }
    List<Node> needed = new ArrayList<>();
    for (Node node : nodes()) {
      if (live[node.id()]) {
        needed.add(node);
      }
    }
    return needed;
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
