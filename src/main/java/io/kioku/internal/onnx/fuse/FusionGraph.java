package io.kioku.internal.onnx.fuse;

import io.kioku.format.ElementType;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.PlannedNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// The nodes of a planned graph while some are replaced by others: who gives a value, who reads it,
/// and what is known of it.
public final class FusionGraph {
  private final List<PlannedNode> nodes;
  private final Set<String> results;
  private final Map<String, Constant> constants;
  private final Function<String, Known> knowledge;
  private final SegmentAllocator allocator;
  private final int threads;
  private final Map<String, PlannedNode> producers = new HashMap<>();
  private final Map<String, Set<PlannedNode>> readers = new HashMap<>();

  /// A graph whose nodes are all planned.
  ///
  /// @param nodes in order
  /// @param results the values that the graph gives, which must stay
  /// @param constants what is added to them belongs to the graph
  /// @param knowledge what is known of a value, those of graphs around this one with it
  /// @param allocator where new constants live
  /// @param threads native threads of one call
  public FusionGraph(
      List<PlannedNode> nodes,
      Collection<String> results,
      Map<String, Constant> constants,
      Function<String, Known> knowledge,
      SegmentAllocator allocator,
      int threads) {
    this.nodes = new ArrayList<>(nodes);
    this.results = Set.copyOf(results);
    this.constants = constants;
    this.knowledge = knowledge;
    this.allocator = allocator;
    this.threads = threads;
    nodes.forEach(this::link);
  }

  /// The nodes as they are now, in order.
  public List<PlannedNode> nodes() {
    return List.copyOf(nodes);
  }

  /// Whether a node is still there.
  boolean has(PlannedNode node) {
    return nodes.contains(node);
  }

  private void link(PlannedNode node) {
    for (String output : node.node().outputs()) {
      producers.put(output, node);
    }
    for (String input : read(node.node())) {
      readers.computeIfAbsent(input, any -> new HashSet<>()).add(node);
    }
  }

  private void unlink(PlannedNode node) {
    node.node().outputs().forEach(producers::remove);
    read(node.node()).forEach(input -> readers.get(input).remove(node));
  }

  /// What a node reads, its branches and loops with it.
  private static Set<String> read(GraphNode node) {
    Set<String> names = new HashSet<>(node.inputs());
    for (Graph body : node.attributes().graphs()) {
      body.nodes().forEach(inner -> names.addAll(read(inner)));
      body.outputs().forEach(output -> names.add(output.name()));
    }
    names.remove("");
    return names;
  }

  // ---- what is known

  /// What is known of a value; nothing if it is left out.
  Known known(String value) {
    Known known = value.isEmpty() ? null : knowledge.apply(value);
    return known == null ? Known.NOTHING : known;
  }

  /// A value that is known; null if it is not, or left out.
  Constant constant(String value) {
    return known(value).constant();
  }

  /// The only value of a float32 constant; null if it is none.
  Float scalar(String value) {
    Constant constant = constant(value);
    return constant != null && constant.type() == ElementType.FLOAT && constant.size() == 1
        ? constant.data().get(ValueLayout.JAVA_FLOAT, 0)
        : null;
  }

  /// Whether a value is known to be float32.
  boolean isFloat(String value) {
    return known(value).type() == ElementType.FLOAT;
  }

  /// The size of a value's last dimension; negative if it is unknown.
  long lastDim(String value) {
    long[] dims = known(value).dims();
    return dims == null || dims.length == 0 ? -1 : dims[dims.length - 1];
  }

  // ---- neighbours

  /// What computes a value; null if no node of this graph does.
  PlannedNode producer(String value) {
    return producers.get(value);
  }

  /// What computes a value if it is this operator; null if it is not.
  PlannedNode producer(String value, String operator) {
    PlannedNode producer = producers.get(value);
    return producer != null && producer.node().qualifiedOperator().equals(operator)
        ? producer
        : null;
  }

  /// The only reader of a value; null if there are others, or it is a result.
  PlannedNode onlyReader(String value) {
    Set<PlannedNode> all = readers.getOrDefault(value, Set.of());
    return all.size() == 1 && !results.contains(value) ? all.iterator().next() : null;
  }

  /// Whether nobody but some nodes reads what a node gives.
  boolean isInside(PlannedNode node, Collection<PlannedNode> readers) {
    for (String output : node.node().outputs()) {
      if (results.contains(output)
          || !readers.containsAll(this.readers.getOrDefault(output, Set.of()))) {
        return false;
      }
    }
    return true;
  }

  /// Some of the graph's nodes, in its order.
  List<PlannedNode> inOrder(Collection<PlannedNode> some) {
    return nodes.stream().filter(some::contains).toList();
  }

  // ---- changes

  /// A constant for new nodes.
  String add(String name, Constant constant) {
    String unused = name;
    while (knowledge.apply(unused) != null || constants.containsKey(unused)) {
      unused += "'";
    }
    constants.put(unused, constant);
    return unused;
  }

  /// Memory for a new constant of float32.
  MemorySegment floats(long count) {
    return allocator
        .allocate(Math.max(64, count * Float.BYTES), 64)
        .asSlice(0, count * Float.BYTES);
  }

  /// Replaces nodes by one that stands where the last of them stood, and gives what that gave.
  ///
  /// @param replaced nothing of what they give is read elsewhere, but the last one's output
  /// @param inputs what the new one reads
  /// @param maker its operator
  void replace(
      Collection<PlannedNode> replaced,
      PlannedNode last,
      String operator,
      List<String> inputs,
      Attributes attributes,
      Function<OperatorContext, Operator> maker) {
    GraphNode old = last.node();
    GraphNode node =
        new GraphNode(
            old.name(), old.domain(), operator, old.version(), inputs, old.outputs(), attributes);
    replace(replaced, last, node, maker);
  }

  /// Replaces nodes by one whose operator is made from it.
  void replace(
      Collection<PlannedNode> replaced,
      PlannedNode last,
      GraphNode node,
      Function<OperatorContext, Operator> maker) {
    List<ValueInfo> outputs = last.outputs();
    PlannedNode by = new PlannedNode(node, maker.apply(new Context(node)), outputs);
    replaced.forEach(this::unlink);
    nodes.set(nodes.indexOf(last), by);
    nodes.removeAll(replaced);
    link(by);
  }

  /// What the operator of a new node sees.
  private final class Context implements OperatorContext {
    private final GraphNode node;

    Context(GraphNode node) {
      this.node = node;
    }

    @Override
    public Known input(int input) {
      if (input >= node.inputs().size()) {
        return Known.NOTHING;
      }
      Constant added = constants.get(node.inputs().get(input));
      return added == null ? known(node.inputs().get(input)) : Known.of(added);
    }

    @Override
    public Constant constant(int input) {
      return input(input).constant();
    }

    @Override
    public int threads() {
      return threads;
    }

    @Override
    public List<LayerBackend> backends() {
      throw new UnsupportedOperationException("no layer is fused");
    }

    @Override
    public Body body(Graph graph, List<Known> inputs) {
      throw new UnsupportedOperationException("no branch or loop is fused");
    }
  }
}
