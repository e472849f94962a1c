package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.ffi.OnednnRnn;
import java.lang.foreign.MemorySegment;

/// What bytes cannot stand for: a stream becomes NaN from the step on whose `x` holds a NaN or an
/// infinity, and throughout if its state does.
final class NotFinite {
  private final int input;
  private final int output;
  private final int state;

  NotFinite(LayerSpec spec) {
    input = spec.input();
    output = spec.output();
    state = spec.stateWidth();
  }

  /// For each stream the first step that is to be NaN, T if none is; null if that holds for all,
  /// which it does but for the rare call.
  int[] find(LayerCall call) {
    return OnednnRnn.isFinite(call.state, call.stateOffset, call.batch, call.stateRow, state)
            && isInputFinite(call)
        ? null
        : firstSteps(call);
  }

  private boolean isInputFinite(LayerCall call) {
    long step = call.batch * call.x.row;
    if (Math.abs(call.x.step) == step) { // all are one block
      long first = call.x.offset + Math.min(0, (call.steps - 1) * call.x.step);
      return OnednnRnn.isFinite(
          call.x.segment, first, (long) call.steps * call.batch, call.x.row, input);
    }
    for (int t = 0; t < call.steps; t++) {
      if (!OnednnRnn.isFinite(call.x.segment, call.x.at(t, 0), call.batch, call.x.row, input)) {
        return false;
      }
    }
    return true;
  }

  private int[] firstSteps(LayerCall call) {
    int[] steps = new int[call.batch];
    for (int n = 0; n < call.batch; n++) {
      int t = 0;
      if (isFinite(call.state, call.stateAt(n), state)) {
        while (t < call.steps && isFinite(call.x.segment, call.x.at(t, n), input)) {
          t++;
        }
      }
      steps[n] = t;
    }
    return steps;
  }

  /// Sets outputs and states to NaN.
  ///
  /// @param steps of [#find]
  void spoil(LayerCall call, int[] steps) {
    for (int n = 0; n < call.batch; n++) {
      for (int t = steps[n]; t < call.steps; t++) {
        fill(call.y.segment, call.y.at(t, n), output);
      }
      if (steps[n] < call.steps) {
        fill(call.state, call.stateAt(n), state);
      }
    }
  }

  private static void fill(MemorySegment segment, long at, int count) {
    for (int j = 0; j < count; j++) {
      Rows.set(segment, at + j, Float.NaN);
    }
  }

  private static boolean isFinite(MemorySegment segment, long at, int width) {
    return OnednnRnn.isFinite(segment, at, 1, width, width);
  }
}
