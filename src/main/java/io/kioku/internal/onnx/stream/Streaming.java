package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.graph.ValueInfo;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Makes a graph over whole sequences one over chunks of them: what its nodes carry from step to
/// step becomes states of the graph, so that chunks one after the other give what the whole would.
///
/// Which axes are time is found by following the axes of the inputs through the graph: those are,
/// over which a recurrent layer or a loop goes step by step. What then computes a step from later
/// ones, or in a way that is not known, is refused.
public final class Streaming {
  private final Graph graph;
  private final Map<String, ValueInfo> infos;
  private final Predicate<GraphNode> isElementwise;
  private final Set<String> bound;
  private final Labels labels = new Labels();
  private final List<Fact> inputs = new ArrayList<>();
  private final Set<GraphNode> live = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<String> refusals;

  private Streaming(
      Graph graph,
      Map<String, ValueInfo> infos,
      Predicate<GraphNode> isElementwise,
      Set<String> bound,
      List<String> refusals) {
    this.graph = graph;
    this.infos = infos;
    this.isElementwise = isElementwise;
    this.bound = bound;
    this.refusals = refusals;
  }

  /// The graph with its states.
  ///
  /// @param infos types and shapes of all values, as far as they are known
  /// @param isElementwise whether a node computes each element from those at its place
  /// @param bound inputs that carry a state already
  /// @param arena for what is put in
  /// @param refusals gets what cannot go through time chunk by chunk; the result is to be dropped
  ///   then
  public static StreamedGraph of(
      Graph graph,
      Map<String, ValueInfo> infos,
      Predicate<GraphNode> isElementwise,
      Set<String> bound,
      Arena arena,
      List<String> refusals) {
    return new Streaming(graph, infos, isElementwise, bound, refusals).streamed(arena);
  }

  private StreamedGraph streamed(Arena arena) {
    findLive();
    label();
    Seeds seeds = new Seeds();
    facts(seeds, null);
    findTime(seeds);
    Changes changes = new Changes(arena, new HashSet<>(infos.keySet()));
    Map<String, Fact> facts = facts(new Seeds(), changes);
    return new StreamedGraph(
        graph(changes),
        changes.states(),
        timeOfInputs(),
        timeOfOutputs(facts),
        batchesOfInputs(changes.batches()));
  }

  private Graph graph(Changes changes) {
    List<ValueInfo> in = new ArrayList<>(graph.inputs());
    List<ValueInfo> out = new ArrayList<>(graph.outputs());
    for (StreamState state : changes.states()) {
      in.add(state.input());
      out.add(new ValueInfo(state.output(), state.input().type(), null));
    }
    Map<String, Constant> constants = new LinkedHashMap<>(graph.initializers());
    constants.putAll(changes.constants());
    return new Graph(graph.name(), changes.nodes(), in, out, constants);
  }

  /// What nobody reads is left as it is.
  private void findLive() {
    Set<String> wanted = new HashSet<>();
    graph.outputs().forEach(output -> wanted.add(output.name()));
    for (GraphNode node : graph.nodes().reversed()) {
      if (node.outputs().stream().anyMatch(wanted::contains)) {
        live.add(node);
        wanted.addAll(node.inputs());
        wanted.addAll(StateRules.captured(node));
      }
    }
  }

  /// Names the open axes of the inputs; those that the file calls the same are the same.
  private void label() {
    Map<Long, Integer> named = new HashMap<>();
    for (ValueInfo input : graph.inputs()) {
      List<Axis> axes = input.dims() == null ? null : new ArrayList<>();
      Set<Long> own = new HashSet<>();
      for (int i = 0; axes != null && i < input.dims().length; i++) {
        long dim = input.dims()[i];
        if (dim >= 0) {
          axes.add(Axis.of(dim));
          continue;
        }
        int label = labels.fresh(null);
        boolean isNamed = dim != Symbols.UNKNOWN && own.add(dim);
        Integer other = isNamed ? named.putIfAbsent(dim, label) : null;
        if (other != null) {
          labels.unify(other, label);
        }
        axes.add(Axis.of(Atom.label(label)));
      }
      Fact fact = Fact.of(axes);
      inputs.add(bound.contains(input.name()) ? fact.varying() : fact);
    }
  }

