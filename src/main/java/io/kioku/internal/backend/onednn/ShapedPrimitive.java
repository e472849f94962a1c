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
  private final int output;
  private final int steps;
  private final int batch;
  private final long xStep;
  private final long xRow;
  private final long yStep;
  private final long yRow;
  private final long stateRow;
  private final long sideStep;
  private final long sideRow;
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
    output = layer.spec().output();
    steps = shape.steps;
    batch = shape.batch;
    xStep = shape.x.step;
    xRow = shape.x.row;
    yStep = shape.y.step;
    yRow = shape.y.row;
    stateRow = shape.stateRow;
    sideStep = shape.side.step;
    sideRow = shape.side.row;
    Onednn.get().threads(layer.threads()); // read when a primitive is made, as when it runs
    try (Handles descriptors = new Handles()) {
      OnednnRnn.Memory wanted = describe(layer, descriptors);
      MemorySegment descriptor =
          rnn.describe(descriptors, layer.cell().primitive(), steps > 1 && xStep < 0, wanted);
      MemorySegment weightsLayer = rnn.weights(descriptor, 0);
      MemorySegment weightsIter = rnn.weights(descriptor, 1);
      MemorySegment projection =
          rnn.weights(descriptor, layer.cell().peepholes().isEmpty() ? 2 : 3);
      MemorySegment pad = rnn.scratchpad(descriptor);
      memory =
          new OnednnRnn.Memory(
              object(wanted.srcLayer()),
              object(wanted.srcIter()),
              object(wanted.srcC()),
              onednn.memory(handles, weightsLayer, layer.inputWeights(weightsLayer)),
              onednn.memory(handles, weightsIter, layer.recurrentWeights(weightsIter)),
              layer.cell().peepholes().isEmpty()
                  ? MemorySegment.NULL
                  : onednn.memory(handles, wanted.peepholes(), layer.peepholes()),
              layer.cell().projection() == null
                  ? MemorySegment.NULL
                  : onednn.memory(handles, projection, layer.projection(projection)),
              object(wanted.attention()),
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
    RnnCell cell = layer.cell();
    long input = layer.spec().input();
    long gates = cell.gates();
    MemorySegment none = MemorySegment.NULL;
    return new OnednnRnn.Memory(
        sequence(owner, input, xStep, xRow),
        state(owner, output, stateRow),
        cell.hasCellState() ? state(owner, hidden, stateRow) : none,
        onednn.anyDescriptor(owner, 1, 1, input, gates, hidden),
        onednn.anyDescriptor(owner, 1, 1, output, gates, hidden),
        cell.peepholes().isEmpty() ? none : onednn.descriptor(owner, 1, 1, 3, hidden),
        cell.projection() == null ? none : onednn.anyDescriptor(owner, 1, 1, hidden, output),
        cell.hasAttention() ? onednn.descriptor(owner, steps, batch, 1) : none,
        onednn.descriptor(owner, 1, 1, cell.biases().size(), hidden),
        sequence(owner, output, yStep, yRow),
        state(owner, output, output),
        cell.hasCellState() ? state(owner, hidden, hidden) : none);
  }

  private MemorySegment sequence(Handles owner, long width, long step, long row) {
    return onednn.descriptor(
        owner, new long[] {steps, batch, width}, new long[] {Math.abs(step), row, 1});
  }

  private MemorySegment state(Handles owner, long width, long row) {
    return onednn.descriptor(
        owner, new long[] {1, 1, batch, width}, new long[] {batch * row, batch * row, row, 1});
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
        && other.stateRow == stateRow
        && other.side.step == sideStep
        && other.side.row == sideRow;
  }

  /// The workspace: the scratchpad first, for its alignment; then the new h, the new c, and the
  /// scores one after the other.
  void run(LayerCall shape, Buffer workspace) {
    boolean hasC = !memory.dstC().equals(MemorySegment.NULL);
    long newH = scratchpadBytes / Float.BYTES;
    long newC = newH + (long) batch * output;
    long scores = newC + (hasC ? (long) batch * hidden : 0);
    long attention = memory.attention().equals(MemorySegment.NULL) ? 0 : (long) steps * batch;
    MemorySegment work = workspace.floats(Math.addExact(scores, attention));
    pointToState(shape.state.address() + shape.stateOffset * Float.BYTES);
    pointToWorkspace(work, newH, newC, scores);
    // oneDNN takes the first step in memory, whichever it computes first.
    long x = shape.x.offset + Math.min(0, (steps - 1) * xStep);
    long y = shape.y.offset + Math.min(0, (steps - 1) * yStep);
    for (long i = 0; i < attention; i++) {
      int t = (int) (i / batch);
      int inTime = xStep < 0 ? steps - 1 - t : t;
      Rows.copy(shape.side.segment, shape.side.at(inTime, (int) (i % batch)), work, scores + i, 1);
    }
    rnn.execute(call, shape.x.segment, x, shape.y.segment, y);
    for (int n = 0; n < batch; n++) {
      long to = shape.stateAt(n);
      Rows.copy(work, newH + (long) n * output, shape.state, to, output);
      if (hasC) {
        Rows.copy(work, newC + (long) n * hidden, shape.state, to + output, hidden);
      }
    }
  }

  private void pointToState(long address) {
    if (address != stateAddress) {
      onednn.data(memory.srcIter(), MemorySegment.ofAddress(address));
      if (!memory.srcC().equals(MemorySegment.NULL)) {
        onednn.data(memory.srcC(), MemorySegment.ofAddress(address + (long) output * Float.BYTES));
      }
      stateAddress = address;
    }
  }

  private void pointToWorkspace(MemorySegment work, long newH, long newC, long scores) {
    if (work.address() != workspaceAddress) {
      workspaceAddress = work.address();
      point(scratchpad, 0);
      point(memory.dstIter(), newH);
      point(memory.dstC(), newC);
      point(memory.attention(), scores);
    }
  }

  private void point(MemorySegment object, long floats) {
    if (!object.equals(MemorySegment.NULL)) {
      onednn.data(object, MemorySegment.ofAddress(workspaceAddress + floats * Float.BYTES));
    }
  }

  /// Closes this and gives its memory to the next.
  MemorySegment release() {
    handles.close();
    return room;
  }
}
