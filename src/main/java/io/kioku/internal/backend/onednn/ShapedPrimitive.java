package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnRnn;
import io.kioku.internal.ffi.OnednnType;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.MemorySegment;

/// One oneDNN primitive with its memory objects, for one T, N and set of strides.
///
/// The new state goes to the workspace and is copied from there: with source and destination of the
/// state in one place, oneDNN gives wrong results for some cells and shapes.
///
/// In fewer bits `x` and `h` are converted to the workspace, and the outputs from there; the new h
/// is the last of them.
final class ShapedPrimitive {
  /// Native memory that one takes.
  static final long ROOM_BYTES = OnednnRnn.CALL_BYTES + Conversions.ROOM_BYTES;

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
  private final Conversions conversions; // null in float32
  private final NotFinite inBytes; // null of other formats
  private final MemorySegment scratchpad;
  private final MemorySegment room;
  private final MemorySegment call;

  // Where things lie in the workspace, in floats: the scratchpad first, then these.
  private final long newH;
  private final long newC;
  private final long scores;
  private final long input;
  private final long state;
  private final long outputs;
  private long workspaceFloats;

  private long stateAddress;
  private long workspaceAddress;

  /// @param room memory for the calls, [#ROOM_BYTES]; given back by [#release]
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
    inBytes = layer.format() == WeightFormat.INT8 ? new NotFinite(layer.spec()) : null;
    Onednn.get().threads(layer.threads()); // read when a primitive is made, as when it runs
    try (Handles descriptors = new Handles()) {
      OnednnRnn.Memory wanted = describe(layer, descriptors);
      MemorySegment descriptor =
          rnn.describe(
              descriptors, layer.cell().primitive(), steps > 1 && xStep < 0, wanted, layer.bytes());
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
      scratchpad = onednn.bytes(pad) == 0 ? MemorySegment.NULL : object(pad);
      MemorySegment primitive = rnn.primitive(handles, descriptor);
      call = rnn.call(room, primitive, memory, scratchpad, layer.threads());
      conversions = layer.format() == WeightFormat.F32 ? null : conversions(layer, wanted);
      place(Math.max(onednn.bytes(pad), conversions == null ? 0 : conversions.scratchpadBytes()));
      newH = place(onednn.bytes(wanted.dstIter()));
      newC = place(onednn.bytes(wanted.dstC()));
      scores = place(onednn.bytes(wanted.attention()));
      input = conversions == null ? 0 : place(onednn.bytes(wanted.srcLayer()));
      state = conversions == null ? 0 : place(onednn.bytes(wanted.srcIter()));
      outputs = conversions == null ? 0 : place(onednn.bytes(wanted.dstLayer()));
    } catch (RuntimeException | Error e) {
      handles.close();
      throw e;
    }
  }

  /// Room in the workspace, aligned to a cache line.
  private long place(long bytes) {
    long at = workspaceFloats;
    workspaceFloats += Math.ceilDiv(bytes, ALIGNMENT) * (ALIGNMENT / Float.BYTES);
    return at;
  }

  private Conversions conversions(OnednnLayer layer, OnednnRnn.Memory reduced) {
    MemorySegment x = sequence(handles, layer.spec().input(), xStep, xRow);
    MemorySegment h = state(handles, output, stateRow);
    MemorySegment y = sequence(handles, output, yStep, yRow);
    return new Conversions(layer, x, h, y, reduced, handles, room.asSlice(OnednnRnn.CALL_BYTES));
  }

  private OnednnRnn.Memory describe(OnednnLayer layer, Handles owner) {
    RnnCell cell = layer.cell();
    long input = layer.spec().input();
    long gates = cell.gates();
    MemorySegment none = MemorySegment.NULL;
    boolean isFloat = layer.format() == WeightFormat.F32;
    OnednnType type = layer.format().valueType();
    OnednnType weights = layer.format().weightType();
    return new OnednnRnn.Memory(
        isFloat
            ? sequence(owner, input, xStep, xRow)
            : onednn.descriptor(owner, type, steps, batch, input),
        isFloat
            ? state(owner, output, stateRow)
            : onednn.descriptor(owner, type, 1, 1, batch, output),
        cell.hasCellState() ? state(owner, hidden, stateRow) : none,
        onednn.anyDescriptor(owner, weights, 1, 1, input, gates, hidden),
        onednn.anyDescriptor(owner, weights, 1, 1, output, gates, hidden),
        cell.peepholes().isEmpty() ? none : onednn.descriptor(owner, 1, 1, 3, hidden),
        cell.projection() == null ? none : onednn.anyDescriptor(owner, 1, 1, hidden, output),
        cell.hasAttention() ? onednn.descriptor(owner, steps, batch, 1) : none,
        onednn.descriptor(owner, 1, 1, cell.biases().size(), hidden),
        isFloat
            ? sequence(owner, output, yStep, yRow)
            : onednn.descriptor(owner, type, steps, batch, output),
        onednn.descriptor(owner, type, 1, 1, batch, output),
        cell.hasCellState() ? onednn.descriptor(owner, 1, 1, batch, hidden) : none);
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

  void run(LayerCall shape, Buffer workspace) {
    MemorySegment work = workspace.floats(workspaceFloats);
    pointToState(shape.state.address() + shape.stateOffset * Float.BYTES);
    pointToWorkspace(work);
    // oneDNN takes the first step in memory, whichever it computes first.
    long x = shape.x.offset + Math.min(0, (steps - 1) * xStep);
    long y = shape.y.offset + Math.min(0, (steps - 1) * yStep);
    copyScores(shape, work);
    int[] notFinite = inBytes == null ? null : inBytes.find(shape);
    if (conversions == null) {
      rnn.execute(call, shape.x.segment, x, shape.y.segment, y);
    } else {
      conversions.input().run(shape.x.segment, x, work, input);
      conversions.state().run(shape.state, shape.stateOffset, work, state);
      rnn.execute(call, work, input, work, outputs);
      conversions.output().run(work, outputs, shape.y.segment, y);
    }
    copyStates(shape, work);
    if (notFinite != null) {
      inBytes.spoil(shape, notFinite);
    }
  }

  /// One after the other.
  private void copyScores(LayerCall shape, MemorySegment work) {
    long count = memory.attention().equals(MemorySegment.NULL) ? 0 : (long) steps * batch;
    for (long i = 0; i < count; i++) {
      int t = (int) (i / batch);
      int inTime = xStep < 0 ? steps - 1 - t : t;
      Rows.copy(shape.side.segment, shape.side.at(inTime, (int) (i % batch)), work, scores + i, 1);
    }
  }

  private void copyStates(LayerCall shape, MemorySegment work) {
    for (int n = 0; n < batch; n++) {
      long to = shape.stateAt(n);
      if (conversions == null) {
        Rows.copy(work, newH + (long) n * output, shape.state, to, output);
      } else {
        Rows.copy(shape.y.segment, shape.y.at(steps - 1, n), shape.state, to, output);
      }
      if (!memory.dstC().equals(MemorySegment.NULL)) {
        Rows.copy(work, newC + (long) n * hidden, shape.state, to + output, hidden);
      }
    }
  }

  private void pointToState(long address) {
    if (address != stateAddress) {
      if (conversions == null) {
        onednn.data(memory.srcIter(), MemorySegment.ofAddress(address));
      }
      if (!memory.srcC().equals(MemorySegment.NULL)) {
        onednn.data(memory.srcC(), MemorySegment.ofAddress(address + (long) output * Float.BYTES));
      }
      stateAddress = address;
    }
  }

  private void pointToWorkspace(MemorySegment work) {
    if (work.address() != workspaceAddress) {
      workspaceAddress = work.address();
      point(scratchpad, 0);
      point(memory.dstIter(), newH);
      point(memory.dstC(), newC);
      point(memory.attention(), scores);
      if (conversions != null) {
        point(memory.srcIter(), state);
        conversions.scratchpad(work);
      }
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
