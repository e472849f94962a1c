package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Axes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// What becomes of loops over slices: what they carry becomes states of the graph.
final class ScanRules {
  private ScanRules() {}

  static List<Fact> scan(NodeFacts node, Set<String> bound) {
    int scanned = node.node().attributes().small("num_scan_inputs", 0);
    int carried = node.node().inputs().size() - scanned;
    long[] axes = node.node().attributes().integers("scan_input_axes");
    Axis time = null;
    for (int k = 0; k < scanned; k++) {
      List<Axis> of = node.axes(carried + k);
      Axis axis = of.remove(Axes.of(axes == null ? 0 : axes[k], of.size()));
      if (of.stream().anyMatch(node::isTime)) {
        throw new Refusal("its steps are not over time, which they have within");
      }
      time = time == null ? axis : node.broadcast(time, axis);
    }
    node.seeds().steps(time);
    if (node.isTime(time)) {
      CarriedStates.checkPlain(time);
      checkForward(node, "scan_input_directions");
      checkForward(node, "scan_output_directions");
      if (node.changes() != null) {
        carryScan(node, bound, carried);
      }
    }
    List<Fact> facts = new ArrayList<>();
    long[] made = node.node().attributes().integers("scan_output_axes");
    for (int i = 0; i < node.node().outputs().size(); i++) {
      if (i < carried) {
        facts.add(Fact.of(node.fresh(i)));
        continue;
      }
      List<Axis> of = slices(node, i);
      of.add(Axes.of(made == null ? 0 : made[i - carried], of.size() + 1), time);
      facts.add(Fact.of(of));
    }
    return facts;
  }

  /// The axes of slices that are put together, as the loop's graph declares them.
  private static List<Axis> slices(NodeFacts node, int output) {
    ValueInfo slice = node.node().attributes().graph("body").outputs().get(output);
    if (slice.dims() == null) {
      throw new Refusal("the shape of output %d is not known".formatted(output));
    }
    return node.axes(slice.dims());
  }

  private static void checkForward(NodeFacts node, String name) {
    long[] directions = node.node().attributes().integers(name);
    if (directions != null && Arrays.stream(directions).anyMatch(direction -> direction != 0)) {
      throw new Refusal("it runs backwards");
    }
  }

  private static void carryScan(NodeFacts node, Set<String> bound, int carried) {
    List<String> inputs = new ArrayList<>(node.node().inputs());
    List<String> outputs = new ArrayList<>(node.node().outputs());
    for (int k = 0; k < carried; k++) {
      if (CarriedStates.isBound(node, k, bound)) {
        continue;
      }
      Constant initial = CarriedStates.initial(node, k, bound);
      List<Axis> axes = node.axes(k);
      ValueInfo info = node.inputInfos().get(k);
      long[] dims = node.dims(k);
      int axis = -1;
      for (int i = 0; i < dims.length; i++) {
        axis = axis < 0 && dims[i] < 0 ? i : axis;
      }
      String last = CarriedStates.output(node, outputs, k, "carried" + k);
      Axis batch = axis < 0 ? Axis.ONE : axes.get(axis);
      inputs.set(
          k,
          node.changes()
              .state(node.node(), "carry" + k, info.type(), dims, axis, batch, initial, last));
    }
    node.changes().put(CarriedStates.with(node.node(), inputs, outputs));
  }
}
