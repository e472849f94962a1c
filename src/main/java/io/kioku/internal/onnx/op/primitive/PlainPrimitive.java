package io.kioku.internal.onnx.op.primitive;

import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.ffi.OnednnPrimitive;
import java.lang.foreign.MemorySegment;

/// A primitive between tensors as ONNX has them: where it wants another layout, a reorder stands
/// before or behind it.
final class PlainPrimitive implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  /// Bytes of native memory that one takes.
  static final long ROOM_BYTES = 4 * OnednnPrimitive.ROOM_BYTES;

  private final Handles handles;
  private final OnednnMemory memory = new OnednnMemory(Onednn.get());
  private final OnednnOperations operations = new OnednnOperations(Onednn.get());
  private final int threads;
  private final MemorySegment room;
  private int rooms;
  private final OnednnPrimitive primitive;
  private final OnednnPrimitive before; // null: the source is as the primitive wants it
  private final OnednnPrimitive pack; // null: the weights are, or are constant
  private final OnednnPrimitive behind; // null: the destination is
  private final boolean isConstant;
  private MemorySegment source;
  private MemorySegment weights;
  private MemorySegment destination;

  private PlainPrimitive(
      Handles handles, PrimitiveDescription.Described described, MemorySegment room, int threads) {
    this.handles = handles;
    this.room = room;
    this.threads = threads;
    primitive = primitive(described.primitive());
    before = reorder(described.source(), primitive.sourceLayout());
    MemorySegment result = described.result();
    behind =
        reorder(result == null ? primitive.destinationLayout() : result, described.destination());
    isConstant = described.packed() != null;
    pack =
        isConstant || described.weights().equals(MemorySegment.NULL)
            ? null
            : reorder(described.weights(), primitive.weightsLayout());
    if (isConstant) {
      primitive.weights(described.packed().in(primitive.weightsLayout(), described.weights()));
    }
  }

  /// Makes it as described; null if oneDNN has nothing for that.
  ///
  /// @param room [#ROOM_BYTES], overwritten
  static PlainPrimitive of(PrimitiveDescription description, MemorySegment room, int threads) {
    Onednn.get().threads(threads); // read when a primitive is described, as when it runs
    Handles handles = new Handles();
    boolean done = false;
    try {
      PrimitiveDescription.Described described =
          description.describe(
              handles, new OnednnMemory(Onednn.get()), new OnednnOperations(Onednn.get()));
      if (described == null || described.primitive().equals(MemorySegment.NULL)) {
        return null;
      }
      PlainPrimitive made = new PlainPrimitive(handles, described, room, threads);
      done = true;
      return made;
    } finally {
      if (!done) {
        handles.close();
      }
    }
  }

  private OnednnPrimitive primitive(MemorySegment descriptor) {
    MemorySegment own = room.asSlice(OnednnPrimitive.ROOM_BYTES * rooms++);
    return new OnednnPrimitive(handles, descriptor, own, threads);
  }

  private OnednnPrimitive reorder(MemorySegment from, MemorySegment to) {
    if (memory.equal(from, to)) {
      return null;
    }
    MemorySegment descriptor = operations.reorder(handles, from, to);
    if (descriptor.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("oneDNN has no reorder for a layout of its own");
    }
    return primitive(descriptor);
  }

  /// The floats of work memory that it needs.
  long workFloats() {
    long bytes = 0;
    for (OnednnPrimitive each : new OnednnPrimitive[] {primitive, before, pack, behind}) {
      bytes += each == null ? 0 : aligned(each.scratchpadLayout());
    }
    bytes += before == null ? 0 : aligned(primitive.sourceLayout());
    bytes += pack == null ? 0 : aligned(primitive.weightsLayout());
    bytes += behind == null ? 0 : aligned(primitive.destinationLayout());
    return bytes / Float.BYTES;
  }

  private long aligned(MemorySegment layout) {
    return (memory.bytes(layout) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /// Sets the work memory of the runs that follow.
  void workMemory(MemorySegment work) {
    long at = 0;
    for (OnednnPrimitive each : new OnednnPrimitive[] {primitive, before, pack, behind}) {
      if (each != null) {
        each.scratchpad(work.asSlice(at));
        at += aligned(each.scratchpadLayout());
      }
    }
    source = work.asSlice(at);
    at += before == null ? 0 : aligned(primitive.sourceLayout());
    weights = work.asSlice(at);
    at += pack == null ? 0 : aligned(primitive.weightsLayout());
    destination = work.asSlice(at);
  }

  /// Runs it.
  ///
  /// @param w null if there are no weights
  /// @param b null if there is no bias
  void run(MemorySegment x, MemorySegment w, MemorySegment b, MemorySegment y) {
    if (pack != null) {
      pack.run(w, weights);
      primitive.weights(weights);
    } else if (!isConstant && w != null) {
      primitive.weights(w);
    }
    if (b != null) {
      primitive.bias(b);
    }
    if (before != null) {
      before.run(x, source);
    }
    primitive.run(before == null ? x : source, behind == null ? y : destination);
    if (behind != null) {
      behind.run(destination, y);
    }
  }

  @Override
  public void close() {
    handles.close();
  }
}
