package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Size;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Rows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Where the states of a network lie in a stream's row: those of each layer and direction one after
/// the other. Arrays have them as PyTorch does, (layers · directions, N, size).
final class StateLayout {
  /// Stands for a layer where all are meant.
  static final int ALL = -1;

  private final Network network;
  private final List<LayerSpec> blocks = new ArrayList<>(); // each layer's directions
  private final int[] firstBlock; // of each layer; behind the last, how many there are
  private final int width;

  StateLayout(Network network) {
    this.network = network;
    this.firstBlock = new int[network.layers() + 1];
    int sum = 0;
    for (int layer = 0; layer < network.layers(); layer++) {
      for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
        LayerSpec block = network.spec(layer, direction);
        blocks.add(block);
        sum = Math.addExact(sum, block.stateWidth());
      }
      firstBlock[layer + 1] = blocks.size();
    }
    this.width = sum;
  }

  /// Floats of a row.
  int width() {
    return width;
  }

  /// Whether rows of both layouts mean the same.
  boolean isLike(StateLayout other) {
    if (blocks.size() != other.blocks.size() || !Arrays.equals(firstBlock, other.firstBlock)) {
      return false;
    }
    for (int i = 0; i < blocks.size(); i++) {
      LayerSpec block = blocks.get(i);
      LayerSpec same = other.blocks.get(i);
      if (!block.cell().equals(same.cell())
          || block.input() != same.input()
          || block.hidden() != same.hidden()
          || block.output() != same.output()) {
        return false;
      }
    }
    return true;
  }

  /// (layers · directions, N, size), or one dimension where layers differ in size.
  ///
  /// @param layer [#ALL], or one: (directions, N, size)
  /// @throws IllegalArgumentException if a cell has no such state
  long[] shape(int layer, String name, int batch) {
    int from = from(layer);
    int size = size(layer, name, blocks.get(from));
    for (int i = from; i < to(layer); i++) {
      if (size(layer, name, blocks.get(i)) != size) {
        return new long[] {values(layer, name, batch)};
      }
    }
    return new long[] {to(layer) - from, batch, size};
  }

  /// A state's values of all rows.
  float[] read(int layer, String name, MemorySegment rows, int batch) {
    float[] values = new float[values(layer, name, batch)];
    transfer(layer, name, MemorySegment.ofArray(values), rows, batch, false);
    return values;
  }

  /// Copies a state's values of all rows to a segment of as many floats.
  void read(int layer, String name, MemorySegment values, MemorySegment rows, int batch) {
    checkBytes(layer, name, values, batch);
    transfer(layer, name, values, rows, batch, false);
  }

  /// Sets a state's values in all rows from a segment of as many floats.
  ///
  /// @throws IllegalArgumentException if their number is another or they cannot be
  void write(int layer, String name, MemorySegment values, MemorySegment rows, int batch) {
    checkBytes(layer, name, values, batch);
    checkClock(layer, name, values, batch);
    transfer(layer, name, values, rows, batch, true);
  }

  private void checkBytes(int layer, String name, MemorySegment values, int batch) {
    if (values.byteSize() != (long) values(layer, name, batch) * Float.BYTES) {
      throw new IllegalArgumentException(
          "%d bytes for %s, expected %d floats: %s"
              .formatted(
                  values.byteSize(),
                  name,
                  values(layer, name, batch),
                  shapeText(layer, name, batch)));
    }
  }

  /// Sets a state's values in all rows.
  ///
  /// @throws IllegalArgumentException if their number is another or they cannot be
  void write(int layer, String name, float[] values, MemorySegment rows, int batch) {
    if (values.length != values(layer, name, batch)) {
      throw new IllegalArgumentException(
          "%d values for %s, expected %d: %s"
              .formatted(
                  values.length, name, values(layer, name, batch), shapeText(layer, name, batch)));
    }
    write(layer, name, MemorySegment.ofArray(values), rows, batch);
  }

  /// The shape with what it means.
  String shapeText(int layer, String name, int batch) {
    return "%s (%sdirections, N, size)"
        .formatted(Arrays.toString(shape(layer, name, batch)), layer == ALL ? "layers · " : "");
  }

  /// The clock selects modules, so it must be a number of steps.
  ///
  /// @param values of all rows
  /// @throws IllegalArgumentException if it is none
  void checkClock(int layer, String name, MemorySegment values, int batch) {
    long at = 0;
    for (int i = from(layer); i < to(layer); i++) {
      Cell cell = blocks.get(i).cell();
      int count = batch * size(layer, name, blocks.get(i));
      boolean isClock = !cell.periods().isEmpty() && cell.size(name) == Size.ONE;
      for (int n = 0; isClock && n < count; n++) {
        float value = values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (at + n) * Float.BYTES);
        if (!(value >= 0 && value < cell.cycle() && value == Math.rint(value))) {
          throw new IllegalArgumentException(
              "%s is %s, expected a whole number of steps from 0 to %d"
                  .formatted(name, value, cell.cycle() - 1));
        }
      }
      at += count;
    }
  }

  private int from(int layer) {
    return layer == ALL ? 0 : firstBlock[layer];
  }

  private int to(int layer) {
    return layer == ALL ? blocks.size() : firstBlock[layer + 1];
  }

  private int values(int layer, String name, int batch) {
    int rowValues = 0;
    for (int i = from(layer); i < to(layer); i++) {
      rowValues = Math.addExact(rowValues, size(layer, name, blocks.get(i)));
    }
    return Math.multiplyExact(batch, rowValues);
  }

  private int size(int layer, String name, LayerSpec block) {
    Cell cell = block.cell();
    if (!cell.states().contains(name)) {
      throw new IllegalArgumentException(
          "cell %s has no state %s; it has %s%s"
              .formatted(
                  cell,
                  name,
                  cell.states(),
                  layer == ALL && !network.isUniform()
                      ? "; ask for that of one layer, with its index"
                      : ""));
    }
    return block.stateSize(name);
  }

  private void transfer(
      int layer, String name, MemorySegment values, MemorySegment rows, int batch, boolean in) {
    long value = 0;
    long begin = 0;
    for (int i = 0; i < to(layer); i++) { // no iterator: this is on the way of each run
      LayerSpec block = blocks.get(i);
      for (int n = 0; i >= from(layer) && n < batch; n++) {
        int size = block.stateSize(name);
        long at = (long) n * width + begin + block.stateOffset(name);
        if (in) {
          Rows.copy(values, value, rows, at, size);
        } else {
          Rows.copy(rows, at, values, value, size);
        }
        value += size;
      }
      begin += block.stateWidth();
    }
  }
}