  private void findTime(Seeds seeds) {
    Set<String> lost = new HashSet<>();
    boolean isFound = false;
    for (Axis axis : seeds.all()) {
      Atom single = axis.single();
      String origin = single == null ? null : labels.origin(single.label());
      if (origin != null) {
        lost.add(origin);
      } else if (single != null) {
        labels.makeTime(single.label());
        isFound = true;
      }
    }
    if (!isFound) {
      refusals.add(
          lost.isEmpty()
              ? "no recurrent layer, sum, loop or one-dimensional window goes over an open dimension"
                  + " of an input: export the model with a length of time that is not fixed"
              : "time cannot be followed from an input through " + String.join(", ", lost));
    }
  }

  /// What is known of all values.
  ///
  /// @param changes null: what is time is still to be found
  private Map<String, Fact> facts(Seeds seeds, Changes changes) {
    Map<String, Fact> facts = new HashMap<>();
    graph
        .initializers()
        .forEach((name, constant) -> {
          List<Axis> axes = new ArrayList<>();
          for (long dim : constant.dims()) {
            axes.add(Axis.of(dim));
          }
          facts.put(name, new Fact(axes, false, Sizes.of(constant), constant));
        });
    for (int i = 0; i < inputs.size(); i++) {
      facts.put(graph.inputs().get(i).name(), inputs.get(i));
    }
    for (GraphNode node : graph.nodes()) {
      if (changes != null) {
        changes.begin();
      }
      List<Fact> results = live.contains(node) ? results(node, facts, seeds, changes) : null;
      for (int i = 0; i < node.outputs().size(); i++) {
        facts.put(node.outputs().get(i), results == null ? Fact.LOST : results.get(i));
      }
      if (changes != null) {
        changes.end(node);
      }
    }
    return facts;
  }

  private List<Fact> results(
      GraphNode node, Map<String, Fact> facts, Seeds seeds, Changes changes) {
    NodeFacts known = known(node, facts, seeds, changes);
    List<Fact> captured = StateRules.captured(node).stream().map(facts::get).toList();
    if (isLost(known.inputs()) || isLost(captured)) {
      return Collections.nCopies(node.outputs().size(), Fact.LOST);
    }
    List<Fact> results = null;
    try {
      results = rule(known);
      check(known, captured, results);
    } catch (Refusal | ArithmeticException | IndexOutOfBoundsException e) {
      if (touchesTime(known, captured)) {
        refusals.add(node + ": " + e.getMessage());
        return Collections.nCopies(node.outputs().size(), Fact.LOST);
      }
      results = null;
    }
    boolean varies = known.inputs().stream().anyMatch(fact -> fact != null && fact.varies());
    varies |= touchesTime(known, captured);
    varies |= captured.stream().anyMatch(fact -> fact != null && fact.varies());
    List<Fact> all = new ArrayList<>();
    for (int i = 0; i < node.outputs().size(); i++) {
      Fact fact = results == null ? Fact.of(known.fresh(i)) : results.get(i);
      all.add(varies && fact.sizes() == null && !isSize(known, i) ? fact.varying() : fact);
    }
    return all;
  }

  private static boolean isLost(List<Fact> facts) {
    return facts.stream().anyMatch(Fact.LOST::equals);
  }

  /// Sizes, and the scales of a call's own quantization, are none of what the steps hold.
  private static boolean isSize(NodeFacts node, int output) {
    return switch (node.node().operator()) {
      case "Shape", "Size", "ConstantOfShape" -> true;
      case "DynamicQuantizeLinear" -> output > 0;
      default -> false;
    };
  }

  private NodeFacts known(GraphNode node, Map<String, Fact> facts, Seeds seeds, Changes changes) {
    List<Fact> in = new ArrayList<>();
    List<ValueInfo> inInfos = new ArrayList<>();
    List<Constant> constants = new ArrayList<>();
    for (String name : node.inputs()) {
      in.add(name.isEmpty() ? null : facts.get(name));
      inInfos.add(info(name));
      constants.add(graph.initializers().get(name));
    }
    List<ValueInfo> outInfos = node.outputs().stream().map(this::info).toList();
    return new NodeFacts(node, in, inInfos, outInfos, constants, labels, seeds, changes);
  }

  private ValueInfo info(String name) {
    ValueInfo info = infos.get(name);
    return info == null ? new ValueInfo(name, null, null) : info;
  }

