package io.kioku.nn;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Network;
import io.kioku.ResidentSize;
import io.kioku.Weights;
import io.kioku.cell.Cells;
import java.io.IOException;
import java.util.Random;
import java.util.SplittableRandom;

/// A program that loads models, runs and closes them many times; each is so large that one which is
/// not given back shows.
final class ModelCycles {
  private static final int H = 96;

  private ModelCycles() {}

  /// Runs them.
  ///
  /// @param args a backend; the cycles of each half
  public static void main(String[] args) throws IOException {
    Network encoder = Network.of(Cells.LSTM, H, H);
    Network decoder = Network.of(Cells.LSTM, H + H, H);
    var layout =
        new EncoderDecoder.Layout(
            encoder, decoder, Attention.Kind.ADDITIVE, EncoderDecoder.Feeding.ATTENTIONAL);
    Weights translating = translating(encoder, decoder);
    Network recurrence = Network.of(Cells.GRU, H + H, H);
    Weights imagining = imagining(recurrence);
    Weights drawing = drawing();
    try (Engine engine = Engine.open(Backend.valueOf(args[0]))) {
      ResidentSize.measure(
          Integer.parseInt(args[1]),
          i -> {
            translate(engine, layout, translating);
            imagine(engine, recurrence, imagining);
            draw(engine, drawing);
          });
    }
  }

  private static void translate(Engine engine, EncoderDecoder.Layout layout, Weights weights) {
    try (EncoderDecoder model = EncoderDecoder.load(engine, layout, weights);
        SequenceDecoder decoder = model.newDecoder(2, Search.of(0, 1, 3).width(4))) {
      decoder.decode(new int[][] {{1, 2, 3}, {4}});
    }
  }

  private static void imagine(Engine engine, Network network, Weights weights) {
    try (Vrnn model = Vrnn.load(engine, network, weights);
        VrnnSession session = model.newSession(2)) {
      session.infer(new float[2 * H], new SplittableRandom(1));
    }
  }

  private static void draw(Engine engine, Weights weights) {
    try (Draw model = Draw.load(engine, 9, 9, weights);
        DrawSession session = model.newSession(2)) {
      session.infer(new float[2 * 81], 1, new SplittableRandom(1));
    }
  }

  private static Weights translating(Network encoder, Network decoder) {
    Weights weights = with(with(Weights.none(), "encoder.", encoder), "decoder.", decoder);
    weights = with(with(weights, "source.weight", H, H), "target.weight", H, H);
    weights = with(with(weights, "combine.weight", H, 2 * H), "head.weight", H, H);
    weights = with(with(weights, "bridge.weight", H, H), "attention.query.weight", H, H);
    return with(with(weights, "attention.key.weight", H, H), "attention.score.weight", 1, H);
  }

  private static Weights imagining(Network network) {
    Weights weights = with(Weights.none(), "rnn.", network);
    weights = with(with(weights, "phi_x.0.weight", H, H), "phi_z.0.weight", H, H);
    weights = distribution(distribution(weights, "prior.", H), "encoder.", 2 * H);
    return distribution(weights, "decoder.", 2 * H);
  }

  private static Weights drawing() {
    Weights weights = with(Weights.none(), "encoder.", Network.of(Cells.LSTM, 2 * 16 + H, H));
    weights = with(weights, "decoder.", Network.of(Cells.LSTM, H, H));
    weights = with(distribution(weights, "latent.", H), "write.weight", 25, H);
    return with(with(weights, "read_window.weight", 5, H), "write_window.weight", 5, H);
  }

  private static Weights distribution(Weights weights, String prefix, int size) {
    return with(
        with(weights, prefix + "mean.weight", H, size), prefix + "log_variance.weight", H, size);
  }

  private static Weights with(Weights weights, String prefix, Network network) {
    Weights more = weights;
    for (var parameter : network.parameters().entrySet()) {
      long[] shape = parameter.getValue();
      int columns = shape.length == 1 ? 1 : (int) shape[1];
      float[] values = values((int) shape[0] * columns);
      more = more.with(prefix + parameter.getKey(), values, shape);
    }
    return more;
  }

  private static Weights with(Weights weights, String name, int rows, int columns) {
    return weights.with(name, values(rows * columns), rows, columns);
  }

  private static float[] values(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() / 10;
    }
    return values;
  }
}
