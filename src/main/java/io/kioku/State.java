package io.kioku;

import io.kioku.format.FormatException;
import io.kioku.format.Safetensors;
import io.kioku.internal.lifetime.Exclusive;
import io.kioku.internal.memory.Segments;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// What streams remember: `h`, and whatever other states the cell has, of every layer and direction.
///
/// A stream's state is one row of floats. Rows can be copied between states, so a stream can leave a batch at any step
/// and join another; it is tied to no place. A session has a state, which its runs change; [Model#newState] and [#copy]
/// make states that belong to nobody and need no closing.
///
///     session.state().copyRow(3, waiting, 0);        // stream 3 leaves the batch
///     waiting.copyRow(0, other.state(), 7);          // and goes on in another
///     session.state().save(Path.of("state.safetensors"));
///
/// A session's state must not be used while the session runs, nor after the session is closed; the first is detected as if two threads ran the session.
public final class State {
  private static final long ALIGNMENT = 64;

  private final Network network;
  private final StateLayout layout;
  private final int width;
  private final Exclusive guard;
  private final Arena arena;
  private MemorySegment memory;
  private int batch;

  /// A state that belongs to nobody.
  State(Network network, int batch) {
    this(network, batch, Arena.ofAuto(), new Exclusive("state"));
  }

  /// A session's state.
  State(Network network, int batch, Arena arena, Exclusive guard) {
    this.network = network;
    this.layout = new StateLayout(network);
    this.width = layout.width();
    this.guard = guard;
    this.arena = arena;
    this.batch = batch;
    this.memory = arena.allocate(bytes(batch), ALIGNMENT);
  }

  /// N, the streams.
  public int batch() {
    return batch;
  }

  /// Floats of one stream's row.
  public int width() {
    return width;
  }

  /// A state's values, as PyTorch's `h_n` and `c_n`: (layers · directions, N, size), row-major; its
  /// size is H, but for a projected output (P), the clock (1) and states of the input, which have
  /// the size of their layer's input. Where sizes differ between layers, (directions, N, size) of
  /// each layer follow each other.
  ///
  /// @param name `h`, or another state of the cell, as `c`
  /// @throws IllegalArgumentException if a layer's cell has no such state
  public float[] get(String name) {
    return call(() -> layout.read(StateLayout.ALL, name, memory, batch));
  }

  /// A state's values in one layer: (directions, N, size), row-major.
  ///
  /// @param layer from 0, the lowest
  /// @throws IllegalArgumentException if the layer's cell has no such state
  /// @throws IndexOutOfBoundsException if there is no such layer
  public float[] get(int layer, String name) {
    Checks.index("layer", layer, network.layers());
    return call(() -> layout.read(layer, name, memory, batch));
  }

  /// Sets a state's values, as PyTorch's `h_0` and `c_0`, in the order of [#get(String)].
  ///
  /// @throws IllegalArgumentException if a layer's cell has no such state or the number of values
  ///   is another
  public void set(String name, float[] values) {
    run(() -> layout.write(StateLayout.ALL, name, values, memory, batch));
  }

  /// Sets a state's values in one layer: (directions, N, size), row-major.
  ///
  /// @param layer from 0, the lowest
  /// @throws IllegalArgumentException if the layer's cell has no such state or the number of values
  ///   is another
  /// @throws IndexOutOfBoundsException if there is no such layer
  public void set(int layer, String name, float[] values) {
    Checks.index("layer", layer, network.layers());
    run(() -> layout.write(layer, name, values, memory, batch));
  }

  /// Copies a state's values to a segment, in the order of [#get(String)]. Allocates nothing.
  ///
  /// @param values as many floats, native or of an array
  /// @throws IllegalArgumentException if the cell has no such state or the segment has another size
  public void get(String name, MemorySegment values) {
    enter();
    try {
      Segments.writable("values", values);
      layout.read(StateLayout.ALL, name, values, memory, batch);
    } finally {
      guard.exit();
    }
  }

  /// Sets a state's values from a segment, in the order of [#set(String, float[])]. Allocates
  /// nothing.
  ///
  /// @param values as many floats, native or of an array
  /// @throws IllegalArgumentException if the cell has no such state or the segment has another size
  public void set(String name, MemorySegment values) {
    enter();
    try {
      Segments.readable("values", values);
      layout.write(StateLayout.ALL, name, values, memory, batch);
    } finally {
      guard.exit();
    }
  }