  private List<Fact> rule(NodeFacts node) {
    List<Axis> sizes = sizes(node);
    List<Fact> facts = isElementwise.test(node.node()) ? AxisRules.elementwise(node) : null;
    facts = facts == null ? AxisRules.of(node) : facts;
    facts = facts == null ? WindowRules.of(node) : facts;
    facts = facts == null ? StateRules.of(node, bound) : facts;
    if (facts == null) {
      throw new Refusal("what it does with time is not known");
    }
    Constant fill = Fills.moved(node);
    List<Fact> results = new ArrayList<>();
    for (Fact fact : facts) {
      Fact filled = fill == null ? fact : fact.withFill(fill);
      results.add(sizes == null ? filled : filled.withSizes(sizes));
    }
    return results;
  }

  /// The sizes that a node gives.
  ///
  /// @throws Refusal if it makes something else of how many steps there are
  private List<Axis> sizes(NodeFacts node) {
    List<Axis> sizes = Sizes.of(node);
    if (sizes != null) {
      return sizes;
    }
    for (int i = 0; i < node.inputs().size(); i++) {
      Fact fact = node.inputs().get(i);
      boolean isShape =
          switch (node.node().operator()) {
            case "Reshape", "Expand" -> i == 1;
            case "ConstantOfShape" -> true;
            case "Slice" -> i > 0;
            case "LSTM", "GRU", "RNN", "DynamicQuantizeLSTM" -> i == 4;
            default -> false;
          };
      if (fact != null && !isShape && fact.countsTime(labels)) {
        throw new Refusal("it computes with the number of steps, which is another in each chunk");
      }
    }
    return null;
  }

  private boolean touchesTime(NodeFacts node, List<Fact> captured) {
    List<Fact> all = new ArrayList<>(node.inputs());
    all.addAll(captured);
    return all.stream()
        .anyMatch(fact -> fact != null && (fact.hasTime(labels) || fact.countsTime(labels)));
  }

  /// Refuses what puts into each step something that is only known after the last one.
  private void check(NodeFacts node, List<Fact> captured, List<Fact> results) {
    for (Fact fact : captured) {
      if (fact != null && (fact.varies() || fact.hasTime(labels) || fact.countsTime(labels))) {
        throw new Refusal("its graph reads values around it that differ from step to step");
      }
    }
    for (Fact result : results) {
      long times =
          result.axes() == null ? 0 : result.axes().stream().filter(labels::hasTime).count();
      if (times > 1) {
        throw new Refusal("it lets each step meet all others");
      }
      for (int i = 0; times > 0 && i < node.inputs().size(); i++) {
        Fact fact = node.inputs().get(i);
        boolean isCarried = bound.contains(node.node().inputs().get(i));
        if (fact != null && fact.varies() && !fact.hasTime(labels) && !isCarried) {
          throw new Refusal(
              "it puts into each step '%s', which depends on all of them"
                  .formatted(node.node().inputs().get(i)));
        }
      }
    }
  }

  private List<ValueAxis> timeOfInputs() {
    List<ValueAxis> all = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      List<Axis> axes = inputs.get(i).axes();
      for (int axis = 0; axes != null && axis < axes.size(); axis++) {
        if (labels.hasTime(axes.get(axis))) {
          int label = axes.get(axis).single().label();
          all.add(new ValueAxis(i, axis, labels.multiple(label)));
        }
      }
    }
    return all;
  }

  private List<ValueAxis> batchesOfInputs(List<Integer> batches) {
    List<ValueAxis> all = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      List<Axis> axes = inputs.get(i).axes();
      for (int axis = 0; axes != null && axis < axes.size(); axis++) {
        Atom single = axes.get(axis).single();
        if (single != null && batches.stream().anyMatch(l -> labels.same(l, single.label()))) {
          all.add(new ValueAxis(i, axis, 1));
        }
      }
    }
    return all;
  }

  private List<ValueAxis> timeOfOutputs(Map<String, Fact> facts) {
    List<ValueAxis> all = new ArrayList<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      String name = graph.outputs().get(i).name();
      Fact fact = facts.get(name);
      if (fact == null || fact.equals(Fact.LOST)) {
        continue;
      }
      if (fact.countsTime(labels)) {
        refusals.add("output '%s' tells how many steps there are".formatted(name));
      }
      for (int axis = 0; fact.axes() != null && axis < fact.axes().size(); axis++) {
        Axis of = fact.axes().get(axis);
        if (labels.hasTime(of)) {
          if (of.atoms().stream().anyMatch(atom -> !atom.isPlain())) {
            refusals.add(
                "output '%s' has more steps than the inputs: padding or windows have added them"
                    .formatted(name));
          }
          all.add(new ValueAxis(i, axis, 1));
        }
      }
    }
    return all;
  }
}
