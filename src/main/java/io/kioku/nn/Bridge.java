package io.kioku.nn;

import io.kioku.Network;
import io.kioku.Session;
import io.kioku.State;
import io.kioku.cell.Size;

/// Makes the state that a decoder begins with of the one that the encoder ends with.
final class Bridge {
  private final EncoderDecoder.Layout layout;
  private final int batch;
  private final Session map; // null: states are taken over
  private final State start;

  /// @param parts closes what is opened here
  Bridge(EncoderDecoder model, int batch, Parts parts) {
    this.layout = model.layout();
    this.batch = batch;
    this.map = model.bridge().map(m -> parts.add(m.newSession(batch), Session::close)).orElse(null);
    this.start = model.decoder().newState(batch);
  }

  /// @throws IllegalArgumentException if the states do not fit
  static void check(EncoderDecoder.Layout layout, Linear bridge) {
    Network encoder = layout.encoder();
    Network decoder = layout.decoder();
    if (!encoder.isUniform() || !decoder.isUniform()) {
      throw new IllegalArgumentException(
          "%s and %s: the state of layers that differ cannot be handed over, expected layers alike"
              .formatted(encoder, decoder));
    }
    if (bridge != null) {
      int expected = Math.multiplyExact(decoder.layers(), decoder.outputSize());
      if (bridge.outputSize() != expected) {
        throw new IllegalArgumentException(
            "bridge.weight has %d rows, expected %d: %d layers with outputs of %d"
                .formatted(bridge.outputSize(), expected, decoder.layers(), decoder.outputSize()));
      }
      return;
    }
    boolean fits =
        encoder.cell().equals(decoder.cell())
            && encoder.layers() == decoder.layers()
            && encoder.outputSize() == decoder.outputSize()
            && encoder.directions() * encoder.hiddenSize() == decoder.hiddenSize()
            && encoder.cell().states().stream().allMatch(s -> ofUnits(encoder.cell().size(s)));
    if (!fits) {
      throw new IllegalArgumentException(
          "%s cannot take over the state of %s, expected a tensor bridge.weight, or the same cell and layers, and as many units as the encoder's output"
              .formatted(decoder, encoder));
    }
  }

  /// Whether a state has a value for each unit, and so for each direction.
  private static boolean ofUnits(Size size) {
    return size == Size.HIDDEN || size == Size.PROJECTED;
  }

  /// The decoder's first state, valid until the next call.
  State start(State encoder) {
    start.clear();
    if (map == null) {
      layout.decoder().cell().states().forEach(s -> start.set(s, sideBySide(encoder.get(s))));
    } else {
      start.set("h", mapped(encoder.get("h")));
    }
    return start;
  }

  /// (layers · D, N, size) as (layers, N, D · size).
  private float[] sideBySide(float[] values) {
    int directions = layout.encoder().directions();
    int blocks = layout.encoder().layers() * directions;
    int size = values.length / blocks / batch;
    float[] joined = new float[values.length];
    for (int block = 0; block < blocks; block++) {
      for (int n = 0; n < batch; n++) {
        int row = block / directions * batch + n;
        int to = (row * directions + block % directions) * size;
        System.arraycopy(values, (block * batch + n) * size, joined, to, size);
      }
    }
    return joined;
  }

  /// `tanh(W h + b)` of the top layer.
  private float[] mapped(float[] values) {
    float[] all = sideBySide(values);
    int width = batch * layout.encoder().outputSize();
    float[] top = new float[width];
    System.arraycopy(all, all.length - width, top, 0, width);
    int size = layout.decoder().outputSize();
    int layers = layout.decoder().layers();
    float[] mapped = map.run(top); // (N, layers · H)
    float[] h = new float[mapped.length]; // (layers, N, H)
    for (int i = 0; i < h.length; i++) {
      int n = i / size % batch;
      int layer = i / size / batch;
      h[i] = (float) Math.tanh(mapped[(n * layers + layer) * size + i % size]);
    }
    return h;
  }
}
