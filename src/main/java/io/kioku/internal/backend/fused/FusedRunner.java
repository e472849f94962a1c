package io.kioku.internal.backend.fused;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.ffi.FusedStruct;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerStructs;
import io.kioku.internal.ffi.Pinned;
import io.kioku.internal.ffi.Teams;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Runs a [FusedLayer] for one session.
final class FusedRunner implements LayerRunner {
  /// The products of x are computed ahead for as many steps as fit here, to be in the second-level
  /// cache still when their step comes, ...
  private static final long CHUNK_FLOATS = 1 << 16;

  /// ... but for no fewer rows than these: large weights are read from memory for each chunk anew.
  private static final int CHUNK_ROWS = 64;

  /// Multiply-adds of a call below which it is not worth waking another thread, some 50 µs.
  static final long SHARED_CALL = 1 << 23;

  /// Those of a step and thread below which threads would wait for each other rather than compute,
  /// some 0.5 µs.
  private static final long SHARED_STEP = 1 << 15;

  /// Of a cache line.
  private static final long LINE_FLOATS = 16;

  private final Kernels kernels;
  private final long stepProducts;
  private final int maxThreads;
  private final Teams teams;
  private final FusedStruct layer;
  private final MemorySegment struct;
  private final Buffer workspace;
  private final MemorySegment run;

  FusedRunner(Kernels kernels, FusedLayer layer, Arena arena, Buffer workspace) {
    this.kernels = kernels;
    this.stepProducts = layer.stepProducts();
    this.maxThreads = layer.threads();
    this.teams = Teams.of(maxThreads);
    this.layer = layer.struct();
    this.struct = Pinned.of(this.layer.segment());
    this.workspace = workspace;
    this.run = Pinned.of(new LayerStructs(arena).run());
  }

  @Override
  public void run(LayerCall call) {
    if (call.steps == 0 || call.batch == 0) {
      return;
    }
    int chunk = chunk(call.steps, call.batch);
    int threads = threads(call.steps, call.batch, maxThreads);
    MemorySegment memory = workspace.floats(workFloats(call.batch, chunk, threads));
    place(call, chunk, memory, 0);
    if (threads == 1) {
      compute(call, MemorySegment.NULL, 1);
      return;
    }
    MemorySegment team = teams.take();
    try {
      compute(call, team, team.address() == 0 ? 1 : threads);
    } finally {
      teams.give(team);
    }
  }

  /// For how many steps the products of x are computed ahead.
  int chunk(int steps, int batch) {
    long step = Math.multiplyExact((long) batch, layer.gatesWidth());
    long ahead = Math.max(CHUNK_FLOATS / step, Math.ceilDiv(CHUNK_ROWS, batch));
    return (int) Math.min(ahead, steps);
  }

  /// Floats of work memory: gates, scratch, arguments; whole cache lines, so that what lies behind
  /// it begins with one.
  long workFloats(int batch, int chunk, int threads) {
    long arguments =
        Math.multiplyExact(
            Math.multiplyExact((long) chunk + threads, (long) batch), layer.argumentWidth());
    long floats = Math.addExact(arguments(batch, chunk), arguments);
    return Math.addExact(floats, LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
  }

  private long gates(int batch, int chunk) {
    return Math.multiplyExact((long) chunk, Math.multiplyExact((long) batch, layer.gatesWidth()));
  }

  /// Where the arguments begin in work memory.
  private long arguments(int batch, int chunk) {
    long scratch = Math.multiplyExact((long) batch, layer.scratchWidth());
    return Math.addExact(gates(batch, chunk), scratch);
  }

  /// Sets all of a run but its threads.
  ///
  /// @param at where its work memory begins, in floats
  void place(LayerCall call, int chunk, MemorySegment memory, long at) {
    LayerStructs.runSizes(run, call.steps, call.batch, chunk);
    LayerStructs.runStrides(run, call.x.step, call.x.row, call.y.step, call.y.row);
    LayerStructs.runState(run, call.state, call.stateOffset, call.stateRow);
    LayerStructs.runMemory(run, memory, at, at + gates(call.batch, chunk));
    LayerStructs.runArguments(run, memory, at + arguments(call.batch, chunk));
  }

  /// How many of some threads share a call.
  int threads(int steps, int batch, int most) {
    return threads(stepProducts, batch, steps, most);
  }

  long stepProducts() {
    return stepProducts;
  }

  /// Whether its weights have fewer bits than a float.
  boolean isReduced() {
    return layer.argumentWidth() > 0;
  }

  long packedBytes() {
    return layer.packedBytes();
  }

  int maxThreads() {
    return maxThreads;
  }

  Buffer workspace() {
    return workspace;
  }

  MemorySegment layerStruct() {
    return struct;
  }

  MemorySegment runStruct() {
    return run;
  }

  private void compute(LayerCall call, MemorySegment team, int threads) {
    LayerStructs.runThreads(run, team, threads);
    kernels.runFused(struct, run, call.x.segment, call.x.offset, call.y.segment, call.y.offset);
  }

  /// How many threads share a call.
  ///
  /// @param stepProducts multiply-adds of one step of one stream
  /// @param most that may
  static int threads(long stepProducts, int batch, int steps, int most) {
    long step = stepProducts * batch;
    return most == 1 || step * steps < SHARED_CALL ? 1 : Math.clamp(step / SHARED_STEP, 1, most);
  }
}
