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
  private static final long SHARED_CALL = 1 << 23;

  /// Those of a step and thread below which threads would wait for each other rather than compute,
  /// some 0.5 µs.
  private static final long SHARED_STEP = 1 << 15;

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
    long step = Math.multiplyExact((long) call.batch, layer.gatesWidth());
    long ahead = Math.max(CHUNK_FLOATS / step, Math.ceilDiv(CHUNK_ROWS, call.batch));
    long chunk = Math.min(ahead, call.steps);
    long gates = Math.multiplyExact(chunk, step);
    long scratch = Math.multiplyExact((long) call.batch, layer.scratchWidth());
    int threads = threads(stepProducts, call.batch, call.steps, maxThreads);
    long arguments =
        Math.multiplyExact(
            Math.multiplyExact(Math.addExact(chunk, threads), (long) call.batch),
            layer.argumentWidth());
    long arranged = Math.addExact(gates, scratch);
    MemorySegment memory = workspace.floats(Math.addExact(arranged, arguments));
    LayerStructs.runSizes(run, call.steps, call.batch, chunk);
    LayerStructs.runStrides(run, call.x.step, call.x.row, call.y.step, call.y.row);
    LayerStructs.runState(run, call.state, call.stateOffset, call.stateRow);
    LayerStructs.runMemory(run, memory, gates);
    LayerStructs.runArguments(run, memory, arranged);
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
