package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Cell;
import io.kioku.internal.backend.DirectedLayer;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.NetworkRunner;
import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Planner;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A node's weights, packed: once for all contexts if they are constants, else by each context.
final class RecurrentWeights implements AutoCloseable {
  /// Packs weights whose shapes have not been checked yet.
  @FunctionalInterface
  interface Packer {
    /// Packs them; on failure nothing is left open.
    ///
    /// @param weights by the number of the input; null where it is left out or no weight
    /// @throws Refusal if they cannot be
    List<PackedNetwork> pack(Constant[] weights);
  }

  private final int[] inputs;
  private final boolean[] given;
  private final Packer packer;
  private final List<PackedNetwork> shared; // null: the weights are not constants

  /// @param inputs the numbers of those that are weights, in rising order; the first two must be
  ///   given
  RecurrentWeights(GraphNode node, OperatorContext context, int[] inputs, Packer packer) {
    this.inputs = inputs;
    this.packer = packer;
    this.given = new boolean[inputs[inputs.length - 1] + 1];
    Constant[] constants = new Constant[given.length];
    boolean isConstant = true;
    for (int input : inputs) {
      given[input] = input < node.inputs().size() && !node.inputs().get(input).isEmpty();
      constants[input] = given[input] ? context.constant(input) : null;
      isConstant &= !given[input] || constants[input] != null;
    }
    this.shared = isConstant && given[inputs[0]] && given[inputs[1]] ? pack(constants) : null;
  }

  private List<PackedNetwork> pack(Constant[] weights) {
    try {
      return packer.pack(weights);
    } catch (IllegalArgumentException | ArithmeticException e) { // too large, say
      throw new Refusal(e.getMessage());
    }
  }

  /// Packs a layer.
  ///
  /// @param cells of its directions
  /// @param parameters one for each
  /// @param isReverse whether the one direction runs from the last step to the first
  static PackedNetwork layer(
      List<Cell> cells,
      List<Parameters> parameters,
      RecurrentSizes sizes,
      boolean isReverse,
      OperatorContext context) {
    int input = Math.toIntExact(sizes.input());
    int hidden = Math.toIntExact(sizes.hidden());
    LayerSpec.checkSizes(cells.getFirst(), input, hidden, cells.size());
    List<DirectedLayer> layers = new ArrayList<>();
    for (int direction = 0; direction < cells.size(); direction++) {
      LayerSpec spec = new LayerSpec(cells.get(direction), input, hidden, hidden);
      layers.add(new DirectedLayer(spec, 0, isReverse || direction == 1));
    }
    return new PackedNetwork(layers, parameters, context.backends(), context.threads());
  }

  /// A weight of real numbers; null if it is left out.
  ///
  /// @throws Refusal if it has another type
  static Constant real(String name, Constant weight) {
    if (weight != null && !weight.type().isReal()) {
      throw new Refusal(
          "input %s has type %s, expected real numbers".formatted(name, weight.type()));
    }
    return weight;
  }

  /// What the planner would compute with, alone and in a crowd.
  String backend() {
    if (shared == null) {
      return "kioku";
    }
    Planner planner = shared.getFirst().planner(0);
    String alone = planner.choose(Integer.MAX_VALUE, 1, false).name();
    String crowd = planner.choose(Integer.MAX_VALUE, 64, false).name();
    return alone.equals(crowd) ? alone : alone + "/" + crowd;
  }

  @Override
  public void close() {
    if (shared != null) {
      shared.forEach(PackedNetwork::close);
    }
  }

  /// What runs a node's packed weights in one context. Where they are values of the context, they
  /// are compared with those of the run before, byte by byte, and packed anew if they have changed.
  static final class Runners implements AutoCloseable {
    private final RecurrentWeights weights;
    private final Value[] values; // by input; null: left out or no weight
    private final Value[] last; // copies of them
    private final List<OwnMemory> runners = new ArrayList<>();
    private List<PackedNetwork> own = List.of();

    Runners(RecurrentWeights weights, KernelContext context) {
      this.weights = weights;
      values = new Value[weights.given.length];
      last = new Value[values.length];
      for (int input : weights.inputs) {
        values[input] = context.in(input);
        last[input] = values[input] == null ? null : context.scratch();
      }
    }

    /// The runner of one of the networks, ready for a run.
    NetworkRunner get(int network) {
      return runners.get(network).runner;
    }

    /// Makes the runners fit the weights. Allocates nothing while these stay the same.
    void refresh() {
      if (weights.shared != null) {
        if (runners.isEmpty()) {
          open(weights.shared);
        }
      } else if (runners.isEmpty() || isChanged()) {
        pack();
      }
    }

    private boolean isChanged() {
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null && !isSame(values[i], last[i])) {
          return true;
        }
      }
      return false;
    }

    private static boolean isSame(Value a, Value b) {
      return a.type() == b.type()
          && Arrays.equals(a.dims(), b.dims())
          && a.data().mismatch(b.data()) < 0;
    }

    private void pack() {
      close();
      Constant[] constants = new Constant[values.length];
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null) {
          last[i].copy(values[i]);
          constants[i] = new Constant(values[i].type(), values[i].dims(), values[i].data());
        }
      }
      own = weights.pack(constants);
      open(own);
    }

    private void open(List<PackedNetwork> networks) {
      for (PackedNetwork network : networks) {
        runners.add(new OwnMemory(network));
      }
    }

    @Override
    public void close() {
      runners.forEach(OwnMemory::close);
      runners.clear();
      own.forEach(PackedNetwork::close);
      own = List.of();
    }
  }

  /// A runner with its memory, which goes when the weights change.
  private static final class OwnMemory implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final NetworkRunner runner;

    OwnMemory(PackedNetwork network) {
      runner = new NetworkRunner(network, arena);
    }

    @Override
    public void close() {
      try {
        runner.close();
      } finally {
        arena.close();
      }
    }
  }
}