  /// Sets all streams to zero.
  public void clear() {
    run(() -> rows(0, batch).fill((byte) 0));
  }

  /// Sets one stream to zero.
  ///
  /// @throws IndexOutOfBoundsException if there is no such row
  public void clear(int row) {
    run(() -> row("row", row).fill((byte) 0));
  }

  /// Copies one stream's row to a row of this or another state.
  ///
  /// @throws IllegalArgumentException if the other state is of another network
  /// @throws IndexOutOfBoundsException if there is no such row
  public void copyRow(int row, State to, int toRow) {
    checkSameKind(to);
    Runnable copy = () -> to.row("toRow", toRow).copyFrom(row("row", row));
    run(guard == to.guard ? copy : () -> to.run(copy));
  }

  /// A copy that belongs to nobody and later runs do not change: a snapshot.
  public State copy() {
    return call(() -> {
      State copy = new State(network, batch);
      copy.rows(0, batch).copyFrom(rows(0, batch));
      return copy;
    });
  }

  /// Takes over all rows of a state of as many streams: the way back to a snapshot.
  ///
  /// @throws IllegalArgumentException if the other state is of another network or has another
  ///   number of streams
  public void restore(State from) {
    checkSameKind(from);
    if (from != this) {
      run(() -> from.run(() -> takeOver(from)));
    }
  }

  private void takeOver(State from) {
    if (from.batch != batch) {
      throw new IllegalArgumentException(
          "a state of %d streams cannot be restored to one of %d; copyRow moves single streams"
              .formatted(from.batch, batch));
    }
    rows(0, batch).copyFrom(from.rows(0, batch));
  }

  /// Writes a safetensors file with a float32 tensor (layers · directions, N, size) for each state;
  /// if layers are not alike, (directions, N, size) for each state and layer, `h_l0`, `c_l0`,
  /// `h_l1` and so on. A file of that name is replaced as a whole or not at all.
  ///
  /// @throws IOException if it cannot be written
  public void save(Path file) throws IOException {
    call(() -> new StateFile(network, layout).of(memory, batch)).write(file);
  }

  /// Reads what [#save] wrote for as many streams of the same network. After an error the state is
  /// as it was.
  ///
  /// @throws IOException if the file cannot be read, is malformed or does not fit this state
  public void load(Path file) throws IOException {
    Safetensors read = Safetensors.read(file);
    Optional<String> problem = call(() -> new StateFile(network, layout).take(read, memory, batch));
    if (problem.isPresent()) {
      throw new FormatException(file.toString(), problem.get());
    }
  }

  /// Another number of streams: the first rows stay, new ones are zero. The session holds the
  /// guard.
  void resize(int newBatch) {
    MemorySegment kept = rows(0, Math.min(batch, newBatch));
    if (bytes(newBatch) > memory.byteSize()) {
      // At least twice as many rows: what is left behind in the arena is never more than what is in
      // use.
      memory = arena.allocate(Math.max(bytes(newBatch), 2 * memory.byteSize()), ALIGNMENT);
      memory.copyFrom(kept);
    }
    if (newBatch > batch) {
      memory.asSlice(bytes(batch), bytes(newBatch) - bytes(batch)).fill((byte) 0);
    }
    batch = newBatch;
  }

  /// All rows, one after the other.
  MemorySegment memory() {
    return memory;
  }

  private long bytes(int rows) {
    return Math.multiplyExact((long) rows, (long) width * Float.BYTES);
  }

  private MemorySegment rows(int from, int count) {
    return memory.asSlice(bytes(from), bytes(count));
  }

  private MemorySegment row(String name, int index) {
    Checks.index(name, index, batch);
    return rows(index, 1);
  }

  /// Runs something as the one user of this state.
  private void run(Runnable action) {
    call(() -> {
      action.run();
      return null;
    });
  }

  private <T> T call(Supplier<T> action) {
    enter();
    try {
      return action.get();
    } finally {
      guard.exit();
    }
  }

  private void enter() {
    guard.enter();
    if (!memory.scope().isAlive()) {
      guard.exit();
      throw new IllegalStateException("the session of this state is closed");
    }
  }

  private void checkSameKind(State other) {
    if (!layout.isLike(other.layout)) {
      throw new IllegalArgumentException(
          "the other state is of %s, expected one of %s".formatted(other.network, network));
    }
  }
}
