package io.kioku.internal.onnx.plan;

import io.kioku.format.ElementType;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.onnx.fuse.Fusion;
import io.kioku.internal.onnx.fuse.FusionGraph;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.composed.ComposedOperators;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Checks a graph and makes its plan: finds each node's operator, infers types and shapes, and
/// computes what depends on constants only. What cannot be is added to a list, and the rest is
/// looked at too.
final class PlanBuilder {
  private final Shared shared;
  private final Scope<Known> scope;
  private final List<PlannedNode> nodes = new ArrayList<>();
  private final Map<String, Constant> constants = new HashMap<>();

  private PlanBuilder(Shared shared, Scope<Known> outer) {
    this.shared = shared;
    this.scope = new Scope<>(outer);
  }

  /// What the builders of a model's graphs share.
  ///
  /// @param backends what recurrent layers may be computed with
  /// @param symbols the names of dimensions
  /// @param refusals what cannot be, one line each
  /// @param operators all that were made, to be closed with the model
  /// @param fuses whether nodes that belong together become one
  record Shared(
      List<LayerBackend> backends,
      Folder folder,
      Symbols symbols,
      List<String> refusals,
      List<Operator> operators,
      boolean fuses) {}

  /// Makes the plan of a graph.
  static Plan build(Graph graph, Shared shared) {
    List<Known> inputs = new ArrayList<>();
    for (ValueInfo input : graph.inputs()) { // a session keeps to what is declared
      inputs.add(Known.of(input.type(), input.dims()));
    }
    Plan plan = new PlanBuilder(shared, null).plan(graph, inputs);
    for (ValueInfo input : graph.inputs()) {
      checkTensor(input, "input", shared);
    }
    for (ValueInfo output : plan.outputs()) {
      checkTensor(output, "output", shared);
    }
    return plan;
  }

  /// Sequences stay inside a model.
  private static void checkTensor(ValueInfo value, String what, Shared shared) {
    if (value.isSequence()) {
      shared.refusals.add("%s '%s' is a sequence, expected a tensor".formatted(what, value.name()));
    }
  }

  private Plan plan(Graph graph, List<Known> inputs) {
    for (Map.Entry<String, Constant> initializer : graph.initializers().entrySet()) {
      constant(initializer.getKey(), initializer.getValue());
    }
    for (int i = 0; i < inputs.size(); i++) {
      define(graph.inputs().get(i).name(), inputs.get(i), "an input");
    }
    for (GraphNode node : graph.nodes()) {
      node(node);
    }
    List<ValueInfo> outputs = new ArrayList<>();
    List<Known> results = new ArrayList<>();
    for (ValueInfo output : graph.outputs()) {
      Known known = scope.get(output.name());
      outputs.add(output(output, known));
      results.add(known == null ? Known.NOTHING : known);
    }
    return new Plan(fused(outputs), graph.inputs(), outputs, results, Map.copyOf(constants));
  }

  /// The nodes, those that belong together as one.
  private List<PlannedNode> fused(List<ValueInfo> outputs) {
    if (!shared.fuses || nodes.size() < 2 || !shared.refusals.isEmpty()) {
      return List.copyOf(nodes);
    }
    FusionGraph graph =
        new FusionGraph(
            nodes,
            outputs.stream().map(ValueInfo::name).toList(),
            constants,
            scope::get,
            shared.folder.arena(),
            shared.folder.limits().threads());
    Fusion.all(graph);
    for (PlannedNode node : graph.nodes()) {
      if (!shared.operators.contains(node.operator())) {
        shared.operators.add(node.operator());
      }
    }
    return graph.nodes();
  }

  private void constant(String name, Constant constant) {
    define(name, Known.of(constant), "an initializer");
    constants.put(name, constant);
  }

  private void define(String name, Known known, String who) {
    if (!scope.put(name, known)) {
      refuse("'%s' is given a value twice, the second time by %s".formatted(name, who));
    }
  }

  private void refuse(String problem) {
    shared.refusals.add(problem);
  }

  private ValueInfo output(ValueInfo declared, Known known) {
    if (known == null) {
      refuse("output '%s' is computed by no node".formatted(declared.name()));
      return declared;
    }
    return new ValueInfo(
        declared.name(),
        known.type() == null ? declared.type() : known.type(),
        known.dims() == null ? declared.dims() : known.dims(),
        known.isSequence());
  }

