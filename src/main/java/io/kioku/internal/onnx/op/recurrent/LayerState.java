package io.kioku.internal.onnx.op.recurrent;

import io.kioku.State;
import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// One state of a layer between a node's values and a session, which has it as (D, N, H).
final class LayerState {
  private final String name;
  private final Options options;
  private final Floats initial; // null: zero
  private final Floats last; // null: nobody wants it
  private final Value swapped;
  private boolean isSwapped;
  private long batch;
  private long hidden;

  /// @param initial the input; null if it is left out
  /// @param last the output; null if nobody wants it
  LayerState(String name, Options options, Value initial, Value last, KernelContext context) {
    this.name = name;
    this.options = options;
    this.initial = initial == null ? null : new Floats(initial, context);
    this.last = last == null ? null : new Floats(last, context);
    this.swapped = context.scratch();
  }

  void prepare(LayerSizes sizes) {
    batch = sizes.batch();
    hidden = sizes.hidden();
    if (initial != null) {
      initial.prepare();
    }
    if (last != null) {
      last.prepare();
    }
    isSwapped = options.isBatchFirst() && options.directions() > 1 && batch > 1;
    if (isSwapped || initial == null) {
      swapped.resize(ElementType.FLOAT, options.directions(), batch, hidden);
    }
  }

  /// Where a run begins.
  void load(State state) {
    if (initial == null) {
      swapped.data().fill((byte) 0);
      state.set(name, swapped.data());
    } else if (isSwapped) {
      RowOrder.swap(initial.read(), swapped.data(), 1, batch, options.directions(), hidden);
      state.set(name, swapped.data());
    } else {
      state.set(name, initial.read());
    }
  }

  /// Where it has ended.
  void store(State state) {
    if (last == null) {
      return;
    }
    MemorySegment to = last.target();
    if (isSwapped) {
      state.get(name, swapped.data());
      RowOrder.swap(swapped.data(), to, 1, options.directions(), batch, hidden);
    } else {
      state.get(name, to);
    }
    last.written();
  }
}
