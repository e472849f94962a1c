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
  private final Cell cell;
  private final List<LayerSpec> blocks = new ArrayList<>(); // each layer's directions
  private final int width;
  private final boolean hasClock;

  StateLayout(Network network) {
    this.cell = network.cell();
    this.hasClock = !cell.periods().isEmpty();
    for (int layer = 0; layer < network.layers(); layer++) {
      for (int direction = 0; direction < network.directions(); direction++) {
        blocks.add(network.layer(layer, direction));
      }
    }
    this.width = blocks.stream().mapToInt(LayerSpec::stateWidth).reduce(0, Math::addExact);
  }

  /// Floats of a row.
  int width() {
    return width;
  }

  /// (layers · directions, N, size), or one dimension where layers differ in size.
  ///
  /// @throws IllegalArgumentException if the cell has no such state
  long[] shape(String name, int batch) {
    int size = size(name, blocks.getFirst());
    return blocks.stream().allMatch(b -> size(name, b) == size)
        ? new long[] {blocks.size(), batch, size}
        : new long[] {values(name, batch)};
  }

  /// A state's values of all rows.
  float[] read(String name, MemorySegment rows, int batch) {
    float[] values = new float[values(name, batch)];
    transfer(name, MemorySegment.ofArray(values), rows, batch, false);
    return values;
  }

  /// Copies a state's values of all rows to a segment of as many floats.
  void read(String name, MemorySegment values, MemorySegment rows, int batch) {
    checkBytes(name, values, batch);
    transfer(name, values, rows, batch, false);
  }

  /// Sets a state's values in all rows from a segment of as many floats.
  ///
  /// @throws IllegalArgumentException if their number is another or they cannot be
  void write(String name, MemorySegment values, MemorySegment rows, int batch) {
    checkBytes(name, values, batch);
    if (hasClock && cell.size(name) == Size.ONE) {
      checkClock(name, values.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
    }
    transfer(name, values, rows, batch, true);
  }

  private void checkBytes(String name, MemorySegment values, int batch) {
    if (values.byteSize() != (long) values(name, batch) * Float.BYTES) {
      throw new IllegalArgumentException(
          "%d bytes for %s, expected %d floats: %s (layers · directions, N, size)"
              .formatted(
                  values.byteSize(),
                  name,
                  values(name, batch),
                  Arrays.toString(shape(name, batch))));
    }
  }

  /// Sets a state's values in all rows.
  ///
  /// @throws IllegalArgumentException if their number is another or they cannot be
  void write(String name, float[] values, MemorySegment rows, int batch) {
    if (values.length != values(name, batch)) {
      throw new IllegalArgumentException(
          "%d values for %s, expected %d: %s (layers · directions, N, size)"
              .formatted(
                  values.length, name, values(name, batch), Arrays.toString(shape(name, batch))));
    }
    checkClock(name, values);
    transfer(name, MemorySegment.ofArray(values), rows, batch, true);
  }

  /// The clock selects modules, so it must be a number of steps.
  ///
  /// @throws IllegalArgumentException if it is none
  void checkClock(String name, float[] values) {
    if (cell.size(name) != Size.ONE) {
      return;
    }
    for (float value : values) {
      if (!(value >= 0 && value < cell.cycle() && value == Math.rint(value))) {
        throw new IllegalArgumentException(
            "%s is %s, expected a whole number of steps from 0 to %d"
                .formatted(name, value, cell.cycle() - 1));
      }
    }
  }

  private int values(String name, int batch) {
    int rowValues = 0;
    for (int i = 0; i < blocks.size(); i++) { // no iterator: this is on the way of each run
      rowValues = Math.addExact(rowValues, size(name, blocks.get(i)));
    }
    return Math.multiplyExact(batch, rowValues);
  }

  private int size(String name, LayerSpec block) {
    if (!cell.states().contains(name)) {
      throw new IllegalArgumentException(
          "cell %s has no state %s; it has %s".formatted(cell, name, cell.states()));
    }
    return block.stateSize(name);
  }

  private void transfer(
      String name, MemorySegment values, MemorySegment rows, int batch, boolean in) {
    long value = 0;
    long begin = 0;
    for (int i = 0; i < blocks.size(); i++) {
      LayerSpec block = blocks.get(i);
      int size = size(name, block);
      for (int n = 0; n < batch; n++) {
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
