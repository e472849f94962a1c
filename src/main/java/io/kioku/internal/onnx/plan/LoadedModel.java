package io.kioku.internal.onnx.plan;

import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.backend.onednn.OnednnBackend;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.onnx.graph.ExternalData;
import io.kioku.internal.onnx.graph.ForeignFile;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.GraphReader;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.graph.TensorReader;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.proto.ModelMessage;
import io.kioku.internal.onnx.proto.ModelMessage.OperatorSet;
import io.kioku.internal.onnx.proto.WireException;
import io.kioku.internal.onnx.stream.StreamedGraph;
import io.kioku.internal.onnx.stream.Streaming;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;

/// A model's plan with what its contexts share: constants, packed weights, compiled layers.
public final class LoadedModel implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final List<Operator> operators = new ArrayList<>();
  private final Symbols symbols = new Symbols();
  private final Limits limits;
  private final List<LayerBackend> backends;
  private final Origin origin;
  private final Plan plan;
  private final StreamedGraph streamed; // null unless it goes through time chunk by chunk

  /// What a file says about itself.
  ///
  /// @param producer the program that wrote it, with its version; empty if the file does not say
  /// @param irVersion the version of ONNX's file format
  /// @param operatorSets the version of each domain's operators; ONNX's own are `ai.onnx`
  public record Origin(String producer, long irVersion, SortedMap<String, Long> operatorSets) {}

  /// Reads, checks and plans a model.
  ///
  /// @param source what messages call it
  /// @param bytes the file's content, which is needed no more afterwards
  /// @param folder of external data; null if there may be none
  /// @param streaming the inputs that carry a state already, if what nodes carry from step to step
  ///   is to become states, too; null if not
  /// @throws ModelFailure if it is damaged, or needs what is not supported; lists all of it
  public LoadedModel(
      String source, MemorySegment bytes, Path folder, Limits limits, Set<String> streaming) {
    this.limits = limits;
    Kernels.get(); // says at once if the natives are missing
    this.backends = List.of(new OnednnBackend(), new LibkiokuBackend());
    boolean done = false;
    try {
      ModelMessage model = parse(source, bytes);
      origin = origin(model);
      Plan whole = plan(source, model, folder, streaming == null);
      streamed = streaming == null ? null : streamed(source, whole, streaming);
      plan = streamed == null ? whole : plan(source, streamed.graph(), true, new ArrayList<>());
      done = true;
    } catch (OutOfMemoryError e) {
      throw new ModelFailure(source + " needs more memory than there is", e);
    } catch (StackOverflowError e) {
      throw new ModelFailure(source + " has graphs that are nested too deeply", e);
    } catch (InternalError e) { // Java's word for a mapped file that has lost its end
      throw new ModelFailure(source + " or its data were changed while they were read", e);
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /// @param fuses whether nodes that belong together become one
  private Plan plan(String source, ModelMessage model, Path folder, boolean fuses) {
    List<String> refusals = new ArrayList<>();
    Graph graph;
    try (Arena files = Arena.ofConfined()) {
      TensorReader tensors = new TensorReader(new ExternalData(folder, files), arena);
      GraphReader reader = new GraphReader(tensors, symbols, refusals);
      graph = reader.read(model);
      if (reader.lacksData()) { // without it much else would seem to be missing
        throw new ModelFailure(source + " cannot be run", refusals);
      }
    }
    return plan(source, graph, fuses, refusals);
  }

  private Plan plan(String source, Graph graph, boolean fuses, List<String> refusals) {
    Plan made =
        PlanBuilder.build(
            graph,
            new PlanBuilder.Shared(
                backends, new Folder(arena, limits), symbols, refusals, operators, fuses));
    if (!refusals.isEmpty()) {
      throw new ModelFailure(source + " cannot be run", refusals);
    }
    return made;
  }

  /// What a plan's graph is, chunk by chunk. The plan ends here.
  private StreamedGraph streamed(String source, Plan whole, Set<String> bound) {
    List<String> refusals = new ArrayList<>();
    Map<String, ValueInfo> infos = new HashMap<>();
    whole.inputs().forEach(input -> infos.put(input.name(), input));
    whole
        .constants()
        .forEach((name, constant) ->
            infos.put(name, new ValueInfo(name, constant.type(), constant.dims())));
    List<GraphNode> nodes = new ArrayList<>();
    for (PlannedNode node : whole.nodes()) {
      nodes.add(node.node());
      node.outputs().forEach(output -> infos.put(output.name(), output));
    }
    Graph graph = new Graph(source, nodes, whole.inputs(), whole.outputs(), whole.constants());
    StreamedGraph made =
        Streaming.of(graph, infos, Operators::isElementwise, bound, arena, refusals);
    if (!refusals.isEmpty()) {
      throw new ModelFailure(source + " cannot be streamed", refusals);
    }
    closeOperators();
    return made;
  }

  private void closeOperators() {
    try {
      for (Operator operator : operators.reversed()) {
        operator.close();
      }
    } finally {
      operators.clear();
    }
  }

  private static ModelMessage parse(String source, MemorySegment bytes) {
    Optional<ForeignFile> foreign = ForeignFile.of(bytes);
    if (foreign.isPresent()) {
      throw new ModelFailure(source + " is no ONNX model: it " + foreign.get().text());
    }
    try {
      return ModelMessage.read(bytes);
    } catch (WireException e) {
      throw new ModelFailure(source + " is no ONNX model, or damaged: " + e.getMessage(), e);
    }
  }

  private static Origin origin(ModelMessage model) {
    SortedMap<String, Long> sets = new TreeMap<>();
    for (OperatorSet set : model.operatorSets()) {
      sets.put(set.domain().isEmpty() ? "ai.onnx" : set.domain(), set.version());
    }
    return new Origin(
        (model.producerName() + " " + model.producerVersion()).strip(), model.irVersion(), sets);
  }

  /// What the file says about itself.
  public Origin origin() {
    return origin;
  }

  /// The main graph's plan.
  public Plan plan() {
    return plan;
  }

  /// The states of the plan's graph, and where time is; null unless it was asked for.
  public StreamedGraph streamed() {
    return streamed;
  }

  /// The names of dimensions that are not fixed.
  public Symbols symbols() {
    return symbols;
  }

  /// What each context may use.
  public Limits limits() {
    return limits;
  }

  /// Shows all nodes and how deep they lie in branches and loops, each branch after its node.
  public void visit(ObjIntConsumer<PlannedNode> visitor) {
    visit(plan, 0, visitor);
  }

  private static void visit(Plan plan, int depth, ObjIntConsumer<PlannedNode> visitor) {
    for (PlannedNode node : plan.nodes()) {
      visitor.accept(node, depth);
      node.operator().bodies().forEach(body -> visit((Plan) body, depth + 1, visitor));
    }
  }

  @Override
  public void close() {
    try {
      closeOperators();
    } finally {
      arena.close();
    }
  }
}
