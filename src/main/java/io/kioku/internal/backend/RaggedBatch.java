package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Rows of a batch that differ in length, mask or place, copied to where a plain call can run them,
/// for backends that do not [take any rows][LayerBackend#takesAnyRows].
///
/// Of each row only the steps that it runs are copied, one behind the other, since a step that is
/// skipped leaves no trace. The rows lie sorted, the longest first, so that those which still run
/// at a step are the first of the batch.
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
  private int[] counts = {}; // steps that each of the caller's rows runs, from the first row on
  private int[] places = {}; // the counting sort's
  private int batch;
  private long inputWidth;
  private int directions; // of the output
  private long outputWidth; // of all directions
  private long stateWidth;

  RaggedBatch(Arena arena) {
    x = new Buffer(arena);
    y = new Buffer(arena);
    state = new Buffer(arena);
    turnedX = new Buffer(arena);
    turnedY = new Buffer(arena);
  }

  /// Sorts some rows of a call: the result has copies of their input and state, and room for their
  /// output. It has as many steps as the longest.
  LayerCall begin(LayerCall whole, int firstRow, int rows, PackedNetwork network) {
    batch = rows;
    inputWidth = network.inputWidth();
    directions = network.directions(network.layers() - 1);
    outputWidth = network.outputWidth();
    stateWidth = network.stateWidth();
    sort(whole, firstRow);
    sorted.steps = lengths[0];
    sorted.batch = batch;
    sorted.stateOffset = 0;
    sorted.stateRow = stateWidth;
    sorted.state = state.floats(Math.multiplyExact(batch, stateWidth));
    place(sorted.x, x, inputWidth);
    place(sorted.y, y, outputWidth);
    MemorySegment from = whole.xMemory();
    for (int n = 0; n < batch; n++) {
      int row = order[n];
      Rows.copy(
          whole.stateMemory(), whole.stateAt(row), sorted.state, sorted.stateAt(n), stateWidth);
      int to = 0;
      for (int t = 0; to < lengths[n]; t++) {
        if (whole.runs(t, row)) {
          Rows.copy(from, whole.xAt(t, row), sorted.x.segment, sorted.x.at(to, n), inputWidth);
          to++;
        }
      }
    }
    return sorted;
  }

  /// Brings the sorted call's output and state back to the caller's rows; steps that did not run
  /// have an output of zero.
  void end(LayerCall whole) {
    MemorySegment to = whole.yMemory();
    for (int n = 0; n < batch; n++) {
      int row = order[n];
      Rows.copy(
          sorted.state, sorted.stateAt(n), whole.stateMemory(), whole.stateAt(row), stateWidth);
      int from = 0;
      for (int t = 0; t < whole.steps; t++) {
        if (whole.runs(t, row)) {
          copyOutput(sorted.y.at(from, n), to, whole.yAt(t, row), whole.yDirection);
          from++;
        } else {
          clearOutput(to, whole.yAt(t, row), whole.yDirection);
        }
      }
    }
  }

  private void copyOutput(long from, MemorySegment to, long at, long direction) {
    if (direction == 0) {
      Rows.copy(sorted.y.segment, from, to, at, outputWidth);
      return;
    }
    long width = outputWidth / directions;
    for (int d = 0; d < directions; d++) {
      Rows.copy(sorted.y.segment, from + d * width, to, at + d * direction, width);
    }
  }

  private void clearOutput(MemorySegment to, long at, long direction) {
    if (direction == 0) {
      Rows.clear(to, at, outputWidth);
      return;
    }
    for (int d = 0; d < directions; d++) {
      Rows.clear(to, at + d * direction, outputWidth / directions);
    }
  }

  /// Whether all sequences run as many steps.
  boolean isUniform() {
    return lengths[batch - 1] == lengths[0];
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

  /// Turns each sequence of a call's input around by itself, and gives the call an output of its
  /// own.
  void turn(LayerCall call, long inWidth, long outWidth) {
    place(turned, turnedX, inWidth);
    for (int n = 0; n < batch; n++) {
      for (int t = 0; t < lengths[n]; t++) {
        long from = call.x.at(lengths[n] - 1 - t, n);
        Rows.copy(call.x.segment, from, turned.segment, turned.at(t, n), inWidth);
      }
    }
    call.x.set(turned);
    place(turned, turnedY, outWidth);
    call.y.set(turned);
  }

  /// Brings the output of a turned call into forward order.
  ///
  /// @param output where it belongs: rows that begin at a layer's output in this direction
  void turnBack(Rows output, long width) {
    for (int n = 0; n < batch; n++) {
      for (int t = 0; t < lengths[n]; t++) {
        long to = output.at(lengths[n] - 1 - t, n);
        Rows.copy(turned.segment, turned.at(t, n), output.segment, to, width);
      }
    }
  }

  private void place(Rows rows, Buffer buffer, long width) {
    long step = Math.multiplyExact(batch, width);
    rows.set(buffer.floats(Math.multiplyExact(sorted.steps, step)), 0, step, width);
  }

  /// A counting sort by falling length, which keeps the order of equal ones.
  private void sort(LayerCall whole, int firstRow) {
    int steps = whole.steps;
    if (order.length < batch) {
      order = new int[batch];
      lengths = new int[batch];
      counts = new int[batch];
    }
    if (places.length < steps + 2) {
      places = new int[steps + 2];
    }
    Arrays.fill(places, 0, steps + 2, 0);
    for (int n = 0; n < batch; n++) {
      counts[n] = count(whole, firstRow + n);
      places[steps - counts[n] + 1]++;
    }
    for (int i = 1; i < steps + 2; i++) {
      places[i] += places[i - 1];
    }
    for (int n = 0; n < batch; n++) {
      int to = places[steps - counts[n]]++;
      order[to] = firstRow + n;
      lengths[to] = counts[n];
    }
  }

  /// How many steps a row runs.
  private static int count(LayerCall whole, int n) {
    int length = whole.lengths == null ? whole.steps : whole.lengths[n];
    if (whole.mask == null) {
      return length;
    }
    int count = 0;
    for (int t = 0; t < length; t++) {
      count += whole.runs(t, n) ? 1 : 0;
    }
    return count;
  }
}
