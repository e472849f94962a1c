package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.util.Arrays;

/// A batch whose sequences have different lengths, with the meaning of PyTorch's packed sequences:
/// each state stops at its sequence's own end, output past the end is zero, and backwards each
/// sequence begins at its own end.
///
/// Inside a run the sequences lie sorted, the longest first, so that those which still run at a
/// step are the first rows of the batch.
final class RaggedBatch {
  private final Buffer x;
  private final Buffer y;
  private final Buffer state;
  private final Buffer turnedX;
  private final Buffer turnedY;
  private final LayerCall sorted = new LayerCall();
  private final Rows turned = new Rows();
  private int[] order = {}; // row of the sorted batch -> row of the caller's
  private int[] lengths = {}; // of the sorted batch
  private int[] places = {}; // the counting sort's
  private int batch;
  private long inputWidth;
  private long outputWidth;
  private long stateWidth;

  RaggedBatch(Arena arena) {
    x = new Buffer(arena);
    y = new Buffer(arena);
    state = new Buffer(arena);
    turnedX = new Buffer(arena);
    turnedY = new Buffer(arena);
  }

  /// Sorts a call: the result has copies of its input and state, and room for its output.
  LayerCall begin(LayerCall whole, int[] callLengths, int input, int output, int stateFloats) {
    batch = whole.batch;
    inputWidth = input;
    outputWidth = output;
    stateWidth = stateFloats;
    sort(callLengths, whole.steps);
    sorted.steps = whole.steps;
    sorted.batch = batch;
    sorted.stateOffset = 0;
    sorted.stateRow = stateWidth;
    sorted.state = state.floats(Math.multiplyExact(batch, stateWidth));
    place(sorted.x, x, inputWidth);
    place(sorted.y, y, outputWidth);
    for (int n = 0; n < batch; n++) {
      Rows.copy(whole.state, whole.stateAt(order[n]), sorted.state, sorted.stateAt(n), stateWidth);
      for (int t = 0; t < lengths[n]; t++) {
        copy(whole.x, t, order[n], sorted.x, t, n, inputWidth);
      }
    }
    return sorted;
  }

  /// Brings the sorted call's output and state back to the caller's order.
  void end(LayerCall whole) {
    for (int n = 0; n < batch; n++) {
      Rows.copy(sorted.state, sorted.stateAt(n), whole.state, whole.stateAt(order[n]), stateWidth);
      for (int t = 0; t < whole.steps; t++) {
        copy(sorted.y, t, n, whole.y, t, order[n], outputWidth);
      }
    }
  }

  /// How many sequences still run at a step.
  int active(int t) {
    int n = batch;
    while (n > 0 && lengths[n - 1] <= t) {
      n--;
    }
    return n;
  }

  /// The step at which the first of those that run at a step ends.
  int segmentEnd(int t) {
    return lengths[active(t) - 1];
  }

  /// Sets the output past each sequence's end to zero.
  void clearPadding(Rows rows, long width) {
    for (int n = 0; n < batch; n++) {
      Rows.clear(rows, lengths[n], sorted.steps, n, width);
    }
  }

  /// Turns each sequence of a call's input around by itself, and gives the call an output of its
  /// own.
  void turn(LayerCall call, long inWidth, long outWidth) {
    place(turned, turnedX, inWidth);
    for (int n = 0; n < batch; n++) {
      for (int t = 0; t < lengths[n]; t++) {
        copy(call.x, lengths[n] - 1 - t, n, turned, t, n, inWidth);
      }
    }
    call.x.set(turned);
    place(turned, turnedY, outWidth);
    call.y.set(turned);
  }

  /// Brings the output of a turned call into forward order, beside that of the other direction.
  void turnBack(Rows output, long width) {
    for (int n = 0; n < batch; n++) {
      for (int t = 0; t < lengths[n]; t++) {
        long to = output.at(lengths[n] - 1 - t, n) + width;
        Rows.copy(turned.segment, turned.at(t, n), output.segment, to, width);
      }
    }
  }

  private void place(Rows rows, Buffer buffer, long width) {
    long step = Math.multiplyExact(batch, width);
    rows.set(buffer.floats(Math.multiplyExact(sorted.steps, step)), 0, step, width);
  }

  private static void copy(Rows from, int fromT, int fromN, Rows to, int toT, int toN, long width) {
    Rows.copy(from.segment, from.at(fromT, fromN), to.segment, to.at(toT, toN), width);
  }

  /// A counting sort by falling length, which keeps the order of equal ones.
  private void sort(int[] callLengths, int steps) {
    if (order.length < batch) {
      order = new int[batch];
      lengths = new int[batch];
    }
    if (places.length < steps + 2) {
      places = new int[steps + 2];
    }
    Arrays.fill(places, 0, steps + 2, 0);
    for (int n = 0; n < batch; n++) {
      places[steps - callLengths[n] + 1]++;
    }
    for (int i = 1; i < steps + 2; i++) {
      places[i] += places[i - 1];
    }
    for (int n = 0; n < batch; n++) {
      int to = places[steps - callLengths[n]]++;
      order[to] = n;
      lengths[to] = callLengths[n];
    }
  }
}
