package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerStructs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Runs a [BlasLayer] for one session.
final class BlasRunner implements LayerRunner {
  /// Gates are computed ahead for as many steps as fit here: enough rows for an efficient product,
  /// few enough to be in the second-level cache still when their step comes.
  private static final long CHUNK_FLOATS = 1 << 16;

  private final Kernels kernels;
  private final LayerSpec spec;
  private final BlasLayer layer;
  private final Buffer workspace;
  private final MemorySegment run;

  BlasRunner(Kernels kernels, LayerSpec spec, BlasLayer layer, Arena arena, Buffer workspace) {
    this.kernels = kernels;
    this.spec = spec;
    this.layer = layer;
    this.workspace = workspace;
    this.run = new LayerStructs(arena).run();
  }

  @Override
  public void run(LayerCall call) {
    if (call.steps == 0 || call.batch == 0) {
      return;
    }
    long step = Math.multiplyExact((long) call.batch, (long) layer.plan().gatesWidth());
    long chunk = Math.clamp(CHUNK_FLOATS / Math.max(step, 1), 1, call.steps);
    long gates = Math.multiplyExact(chunk, step);
    long scratch = Math.multiplyExact((long) call.batch, (long) layer.plan().scratchWidth());
    MemorySegment memory = workspace.floats(Math.addExact(gates, scratch));
    LayerStructs.runSizes(run, call.steps, call.batch, chunk);
    LayerStructs.runStrides(run, call.x.step, call.x.row, call.y.step, call.y.row);
    LayerStructs.runState(run, call.state, call.stateOffset, call.stateRow);
    LayerStructs.runMemory(run, memory, 0, gates);
    // All streams of a call are at the same step of their periods.
    LayerStructs.runClock(run, (long) spec.clock(call.state, call.stateAt(0)));
    LayerStructs.runSide(run, call.side.segment, call.side.offset, call.side.step, call.side.row);
    LayerStructs.runAbove(
        run, call.above.segment, call.above.offset, call.above.step, call.above.row);
    LayerStructs.runTrace(
        run, call.trace.segment, call.trace.offset, call.trace.step, call.trace.row);
    kernels.runLayer(
        layer.segment(), run, call.x.segment, call.x.offset, call.y.segment, call.y.offset);
    for (int n = 0; n < call.batch; n++) {
      spec.tick(call.state, call.stateAt(n), call.steps);
    }
  }
}
