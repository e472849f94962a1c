package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnRnn;
import java.lang.foreign.MemorySegment;

/// One oneDNN primitive with its memory objects, for one T, N and set of strides.
///
/// The new state goes to the workspace and is copied from there: with source and destination of the
/// state in one place, oneDNN gives wrong results for some cells and shapes.
final class ShapedPrimitive {
  private static final long ALIGNMENT = 64;

  private final OnednnMemory onednn = new OnednnMemory(Onednn.get());
  private final OnednnRnn rnn = new OnednnRnn(Onednn.get());
  private final Handles handles = new Handles();
  private final int hidden;
  private final int steps;
  private final int batch;
  private final long xStep;
  private final long xRow;
  private final long yStep;
  private final long yRow;
  private final long stateRow;
  private final OnednnRnn.Memory memory;
  private final MemorySegment scratchpad;
  private final long scratchpadBytes;
  private final MemorySegment room;
  private final MemorySegment call;
  private long stateAddress;
  private long workspaceAddress;

  /// @param room memory for the call, [OnednnRnn#CALL_BYTES]; given back by [#release]
  ShapedPrimitive(OnednnLayer layer, LayerCall shape, MemorySegment room) {
    this.room = room;
    hidden = layer.spec().hidden();
    steps = shape.steps;
    batch = shape.batch;
    xStep = shape.x.step;
    xRow = shape.x.row;
    yStep = shape.y.step;
    yRow = shape.y.row;
    stateRow = shape.stateRow;
    Onednn.get().threads(layer.threads()); // read when a primitive is made, as when it runs
    try (Handles descriptors = new Handles()) {
      OnednnRnn.Memory wanted = describe(layer, descriptors);
      MemorySegment descriptor =
          rnn.describe(descriptors, layer.cell().primitive(), xStep < 0, wanted);
      MemorySegment weightsLayer = rnn.weights(descriptor, 0);
      MemorySegment weightsIter = rnn.weights(descriptor, 1);
      MemorySegment pad = rnn.scratchpad(descriptor);
      memory =
          new OnednnRnn.Memory(
              object(wanted.srcLayer()),
              object(wanted.srcIter()),
              object(wanted.srcC()),
              onednn.memory(handles, weightsLayer, layer.weights(0, weightsLayer)),
              onednn.memory(handles, weightsIter, layer.weights(1, weightsIter)),
              onednn.memory(handles, wanted.bias(), layer.bias()),
              object(wanted.dstLayer()),
              object(wanted.dstIter()),
              object(wanted.dstC()));
      scratchpadBytes = (onednn.bytes(pad) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      scratchpad = scratchpadBytes == 0 ? MemorySegment.NULL : object(pad);
      MemorySegment primitive = rnn.primitive(handles, descriptor);
      call = rnn.call(room, primitive, memory, scratchpad, layer.threads());
    } catch (RuntimeException | Error e) {
      handles.close();
      throw e;
    }
  }

  private OnednnRnn.Memory describe(OnednnLayer layer, Handles owner) {
    long input = layer.spec().input();
    long gates = layer.cell().gates();
    long biases = layer.cell().biases().size();
    boolean hasC = layer.cell().hasCellState();
    long[] state = {1, 1, batch, hidden};
    long[] stateStrides = {batch * stateRow, batch * stateRow, stateRow, 1};
    return new OnednnRnn.Memory(
        onednn.descriptor(
            owner, new long[] {steps, batch, input}, new long[] {Math.abs(xStep), xRow, 1}),
        onednn.descriptor(owner, state, stateStrides),
        hasC ? onednn.descriptor(owner, state, stateStrides) : MemorySegment.NULL,
        onednn.anyDescriptor(owner, 1, 1, input, gates, hidden),
        onednn.anyDescriptor(owner, 1, 1, hidden, gates, hidden),
        onednn.descriptor(owner, 1, 1, biases, hidden),
        onednn.descriptor(
            owner, new long[] {steps, batch, hidden}, new long[] {Math.abs(yStep), yRow, 1}),
        onednn.descriptor(owner, state),
        hasC ? onednn.descriptor(owner, state) : MemorySegment.NULL);
  }

  private MemorySegment object(MemorySegment descriptor) {
    return descriptor.equals(MemorySegment.NULL)
        ? MemorySegment.NULL
        : onednn.memory(handles, descriptor, MemorySegment.NULL);
  }

  /// Whether a call has this primitive's shape.
  boolean fits(LayerCall other) {
    return other.steps == steps
        && other.batch == batch
        && other.x.step == xStep
        && other.x.row == xRow
        && other.y.step == yStep
        && other.y.row == yRow
        && other.stateRow == stateRow;
  }

  void run(LayerCall shape, Buffer workspace) {
    long stateBytes = (long) batch * hidden * Float.BYTES;
    MemorySegment work = workspace.bytes(Math.addExact(scratchpadBytes, 2 * stateBytes));
    pointToState(shape.state.address() + shape.stateOffset * Float.BYTES);
    pointToWorkspace(work, stateBytes);
    // oneDNN takes the first step in memory, whichever it computes first.
    long x = shape.x.offset + Math.min(0, (steps - 1) * xStep);
    long y = shape.y.offset + Math.min(0, (steps - 1) * yStep);
    rnn.execute(call, shape.x.segment, x, shape.y.segment, y);
    int states = memory.dstC().equals(MemorySegment.NULL) ? 1 : 2;
    for (int s = 0; s < states; s++) {
      for (int n = 0; n < batch; n++) {
        Rows.copy(
            work,
            (scratchpadBytes + s * stateBytes) / Float.BYTES + (long) n * hidden,
            shape.state,
            shape.stateAt(n) + (long) s * hidden,
            hidden);
      }
    }
  }

  private void pointToState(long address) {
    if (address != stateAddress) {
      onednn.data(memory.srcIter(), MemorySegment.ofAddress(address));
      if (!memory.srcC().equals(MemorySegment.NULL)) {
        onednn.data(memory.srcC(), MemorySegment.ofAddress(address + (long) hidden * Float.BYTES));
      }
      stateAddress = address;
    }
  }

  /// The scratchpad first, for its alignment; then the new h and c.
  private void pointToWorkspace(MemorySegment work, long stateBytes) {
    long address = work.address();
    if (address != workspaceAddress) {
      if (!scratchpad.equals(MemorySegment.NULL)) {
        onednn.data(scratchpad, work);
      }
      onednn.data(memory.dstIter(), MemorySegment.ofAddress(address + scratchpadBytes));
      if (!memory.dstC().equals(MemorySegment.NULL)) {
        onednn.data(memory.dstC(), MemorySegment.ofAddress(address + scratchpadBytes + stateBytes));
      }
      workspaceAddress = address;
    }
  }

  /// Closes this and gives its memory to the next.
  MemorySegment release() {
    handles.close();
    return room;
  }
}
