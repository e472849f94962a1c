package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What layers read beside `x`: the score of each step, and states of the layer below.
final class Sides {
  private static final int DIRECTIONS = 2;

  private final PackedNetwork network;
  private final Buffer[][] buffers = new Buffer[DIRECTIONS][2]; // for even and odd layers
  private final Buffer scoreBuffer;
  private final Rows scores = new Rows(); // (T, N)
  private int steps;
  private int batch;

  Sides(PackedNetwork network, Arena arena) {
    this.network = network;
    this.scoreBuffer = new Buffer(arena);
    for (Buffer[] pair : buffers) {
      pair[0] = new Buffer(arena);
      pair[1] = new Buffer(arena);
    }
  }

  /// Begins a run: the lowest layer has zeros below it.
  void begin(LayerCall whole) {
    if (!network.hasSides()) {
      return;
    }
    steps = whole.steps;
    batch = whole.batch;
    if (network.hasScore()) {
      takeScores(whole, network.spec(0).input());
    }
    LayerSpec spec = network.spec(0);
    if (spec.aboveWidth() > 0) {
      for (int direction = 0; direction < network.directions(0); direction++) {
        MemorySegment zeros = buffer(0, direction, spec.sideWidth());
        Rows.clear(zeros, 0, floats(spec.sideWidth()));
        copyScores(zeros, spec);
      }
    }
  }

  /// Copies the scores, which lie behind the features: the caller's memory is kept alive only while
  /// the lowest layer runs.
  private void takeScores(LayerCall whole, int features) {
    scores.set(scoreBuffer.floats(floats(1)), 0, batch, 1);
    MemorySegment x = whole.xMemory();
    for (int t = 0; t < steps; t++) {
      for (int n = 0; n < batch; n++) {
        Rows.set(scores.segment, scores.at(t, n), Rows.get(x, whole.xAt(t, n) + features));
      }
    }
  }

  /// Places what a layer reads and writes at the side.
  void place(LayerCall call, int index) {
    LayerSpec spec = network.spec(index);
    int width = spec.sideWidth();
    call.side.segment = null;
    call.above.segment = null;
    if (width > 0 && spec.aboveWidth() == 0) {
      call.side.set(scores);
    } else if (width > 0) {
      int layer = network.layer(index);
      int direction = network.direction(index);
      call.side.set(buffer(layer, direction, width), 0, (long) batch * width, width);
      MemorySegment above = buffer(layer + 1, direction, width);
      copyScores(above, spec);
      call.above.set(above, 0, (long) batch * width, width);
    }
  }

  private void copyScores(MemorySegment to, LayerSpec spec) {
    if (spec.aboveOffset() == 0) {
      return;
    }
    for (int t = 0; t < steps; t++) {
      for (int n = 0; n < batch; n++) {
        long at = ((long) t * batch + n) * spec.sideWidth();
        Rows.set(to, at, Rows.get(scores.segment, scores.at(t, n)));
      }
    }
  }

  private MemorySegment buffer(int layer, int direction, int width) {
    return buffers[direction][layer % 2].floats(floats(width));
  }

  private long floats(int width) {
    return Math.multiplyExact((long) steps * batch, (long) width);
  }
}
