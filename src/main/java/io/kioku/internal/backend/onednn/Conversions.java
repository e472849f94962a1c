package io.kioku.internal.backend.onednn;

import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnBytes;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnPrimitive;
import io.kioku.internal.ffi.OnednnReorders;
import io.kioku.internal.ffi.OnednnRnn;
import java.lang.foreign.MemorySegment;

/// What stands around a primitive of fewer bits than float32 has: `x` and `h` are converted for it,
/// and its outputs back.
final class Conversions {
  /// Native memory that they take.
  static final long ROOM_BYTES = 3 * OnednnPrimitive.ROOM_BYTES;

  private final OnednnReorders reorders = new OnednnReorders(Onednn.get());
  private final Handles owner;
  private final MemorySegment room;
  private final int threads;
  private final OnednnPrimitive input;
  private final OnednnPrimitive state;
  private final OnednnPrimitive output;

  /// @param x the layout of the floats that are the input
  /// @param h of the state
  /// @param y of the outputs
  /// @param reduced the layouts of what the primitive reads and writes
  /// @param owner closes all
  /// @param room [#ROOM_BYTES], overwritten
  Conversions(
      OnednnLayer layer,
      MemorySegment x,
      MemorySegment h,
      MemorySegment y,
      OnednnRnn.Memory reduced,
      Handles owner,
      MemorySegment room) {
    this.owner = owner;
    this.room = room;
    this.threads = layer.threads();
    this.input = to(x, reduced.srcLayer(), layer.inputBytes(), 0);
    this.state = to(h, reduced.srcIter(), layer.stateBytes(), 1);
    this.output = from(reduced.dstLayer(), y, layer.stateBytes(), 2);
  }

  private OnednnPrimitive to(
      MemorySegment floats, MemorySegment values, OnednnBytes bytes, int place) {
    return bytes == null
        ? new OnednnPrimitive(owner, reorders.reorder(owner, floats, values), room(place), threads)
        : OnednnPrimitive.toBytes(
            owner, reorders.toBytes(owner, floats, values), bytes, room(place), threads);
  }

  private OnednnPrimitive from(
      MemorySegment values, MemorySegment floats, OnednnBytes bytes, int place) {
    return bytes == null
        ? new OnednnPrimitive(owner, reorders.reorder(owner, values, floats), room(place), threads)
        : OnednnPrimitive.fromBytes(
            owner, reorders.fromBytes(owner, values, floats), bytes, room(place), threads);
  }

  private MemorySegment room(int place) {
    return room.asSlice(place * OnednnPrimitive.ROOM_BYTES);
  }

  OnednnPrimitive input() {
    return input;
  }

  OnednnPrimitive state() {
    return state;
  }

  OnednnPrimitive output() {
    return output;
  }

  /// What a scratchpad needs that they share.
  long scratchpadBytes() {
    OnednnMemory memory = new OnednnMemory(Onednn.get());
    return Math.max(
        memory.bytes(input.scratchpadLayout()),
        Math.max(memory.bytes(state.scratchpadLayout()), memory.bytes(output.scratchpadLayout())));
  }

  void scratchpad(MemorySegment data) {
    input.scratchpad(data);
    state.scratchpad(data);
    output.scratchpad(data);
  }
}
