package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.ffi.Handles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/// Runs an [OnednnLayer] for one session. A primitive is bound to its shape, so the session keeps
/// those that it used last; behind them stands oneDNN's own cache, which makes a primitive again in
/// some microseconds.
final class OnednnRunner implements LayerRunner {
  private static final int KEPT = 8;
  private static final long ALIGNMENT = 8;

  private final OnednnLayer layer;
  private final Arena arena;
  private final Buffer workspace;
  private final LayerCall step = new LayerCall();
  private final Deque<ShapedPrimitive> primitives = new ArrayDeque<>(KEPT);

  OnednnRunner(OnednnLayer layer, Arena arena, Buffer workspace) {
    this.layer = layer;
    this.arena = arena;
    this.workspace = workspace;
  }

  @Override
  public void run(LayerCall call) {
    // There is no AUGRU from right to left: its steps are taken one by one.
    boolean isStepped = layer.cell().hasAttention() && call.x.step < 0;
    for (int t = 0; isStepped && t < call.steps; t++) {
      step.setStep(call, t);
      primitiveFor(step).run(step, workspace);
    }
    step.release();
    if (!isStepped && call.steps > 0 && call.batch > 0) {
      primitiveFor(call).run(call, workspace);
    }
  }

  private ShapedPrimitive primitiveFor(LayerCall call) {
    ShapedPrimitive first = primitives.peekFirst();
    if (first != null && first.fits(call)) {
      return first;
    }
    for (Iterator<ShapedPrimitive> all = primitives.iterator(); all.hasNext(); ) {
      ShapedPrimitive primitive = all.next();
      if (primitive.fits(call)) {
        all.remove();
        primitives.addFirst(primitive);
        return primitive;
      }
    }
    MemorySegment room =
        primitives.size() == KEPT
            ? primitives.removeLast().release()
            : arena.allocate(ShapedPrimitive.ROOM_BYTES, ALIGNMENT);
    ShapedPrimitive made = new ShapedPrimitive(layer, call, room);
    primitives.addFirst(made);
    return made;
  }

  @Override
  public void close() {
    Handles all = new Handles();
    primitives.forEach(primitive -> all.onClose(primitive::release));
    primitives.clear();
    all.close();
  }
}
