package io.kioku.internal.onnx.stream;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What becomes of recurrent layers: h and c become states of the graph.
final class RecurrentRules {
  private static final int LENGTHS = 4;
  private static final int INITIAL = 5;

  private RecurrentRules() {}

  static List<Fact> recurrent(NodeFacts node, Set<String> bound, String... states) {
    List<Axis> x = node.axes(0);
    boolean isBatchFirst = node.node().attributes().integer("layout", 0) != 0;
    Axis time = x.get(isBatchFirst ? 1 : 0);
    int batchAxis = isBatchFirst ? 0 : 1;
    Axis batch = x.get(batchAxis);
    node.seeds().steps(time);
    boolean isOverTime = node.isTime(time);
    if (isOverTime) {
      checkSteps(node, time, batch);
    }
    String direction = node.node().attributes().text("direction", "forward");
    Axis directions = Axis.of(direction.equals("bidirectional") ? 2 : 1);
    long[] w = node.inputInfos().get(1).dims();
    boolean isDynamic = node.node().operator().equals("DynamicQuantizeLSTM");
    long[] r = node.inputInfos().get(2).dims();
    long hidden =
        node.node().attributes().integer("hidden_size", r == null ? -1 : r[isDynamic ? 1 : 2]);
    if (hidden < 1 || w == null) {
      throw new Refusal("its hidden size is not known");
    }
    Axis h = Axis.of(hidden);
    List<Axis> y =
        isBatchFirst ? List.of(batch, time, directions, h) : List.of(time, directions, batch, h);
    List<Axis> last = isBatchFirst ? List.of(batch, directions, h) : List.of(directions, batch, h);
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < node.node().outputs().size(); i++) {
      facts.add(Fact.of(i == 0 ? y : last));
    }
    if (isOverTime && node.changes() != null) {
      long[] dims = isBatchFirst ? new long[] {-1, 1, hidden} : new long[] {1, -1, hidden};
      dims[batchAxis] = node.dims(0)[batchAxis];
      carry(node, bound, dims, batchAxis, batch, states);
    }
    return facts;
  }

  private static void checkSteps(NodeFacts node, Axis time, Axis batch) {
    String direction = node.node().attributes().text("direction", "forward");
    if (!direction.equals("forward")) {
      throw new Refusal(
          direction.equals("reverse") ? "it runs backwards" : "one of its directions is backward");
    }
    CarriedStates.checkPlain(time);
    if (node.isTime(batch)) {
      throw new Refusal("its batch is over time, too");
    }
    if (node.has(LENGTHS)) {
      Fact lengths = node.fact(LENGTHS);
      boolean isWhole =
          lengths.sizes() != null && lengths.sizes().stream().allMatch(size -> size.equals(time));
      boolean isGiven =
          node.constants().get(LENGTHS) == null
              && !lengths.varies()
              && !lengths.countsTime(node.labels());
      if (!isWhole && !isGiven) {
        throw new Refusal("its sequence_lens are those of the whole");
      }
    }
  }

  /// Gives a recurrent layer its states.
  private static void carry(
      NodeFacts node, Set<String> bound, long[] dims, int axis, Axis batch, String... states) {
    GraphNode old = node.node();
    List<String> inputs = new ArrayList<>(old.inputs());
    List<String> outputs = new ArrayList<>(old.outputs());
    for (int i = 0; i < states.length; i++) {
      Constant initial = CarriedStates.initial(node, INITIAL + i, bound);
      if (CarriedStates.isBound(node, INITIAL + i, bound)) {
        continue;
      }
      String last = CarriedStates.output(node, outputs, 1 + i, states[i]);
      ElementType type = node.inputInfos().getFirst().type();
      String input =
          node.changes().state(old, states[i], type, dims.clone(), axis, batch, initial, last);
      CarriedStates.set(inputs, INITIAL + i, input);
    }
    node.changes().put(CarriedStates.with(old, inputs, outputs));
  }
}
