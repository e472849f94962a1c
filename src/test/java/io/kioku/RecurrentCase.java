package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// A network with weights, an input, initial states and lengths: what every backend must compute
/// alike.
@SuppressWarnings("ArrayRecordComponent") // never compared
record RecurrentCase(
    Network network,
    Weights weights,
    int steps,
    int batch,
    float[] x,
    Map<String, float[]> states,
    int[] lengths) {
  /// Sizes at and around the widths of vector registers and blocks.
  private static final int[] SIZES = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257};

  /// Multiplications that the reference may take for one case.
  private static final long MOST_WORK = 12_000_000;

  /// What most networks are made of; every cell of the library has cases of its own.
  private static final List<Cell> COMMON_CELLS =
      List.of(
          Cells.LSTM,
          Cells.GRU,
          Cells.GRU_RESET_BEFORE,
          Cells.RNN_TANH,
          Cells.RNN_RELU,
          Cells.LINEAR);

  /// Cells that no library knows, each with something that the known ones lack.
  static final List<Cell> USER_CELLS =
      List.of(
          Cell.of(
              "minimal gated unit",
              """
              f = sigmoid(W_f x + R_f h + b_f)
              n = tanh(W_n x + R_n (f * h) + b_n)
              h' = (1 - f) * h + f * n
              """),
          Cell.of(
              "peephole LSTM",
              """
              i = sigmoid(W_i x + R_i h + p_i * c + b_i)
              f = sigmoid(W_f x + R_f h + p_f * c + b_f)
              c' = f * c + i * tanh(W_g x + R_g h + b_g)
              o = sigmoid(W_o x + R_o h + p_o * c' + b_o)
              h' = o * tanh(c')
              """),
          Cell.of("swap", "h' = tanh(c + W_h x)\nc' = h"),
          Cell.of("three in a ring", "h' = c\nc' = d\nd' = tanh(h + W_d x + b_d)"),
          Cell.of(
              "highway",
              """
              t = sigmoid(W_t x + R_t h + b_t)
              h' = t * relu(W_a (p_x * x) + V_a (tanh(W_b h))) + (1 - t) * h
              """),
          Cell.of("constants", "h' = max(0.25 * h - 0.5, min(tanh(W_h x), 0.75)) - -0.125"),
          Cell.of(
              "exponential",
              """
              n' = 0.5 * n + exp(-relu(W_n x + b_n))
              h' = log(1 + exp(W_h x + R_h h)) * 0.1 - log(n') * 0.01
              """),
          Cell.of("shared matrix", "u = R_a h\nh' = tanh(u * W_u x + u + R_a (h * h) + k_h)"),
          Cell.of(
              "deep in one step",
              """
              a = tanh(W_a x + R_a h)
              b = tanh(R_b a + b_b)
              d = tanh(R_d (a * b) - R_e b)
              h' = d + 0.5 * h
              """),
          Cell.of(
              "normalised where it lies",
              """
              a = norm(k_a, W_a x)
              u = W_u x + R_u h
              h' = tanh(a * sigmoid(M_k k_a) + norm(u, k_b) * p_a + M_u u)
              """),
          Cell.of("constant with periods", "h'[1, 2] = 0.5 * c\nc'[1, 2] = -0.75"),
          Cell.of("bias only", "h' = b_h + 0 * x * sigmoid(R_h c)\nc' = 0.5 * c + d_c"),
          crowded());

  /// More values alive at once than there are registers.
  private static Cell crowded() {
    StringBuilder text = new StringBuilder();
    StringBuilder sum = new StringBuilder("h' = 0.02 * (c");
    for (int k = 0; k < 24; k++) {
      text.append("a%d = tanh(h * p_%d + c)\n".formatted(k, k));
      sum.append(" + a%d * a%d".formatted(k, 23 - k));
    }
    return Cell.of("crowded", text + sum.append(")\nc' = tanh(W_c x + 0.1 * a0)").toString());
  }

  /// A case of one of the known cells or of the users'.
  static RecurrentCase random(RandomGenerator random) {
    Cell cell =
        random.nextInt(3) == 0
            ? USER_CELLS.get(random.nextInt(USER_CELLS.size()))
            : COMMON_CELLS.get(random.nextInt(COMMON_CELLS.size()));
    return random(cell, MOST_WORK, random);
  }

  /// A case of one cell.
  ///
  /// @param mostWork the multiplications that it may take
  static RecurrentCase random(Cell cell, long mostWork, RandomGenerator random) {
    while (true) {
      int hidden = SIZES[random.nextInt(SIZES.length)];
      if (cell.nodes().stream().anyMatch(n -> n.operation() == Operation.NORM)) {
        // Two or three units may lie as close together as rounding errors; normalised, these are
        // magnified up to 1 / sqrt(1e-5) = 316 times, in float32 whoever computes.
        hidden = Math.max(hidden, 7);
      }
      int modules = Math.max(1, cell.periods().size());
      hidden = (hidden + modules - 1) / modules * modules;
      boolean readsInputBelow = cell.below().stream().anyMatch(s -> cell.size(s) == Size.INPUT);
      boolean one = cell.inputIsOutput() || readsInputBelow;
      Network network =
          Network.of(cell, one ? hidden : SIZES[random.nextInt(SIZES.length)], hidden);
      if (cell.size("h") == Size.PROJECTED && !one && random.nextBoolean()) {
        network = network.projection(SIZES[random.nextInt(SIZES.length)]);
      }
      network = network.layers(1 + random.nextInt(3));
      network = random.nextBoolean() && !one ? network.bidirectional() : network;
      network = random.nextInt(4) == 0 ? network.withoutBias() : network;
      network = random.nextBoolean() ? network.batchFirst() : network;
      int steps =
          random.nextInt(8) == 0 ? SIZES[random.nextInt(SIZES.length)] : 1 + random.nextInt(8);
      int batch =
          random.nextInt(8) == 0 ? SIZES[random.nextInt(SIZES.length)] : 1 + random.nextInt(8);
      long weights = network.parameters().values().stream().mapToLong(RecurrentCase::count).sum();
      if (weights * steps * batch <= mostWork) {
        return of(network, steps, batch, random);
      }
    }
  }

  static RecurrentCase of(Network network, int steps, int batch, RandomGenerator random) {
    float[] x = uniform(steps * batch * network.inputWidth(), 1, random);
    for (int i = network.inputSize();
        network.cell().hasScore() && i < x.length;
        i += network.inputWidth()) {
      x[i] = Math.abs(x[i]); // a score is a probability
    }
    Map<String, float[]> states = new LinkedHashMap<>();
    if (random.nextBoolean()) {
      for (String state : network.cell().states()) {
        Size size = network.cell().size(state);
        int count =
            IntStream.range(0, network.layers() * network.directions())
                .map(i -> batch * network.spec(i / network.directions(), 0).of(size))
                .sum();
        states.put(state, state(network.cell(), state, uniform(count, 1, random)));
      }
    }
    int[] lengths = null;
    if (random.nextInt(3) == 0) {
      lengths = new int[batch];
      Arrays.setAll(lengths, n -> random.nextInt(steps + 1));
    }
    return new RecurrentCase(network, weights(network, random), steps, batch, x, states, lengths);
  }

  /// A clock counts steps, and what stands under a logarithm or a fraction is positive; other
  /// states may have any sign.
  static float[] state(Cell cell, String state, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (state.equals("clock")) {
        values[i] = (float) Math.floor(Math.abs(values[i]) * (cell.cycle() - 1));
      } else if (state.equals("n")) {
        values[i] = 0.5f + Math.abs(values[i]);
      }
    }
    return values;
  }

  /// Weights as PyTorch begins with: uniform within 1 / sqrt(H), that of the first layer.
  static Weights weights(Network network, RandomGenerator random) {
    float bound = (float) (1 / Math.sqrt(network.layer(0).hiddenSize()));
    Weights weights = Weights.none();
    for (var parameter : network.parameters().entrySet()) {
      float[] values = uniform((int) count(parameter.getValue()), bound, random);
      if (parameter.getKey().matches("(tau_k|r_on)_.*")) { // a period and a part of it
        for (int i = 0; i < values.length; i++) {
          values[i] = 0.3f + Math.abs(values[i]);
        }
      }
      weights = weights.with(parameter.getKey(), values, parameter.getValue());
    }
    return weights;
  }

  static float[] uniform(int count, float bound, RandomGenerator random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = bound * (2 * random.nextFloat() - 1);
    }
    return values;
  }

  private static long count(long[] shape) {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  int outputs() {
    return steps * batch * network.outputSize();
  }

  @Override
  public String toString() {
    return "%s T=%d N=%d lengths=%s states=%s"
        .formatted(network, steps, batch, Arrays.toString(lengths), states.keySet());
  }
}