  private void node(GraphNode node) {
    List<Known> inputs = new ArrayList<>();
    boolean complete = true;
    for (String input : node.inputs()) {
      Known known = input.isEmpty() ? null : scope.get(input);
      if (known == null && !input.isEmpty()) {
        refuse("%s: reads '%s', which nothing before it gives".formatted(node, input));
        complete = false;
      }
      inputs.add(known);
    }
    if (complete && ComposedOperators.has(node)) {
      parts(node, inputs);
      return;
    }
    Operator operator = complete ? operator(node, inputs) : null;
    LoadInference inference = new LoadInference(node, inputs, shared.folder);
    if (operator != null) {
      try {
        checkSequences(node, operator, inputs);
        operator.infer(inference);
        inference.checkInputs();
      } catch (RuntimeException e) {
        refuse(node + ": " + Failure.reason(e, shared.symbols));
      }
    }
    Map<String, Constant> folded =
        operator == null ? Map.of() : fold(node, operator, inputs, inference);
    List<ValueInfo> outputs = new ArrayList<>();
    for (int i = 0; i < node.outputs().size(); i++) {
      String name = node.outputs().get(i);
      Known known = inference.output(i);
      outputs.add(new ValueInfo(name, known.type(), known.dims(), known.isSequence()));
      if (!name.isEmpty()) {
        Constant constant = folded.get(name);
        define(name, constant == null ? known : Known.of(constant), node.toString());
      }
    }
    constants.putAll(folded);
    if (folded.isEmpty() && operator != null) {
      nodes.add(new PlannedNode(node, operator, outputs));
    }
  }

  private static void checkSequences(GraphNode node, Operator operator, List<Known> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i) != null && inputs.get(i).isSequence() && !operator.takesSequences()) {
        throw Operator.refusalOfSequence(node.inputs().get(i));
      }
    }
  }

  private Operator operator(GraphNode node, List<Known> inputs) {
    try {
      Operator operator = Operators.of(node, new Context(inputs));
      shared.operators.add(operator);
      refuseUnread(node);
      return operator;
    } catch (RuntimeException e) {
      refuse(node + ": " + Failure.reason(e, shared.symbols));
      return null;
    }
  }

  private void refuseUnread(GraphNode node) {
    if (!node.attributes().unread().isEmpty()) {
      refuse(
          "%s: attribute %s is not supported"
              .formatted(node, String.join(", ", node.attributes().unread())));
    }
  }

  /// Plans the nodes that a node stands for.
  private void parts(GraphNode node, List<Known> inputs) {
    try {
      List<GraphNode> parts = ComposedOperators.nodes(node, new Context(inputs));
      refuseUnread(node);
      parts.forEach(this::node);
    } catch (RuntimeException e) {
      refuse(node + ": " + Failure.reason(e, shared.symbols));
    }
    for (String output : node.outputs()) {
      if (!output.isEmpty() && scope.get(output) == null) { // refused; others may read it
        define(output, Known.NOTHING, node.toString());
      }
    }
  }

  /// The outputs' values, by name, if all inputs are known; nothing if they are not or it takes too
  /// much.
  private Map<String, Constant> fold(
      GraphNode node, Operator operator, List<Known> inputs, LoadInference inference) {
    if (!inference.constants().isEmpty()) {
      return inference.constants();
    }
    if (operator.isRandom()
        || !shared.refusals.isEmpty()
        || !node.attributes().graphs().isEmpty()) {
      return Map.of();
    }
    Map<String, Constant> values = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      Known known = inputs.get(i);
      if (known != null && known.constant() == null) {
        return Map.of();
      }
      if (known != null) {
        values.put(node.inputs().get(i), known.constant());
      }
    }
    List<ValueInfo> outputs = new ArrayList<>();
    for (int i = 0; i < node.outputs().size(); i++) {
      Known known = inference.output(i);
      if (known.isSequence()) {
        return Map.of(); // no constant
      }
      outputs.add(new ValueInfo(node.outputs().get(i), known.type(), known.dims()));
    }
    try {
      return shared.folder.fold(new PlannedNode(node, operator, outputs), values);
    } catch (RuntimeException e) {
      refuse(node + ": " + Failure.reason(e, shared.symbols));
      return Map.of();
    }
  }

  /// What an operator sees of this.
  private final class Context implements OperatorContext {
    private final List<Known> inputs;

    Context(List<Known> inputs) {
      this.inputs = inputs;
    }

    @Override
    public Constant constant(int input) {
      return input(input).constant();
    }

    @Override
    public Known input(int input) {
      return input < inputs.size() && inputs.get(input) != null ? inputs.get(input) : Known.NOTHING;
    }

    @Override
    public List<LayerBackend> backends() {
      return shared.backends;
    }

    @Override
    public int threads() {
      return shared.folder.limits().threads();
    }

    @Override
    public Body body(Graph graph, List<Known> given) {
      List<ValueInfo> declared = graph.inputs();
      if (declared.size() != given.size()) {
        throw new Refusal(
            "graph '%s' has %d inputs, expected %d"
                .formatted(graph.name(), declared.size(), given.size()));
      }
      List<Known> known = new ArrayList<>();
      for (int i = 0; i < given.size(); i++) {
        ElementType type = given.get(i).type();
        ElementType other = declared.get(i).type();
        if (type != null && other != null && type != other) {
          throw new Refusal(
              "'%s' is declared as %s, and given %s"
                  .formatted(declared.get(i).name(), other, type));
        }
        boolean isSequence = given.get(i).isSequence() || declared.get(i).isSequence();
        known.add(new Known(type == null ? other : type, given.get(i).dims(), null, isSequence));
      }
      return new PlanBuilder(shared, scope).plan(graph, known);
    }
  }
}
