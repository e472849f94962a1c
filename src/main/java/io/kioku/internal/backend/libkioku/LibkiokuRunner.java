package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerStructs;
import io.kioku.internal.ffi.Pinned;
import io.kioku.internal.ffi.Teams;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Runs a [LibkiokuLayer] for one session.
final class LibkiokuRunner implements LayerRunner {
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

  private final Kernels kernels;
  private final NativeLayer layer;
  private final int maxThreads;
  private final Teams teams;
  private final MemorySegment struct;
  private final long gatesWidth; // floats of a step and row
  private final Buffer workspace;
  private final Buffer lengths;
  private final MemorySegment run;
  private int workBatch; // the sizes for which workBytes was found
  private int workChunk;
  private int workThreads;
  private long workBytes;

  LibkiokuRunner(LibkiokuLayer packed, Arena arena, Buffer workspace) {
    this.kernels = packed.kernels();
    this.layer = packed.layer();
    this.maxThreads = packed.threads();
    this.teams = Teams.of(maxThreads);
    this.struct = Pinned.of(layer.segment());
    this.gatesWidth = Math.max(1, (long) layer.gateBlocks() * kernels.width());
    this.workspace = workspace;
    this.lengths = new Buffer(arena);
    this.run = Pinned.of(new LayerStructs(arena).run());
  }

  @Override
  public void run(LayerCall call) {
    if (call.steps == 0 || call.batch == 0) {
      return;
    }
    int chunk = chunk(call.steps, call.batch);
    int threads = threads(call.steps, call.batch, maxThreads);
    place(call, chunk, workspace.bytes(workBytes(call.batch, chunk, threads)), 0);
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
    long step = Math.multiplyExact((long) batch, gatesWidth);
    long ahead = Math.max(CHUNK_FLOATS / step, Math.ceilDiv(CHUNK_ROWS, batch));
    return (int) Math.min(ahead, steps);
  }

  /// Bytes of work memory: whole cache lines, so that what lies behind it begins with one.
  long workBytes(int batch, int chunk, int threads) {
    if (workBatch != batch || workChunk != chunk || workThreads != threads) {
      workBytes = kernels.layerWork(struct, batch, chunk, threads);
      workBatch = batch;
      workChunk = chunk;
      workThreads = threads;
    }
    return workBytes;
  }

  /// Sets all of a run but its threads.
  ///
  /// @param at the first byte of its work memory
  void place(LayerCall call, int chunk, MemorySegment memory, long at) {
    LayerStructs.runSizes(run, call.steps, call.batch, chunk);
    LayerStructs.runStrides(run, call.x.step, call.x.row, call.y.step, call.y.row);
    LayerStructs.runState(run, call.state, call.stateOffset, call.stateRow);
    LayerStructs.runPointers(run, call.pointers);
    LayerStructs.runRows(run, call.backwards, lengths(call), call.mask, call.batch);
    LayerStructs.runSide(run, call.side.segment, call.side.offset, call.side.step, call.side.row);
    LayerStructs.runAbove(
        run, call.above.segment, call.above.offset, call.above.step, call.above.row);
    LayerStructs.runTrace(
        run, call.trace.segment, call.trace.offset, call.trace.step, call.trace.row);
    LayerStructs.runWork(run, memory, at);
  }

  private MemorySegment lengths(LayerCall call) {
    if (call.lengths == null) {
      return null;
    }
    MemorySegment copy = lengths.bytes((long) call.batch * Integer.BYTES);
    MemorySegment.copy(call.lengths, 0, copy, ValueLayout.JAVA_INT, 0, call.batch);
    return copy;
  }

  /// How many of some threads share a call.
  int threads(int steps, int batch, int most) {
    return threads(layer.stepProducts(), batch, steps, most);
  }

  long stepProducts() {
    return layer.stepProducts();
  }

  /// Whether its weights have fewer bits than a float.
  boolean isReduced() {
    return layer.isReduced();
  }

  long packedBytes() {
    return layer.bytes();
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
    kernels.runLayer(
        struct, run, memory(call.x.segment), call.x.offset, memory(call.y.segment), call.y.offset);
  }

  /// Rows that a call names by pointers lie in no segment of it.
  private static MemorySegment memory(MemorySegment segment) {
    return segment == null ? MemorySegment.NULL : segment;
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
