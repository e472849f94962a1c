package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// A network whose layers differ in cell, size and direction, with weights, an input, initial
/// states and a mask; and what it computes by hand: stream by stream and layer by layer, from
/// single layers that run forwards on the reference, over the steps that run.
@SuppressWarnings("ArrayRecordComponent") // never compared
record StackedCase(
    Network network,
    Weights weights,
    int steps,
    int batch,
    float[] x,
    Map<String, float[]> states,
    boolean[] mask) {
  private static final int[] SIZES = {1, 2, 3, 7, 8, 16, 17, 33};

  /// Units below which a norm may magnify rounding errors.
  private static final int NORM_UNITS = 7;

  /// What a network computed.
  record Result(float[] y, Map<String, float[]> states) {
    void assertNear(Result expected, double tolerance, Object what) {
      CaseResult.assertNear(expected.y, y, tolerance, what + ": output");
      expected.states.forEach((name, values) ->
          CaseResult.assertNear(values, states.get(name), tolerance, what + ": state " + name));
    }
  }

  /// A case of any cells but those that read the layer below, which cannot stand on another.
  static StackedCase random(RandomGenerator random) {
    List<Cell> cells = new ArrayList<>(Cells.all());
    cells.addAll(RecurrentCase.USER_CELLS);
    cells.removeIf(cell -> !cell.below().isEmpty());
    return random(cells, random);
  }

  /// A case of some cells.
  static StackedCase random(List<Cell> cells, RandomGenerator random) {
    int width = SIZES[random.nextInt(SIZES.length)];
    int layers = 1 + random.nextInt(3);
    Network network = null;
    for (int i = 0; i < layers; i++) {
      Cell cell = cells.get(random.nextInt(cells.size()));
      boolean isNorm = cell.nodes().stream().anyMatch(n -> n.operation() == Operation.NORM);
      int modules = Math.max(1, cell.periods().size());
      int hidden = Math.max(SIZES[random.nextInt(SIZES.length)], isNorm ? NORM_UNITS : 1);
      hidden = (hidden + modules - 1) / modules * modules;
      if (cell.inputIsOutput()) {
        if (width % modules != 0 || (isNorm && width < NORM_UNITS)) {
          i--;
          continue;
        }
        hidden = width;
      }
      Layer layer = Layer.of(cell, hidden);
      if (cell.size("h") == Size.PROJECTED && !cell.inputIsOutput() && random.nextBoolean()) {
        layer = layer.projection(SIZES[random.nextInt(SIZES.length)]);
      }
      layer =
          switch (random.nextInt(3)) {
            case 0 -> layer;
            case 1 -> layer.backwards();
            default -> layer.bidirectional();
          };
      layer = random.nextInt(4) == 0 ? layer.withoutBias() : layer;
      network = network == null ? Network.of(width, layer) : network.then(layer);
      width = network.outputSize();
    }
    network = random.nextBoolean() ? network.batchFirst() : network;
    return of(network, 1 + random.nextInt(9), 1 + random.nextInt(6), random);
  }

  static StackedCase of(Network network, int steps, int batch, RandomGenerator random) {
    float[] x = RecurrentCase.uniform(steps * batch * network.inputWidth(), 1, random);
    for (int i = network.inputSize();
        network.hasScore() && i < x.length;
        i += network.inputWidth()) {
      x[i] = Math.abs(x[i]);
    }
    Map<String, float[]> states = new TreeMap<>();
    for (int layer = 0; layer < network.layers(); layer++) {
      Cell cell = network.layer(layer).cell();
      for (String state : cell.states()) {
        int size = network.spec(layer, 0).stateSize(state);
        float[] values =
            RecurrentCase.uniform(network.layer(layer).directions() * batch * size, 1, random);
        states.put(key(layer, state), RecurrentCase.state(cell, state, values));
      }
    }
    Weights weights = Weights.none();
    for (var parameter : network.parameters().entrySet()) {
      int count = (int) Arrays.stream(parameter.getValue()).reduce(1, Math::multiplyExact);
      float[] values = RecurrentCase.uniform(count, 0.25f, random);
      weights = weights.with(parameter.getKey(), values, parameter.getValue());
    }
    return new StackedCase(network, weights, steps, batch, x, states, mask(steps, batch, random));
  }

  /// Steps that run, by time and stream: all, all up to some length, or any.
  private static boolean[] mask(int steps, int batch, RandomGenerator random) {
    boolean[] mask = new boolean[steps * batch];
    int kind = random.nextInt(3);
    for (int n = 0; n < batch; n++) {
      int length = kind == 1 ? random.nextInt(steps + 1) : steps;
      for (int t = 0; t < length; t++) {
        mask[t * batch + n] = kind < 2 || random.nextInt(3) > 0;
      }
    }
    return mask;
  }

  private static String key(int layer, String state) {
    return state + " of layer " + layer;
  }

  /// The times that a stream runs.
  List<Integer> times(int n) {
    List<Integer> times = new ArrayList<>();
    for (int t = 0; t < steps; t++) {
      if (mask[t * batch + n]) {
        times.add(t);
      }
    }
    return times;
  }

  /// Where a step's row of a stream lies in input and output.
  int row(int t, int n) {
    return network.isBatchFirst() ? n * steps + t : t * batch + n;
  }

  /// The mask in the order of x.
  boolean[] orderedMask() {
    boolean[] ordered = new boolean[mask.length];
    for (int t = 0; t < steps; t++) {
      for (int n = 0; n < batch; n++) {
        ordered[row(t, n)] = mask[t * batch + n];
      }
    }
    return ordered;
  }

  /// The input with NaN at all steps that do not run: it must not matter.
  float[] spoiledX() {
    float[] spoiled = x.clone();
    for (int t = 0; t < steps; t++) {
      for (int n = 0; n < batch; n++) {
        if (!mask[t * batch + n]) {
          int from = row(t, n) * network.inputWidth();
          Arrays.fill(spoiled, from, from + network.inputWidth(), Float.NaN);
        }
      }
    }
    return spoiled;
  }

  void begin(Session session) {
    for (int layer = 0; layer < network.layers(); layer++) {
      for (String state : network.layer(layer).cell().states()) {
        session.state().set(layer, state, states.get(key(layer, state)));
      }
    }
  }

  /// Runs the case as one masked call.
  Result run(Model model) {
    try (Session session = model.newSession(batch)) {
      begin(session);
      float[] y = new float[steps * batch * network.outputSize()];
      Arrays.fill(y, Float.NaN);
      session.runMasked(spoiledX(), y, orderedMask());
      Map<String, float[]> after = new TreeMap<>();
      for (int layer = 0; layer < network.layers(); layer++) {
        for (String state : network.layer(layer).cell().states()) {
          after.put(key(layer, state), session.state().get(layer, state));
        }
      }
      return new Result(y, after);
    }
  }

  Result run(Engine engine) {
    try (Model model = engine.compile(network, weights)) {
      return run(model);
    }
  }

  /// What it should be.
  Result byHand(Engine reference) {
    Map<String, float[]> after = new TreeMap<>();
    states.forEach((name, values) -> after.put(name, values.clone()));
    List<List<float[]>> streams = new ArrayList<>();
    for (int n = 0; n < batch; n++) {
      List<float[]> rows = new ArrayList<>();
      for (int t : times(n)) {
        int from = row(t, n) * network.inputWidth();
        rows.add(Arrays.copyOfRange(x, from, from + network.inputSize()));
      }
      streams.add(rows);
    }
    for (int layer = 0; layer < network.layers(); layer++) {
      List<List<float[]>> outputs = new ArrayList<>();
      for (int n = 0; n < batch; n++) {
        List<float[]> rows = new ArrayList<>();
        times(n).forEach(t -> rows.add(new float[0]));
        outputs.add(rows);
      }
      for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
        runLayer(reference, layer, direction, streams, outputs, after);
      }
      streams = outputs;
    }
    float[] y = new float[steps * batch * network.outputSize()];
    for (int n = 0; n < batch; n++) {
      for (int k = 0; k < times(n).size(); k++) {
        int to = row(times(n).get(k), n) * network.outputSize();
        System.arraycopy(streams.get(n).get(k), 0, y, to, network.outputSize());
      }
    }
    return new Result(y, after);
  }

  /// Appends a layer's output in one direction to that of the other.
  private void runLayer(
      Engine reference,
      int layer,
      int direction,
      List<List<float[]>> inputs,
      List<List<float[]>> outputs,
      Map<String, float[]> after) {
    Layer whole = network.layer(layer);
    Cell cell = whole.isBackward(direction) ? whole.backward() : whole.forward();
    Layer forwards =
        new Layer(cell, null, whole.hiddenSize(), whole.projectionSize(), whole.hasBias());
    Network single = Network.of(network.spec(layer, 0).input(), forwards);
    String suffix = network.suffix(layer, direction);
    Weights own = Weights.none();
    for (var parameter : network.parameters().entrySet()) {
      String name = parameter.getKey();
      if (name.endsWith(suffix)) {
        float[] values = weights.get(name, parameter.getValue()).toArray();
        String plain = name.substring(0, name.length() - suffix.length()) + "_l0";
        own = own.with(plain, values, parameter.getValue());
      }
    }
    try (Model model = reference.compile(single, own);
        Session session = model.newSession(1)) {
      for (int n = 0; n < batch; n++) {
        runStream(session, layer, direction, n, inputs.get(n), outputs.get(n), after);
      }
    }
  }

  private void runStream(
      Session session,
      int layer,
      int direction,
      int n,
      List<float[]> input,
      List<float[]> output,
      Map<String, float[]> after) {
    Layer whole = network.layer(layer);
    for (String state : whole.cell().states()) {
      int size = network.spec(layer, 0).stateSize(state);
      int from = (direction * batch + n) * size;
      float[] values = states.get(key(layer, state));
      session.state().set(state, Arrays.copyOfRange(values, from, from + size));
    }
    float[] y = new float[network.spec(layer, 0).output()];
    for (int k = 0; k < input.size(); k++) {
      int at = whole.isBackward(direction) ? input.size() - 1 - k : k;
      session.step(withScore(input.get(at), whole, times(n).get(at), n), y);
      float[] joined = Arrays.copyOf(output.get(at), output.get(at).length + y.length);
      System.arraycopy(y, 0, joined, output.get(at).length, y.length);
      output.set(at, joined);
    }
    for (String state : whole.cell().states()) {
      float[] values = session.state().get(state);
      int to = (direction * batch + n) * values.length;
      System.arraycopy(values, 0, after.get(key(layer, state)), to, values.length);
    }
  }

  private float[] withScore(float[] features, Layer layer, int t, int n) {
    if (!layer.cell().hasScore()) {
      return features;
    }
    float[] row = Arrays.copyOf(features, features.length + 1);
    row[features.length] = x[row(t, n) * network.inputWidth() + network.inputSize()];
    return row;
  }

  @Override
  public String toString() {
    return "%s T=%d N=%d mask=%s".formatted(network, steps, batch, Arrays.toString(mask));
  }
}
