package io.kioku.internal.onnx.stream;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.Chunks;
import io.kioku.onnx.TinyModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Random graphs of what can go chunk by chunk give what the whole gives; with one node more that
/// cannot, they are refused.
@Tag("tiers")
class RandomStreamsTest {
  private static final int GRAPHS = 150;
  private static final int STEPS = 24;

  /// A graph over (N, T, F) that grows node by node.
  private static final class Growing {
    private final SplittableRandom random;
    private final TinyModel model = new TinyModel(17);
    private final List<String> values = new ArrayList<>(); // all with as many features
    private int features = 4;
    private String last = "x";
    private int count;

    Growing(SplittableRandom random) {
      this.random = random;
      model
          .input("x", ElementType.FLOAT, -1, -2, features)
          .longs("zero", 0)
          .longs("one", 1)
          .longs("two", 2)
          .longs("most", Long.MAX_VALUE)
          .constant("timeAxis", NdArray.of(new long[] {1}));
      values.add(last);
    }

    private String name() {
      return "v" + count++;
    }

    private String array(long... dims) {
      int size = 1;
      for (long dim : dims) {
        size *= (int) dim;
      }
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = (float) random.nextDouble(-0.5, 0.5);
      }
      String name = name();
      model.constant(name, values, dims);
      return name;
    }

    private String node(String operator, Map<String, Object> attributes, String... inputs) {
      String name = name();
      model.node(operator, List.of(inputs), List.of(name), attributes);
      return name;
    }

    private String transposed(String x, long... order) {
      return node("Transpose", Map.of("perm", order), x);
    }

    private void then(String value, int newFeatures) {
      if (newFeatures != features) {
        values.clear();
        features = newFeatures;
      }
      last = value;
      values.add(value);
    }

    void grow() {
      switch (random.nextInt(10)) {
        case 0, 1 -> recurrent();
        case 2, 3 -> convolution();
        case 4 -> then(node("MatMul", Map.of(), last, array(features, 3)), 3);
        case 5 -> {
          String other = values.get(random.nextInt(values.size()));
          then(node(random.nextBoolean() ? "Add" : "Mul", Map.of(), last, other), features);
        }
        case 6 -> then(node(random.nextBoolean() ? "Tanh" : "Sigmoid", Map.of(), last), features);
        case 7 -> {
          String scale = array(features);
          // with an epsilon that does not make much of roundings where all features are alike
          Map<String, Object> attributes = Map.of("axis", -1, "epsilon", 0.1f);
          then(node("LayerNormalization", attributes, last, scale), features);
        }
        case 8 -> {
          String other = values.get(random.nextInt(values.size()));
          then(node("Concat", Map.of("axis", 2), last, other), 2 * features);
        }
        default -> sum();
      }
    }

    private void sum() {
      String small = node("Mul", Map.of(), last, array(1));
      String sum = node("CumSum", Map.of("exclusive", random.nextInt(2)), small, "timeAxis");
      then(node("Tanh", Map.of(), sum), features);
    }

    private void recurrent() {
      String operator = List.of("LSTM", "GRU", "RNN").get(random.nextInt(3));
      int gates = operator.equals("LSTM") ? 4 : operator.equals("GRU") ? 3 : 1;
      int hidden = 1 + random.nextInt(5);
      boolean isBatchFirst = random.nextBoolean();
      String x = isBatchFirst ? last : transposed(last, 1, 0, 2);
      String w = array(1, (long) gates * hidden, features);
      String r = array(1, (long) gates * hidden, hidden);
      String y =
          node(operator, Map.of("hidden_size", hidden, "layout", isBatchFirst ? 1 : 0), x, w, r);
      String whole = node("Squeeze", Map.of(), y, isBatchFirst ? "two" : "one");
      then(isBatchFirst ? whole : transposed(whole, 1, 0, 2), hidden);
    }

    private void convolution() {
      int channels = 1 + random.nextInt(4);
      int kernel = 1 + random.nextInt(4);
      int dilation = 1 + random.nextInt(3);
      int left = (kernel - 1) * dilation;
      String x = transposed(last, 0, 2, 1);
      String w = array(channels, features, kernel);
      String y;
      if (left > 0 && random.nextBoolean()) { // padded on both sides, and cut
        String to = name();
        model.longs(to, -left);
        long[] pads = {left, left};
        String c = node("Conv", Map.of("pads", pads, "dilations", new long[] {dilation}), x, w);
        y = node("Slice", Map.of(), c, "zero", to, "two");
      } else if (random.nextBoolean()) {
        String pads = name();
        model.longs(pads, 0, 0, left, 0, 0, 0);
        String p = node("Pad", Map.of(), x, pads);
        y = node("Conv", Map.of("dilations", new long[] {dilation}), p, w);
      } else {
        long[] pads = {left, 0};
        y = node("Conv", Map.of("pads", pads, "dilations", new long[] {dilation}), x, w);
      }
      then(transposed(y, 0, 2, 1), channels);
    }

    /// Something that needs later steps.
    void growBadly() {
      switch (random.nextInt(5)) {
        case 0 -> {
          String mean = node("ReduceMean", Map.of("axes", new long[] {1}), last);
          last = node("Sub", Map.of(), last, mean);
        }
        case 1 -> last = node("Softmax", Map.of("axis", 1), last);
        case 2 -> last = node("CumSum", Map.of("reverse", 1), last, "timeAxis");
        case 3 -> {
          String x = transposed(last, 1, 0, 2);
          String w = array(1, 3, features);
          String r = array(1, 3, 1);
          Map<String, Object> attributes = Map.of("hidden_size", 1, "direction", "reverse");
          last = node("GRU", attributes, x, w, r);
        }
        default -> {
          String x = transposed(last, 0, 2, 1);
          String w = array(1, features, 3);
          last = node("Conv", Map.of("pads", new long[] {1, 1}), x, w);
        }
      }
    }
  }

  @Test
  void chunksGiveTheWhole() {
    for (int seed = 0; seed < GRAPHS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Growing graph = new Growing(random);
      graph.recurrent(); // so that there is time
      int nodes = 1 + random.nextInt(6);
      for (int i = 0; i < nodes; i++) {
        graph.grow();
      }
      graph.model.output(graph.last);
      int batch = 1 + random.nextInt(3);
      float[] x = new float[batch * STEPS * 4];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextDouble(-1, 1);
      }
      Chunks.assertSame(
          graph.model, Map.of("x", NdArray.of(x, batch, STEPS, 4)), batch, lengths(random));
    }
  }

  private static int[] lengths(SplittableRandom random) {
    List<Integer> lengths = new ArrayList<>();
    int left = STEPS;
    while (left > 0) {
      int length = Math.min(left, 1 + random.nextInt(7));
      lengths.add(length);
      left -= length;
    }
    return lengths.stream().mapToInt(length -> length).toArray();
  }

  @Test
  void whatNeedsLaterStepsIsRefused() {
    for (int seed = 0; seed < GRAPHS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Growing graph = new Growing(random);
      graph.recurrent();
      for (int i = random.nextInt(4); i > 0; i--) {
        graph.grow();
      }
      graph.growBadly();
      graph.model.output(graph.last);
      Chunks.assertRefused(graph.model, "cannot be streamed");
    }
  }
}
