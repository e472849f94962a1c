package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.ffi.Blas;
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
    return isStateFinite(call) && isInputFinite(call) ? null : firstSteps(call);
  }

  private boolean isStateFinite(LayerCall call) {
    if (call.stateRow == state) {
      return isFinite(call.state, call.stateOffset, call.batch * call.stateRow);
    }
    for (int n = 0; n < call.batch; n++) {
      if (!isFinite(call.state, call.stateAt(n), state)) {
        return false;
      }
    }
    return true;
  }

  private boolean isInputFinite(LayerCall call) {
    long step = (long) call.batch * input;
    if (call.x.row == input && Math.abs(call.x.step) == step) {
      long first = call.x.offset + Math.min(0, (call.steps - 1) * call.x.step);
      return isFinite(call.x.segment, first, call.steps * step);
    }
    for (int i = 0; i < call.steps * call.batch; i++) {
      if (!isFinite(call.x.segment, call.x.at(i / call.batch, i % call.batch), input)) {
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

  /// By the sum of squares, which is finite only if all are; then, as large numbers overflow it,
  /// one by one.
  private static boolean isFinite(MemorySegment segment, long at, long count) {
    if (Float.isFinite(Blas.sumOfSquares(segment, at, count))) {
      return true;
    }
    for (long k = 0; k < count; k++) {
      if (!Float.isFinite(Rows.get(segment, at + k))) {
        return false;
      }
    }
    return true;
  }
}
