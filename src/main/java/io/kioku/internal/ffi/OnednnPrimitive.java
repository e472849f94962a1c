package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.kioku.kioku_onednn_call;
import io.kioku.bindings.onednn.dnnl_exec_arg_t;
import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.LinkedHashMap;
import java.util.Map;

/// A reorder with its memory objects: a source, a destination and, if it has them, a scratchpad and
/// what bytes stand for. Running it allocates nothing. One thread at a time.
public final class OnednnPrimitive {
  /// Bytes of native memory that one takes.
  public static final long ROOM_BYTES = kioku_onednn_call.sizeof() + 5 * dnnl_exec_arg_t.sizeof();

  /// The alignment of that memory.
  public static final long ALIGNMENT = 8;

  private final OnednnMemory memory;
  private final MemorySegment descriptor;
  private final MemorySegment scratchpad;
  private final MemorySegment call;

  /// Makes a primitive.
  ///
  /// @param owner closes it
  /// @param descriptor of [OnednnReorders], closed by the same owner
  /// @param room [#ROOM_BYTES], overwritten
  /// @param threads OpenMP threads of one call; set for the calling thread before the primitive was
  ///   described, since its plan depends on them
  public OnednnPrimitive(Handles owner, MemorySegment descriptor, MemorySegment room, int threads) {
    this(owner, descriptor, Map.of(), room, threads);
  }

  /// Makes a reorder of [OnednnReorders#toBytes].
  public static OnednnPrimitive toBytes(
      Handles owner, MemorySegment descriptor, OnednnBytes bytes, MemorySegment room, int threads) {
    return new OnednnPrimitive(
        owner, descriptor, bytes.arguments(dnnl_h.DNNL_ARG_DST()), room, threads);
  }

  /// Makes a reorder of [OnednnReorders#fromBytes].
  public static OnednnPrimitive fromBytes(
      Handles owner, MemorySegment descriptor, OnednnBytes bytes, MemorySegment room, int threads) {
    return new OnednnPrimitive(
        owner, descriptor, bytes.arguments(dnnl_h.DNNL_ARG_SRC()), room, threads);
  }

  private OnednnPrimitive(
      Handles owner,
      MemorySegment descriptor,
      Map<Integer, MemorySegment> more,
      MemorySegment room,
      int threads) {
    Onednn library = Onednn.get();
    this.memory = new OnednnMemory(library);
    this.descriptor = descriptor;
    MemorySegment source = object(owner, layout(dnnl_h.dnnl_query_src_md()));
    MemorySegment destination = object(owner, layout(dnnl_h.dnnl_query_dst_md()));
    scratchpad = object(owner, scratchpadLayout());
    Map<Integer, MemorySegment> named = new LinkedHashMap<>(more);
    named.put(dnnl_h.DNNL_ARG_SRC(), source);
    named.put(dnnl_h.DNNL_ARG_DST(), destination);
    named.put(dnnl_h.DNNL_ARG_SCRATCHPAD(), scratchpad);
    named.values().removeIf(MemorySegment.NULL::equals);
    SegmentAllocator allocator = SegmentAllocator.slicingAllocator(room);
    call = kioku_onednn_call.allocate(allocator);
    kioku_onednn_call.primitive(call, library.primitive(owner, descriptor));
    kioku_onednn_call.stream(call, library.stream());
    kioku_onednn_call.args(call, Onednn.arguments(allocator, named));
    kioku_onednn_call.arg_count(call, named.size());
    kioku_onednn_call.x(call, source);
    kioku_onednn_call.y(call, destination);
    kioku_onednn_call.threads(call, threads);
  }

  private MemorySegment object(Handles owner, MemorySegment layout) {
    return memory.bytes(layout) == 0
        ? MemorySegment.NULL
        : memory.memory(owner, layout, MemorySegment.NULL);
  }

  private MemorySegment layout(int what) {
    return dnnl_h.dnnl_primitive_desc_query_md(descriptor, what, 0);
  }

  /// The layout of its scratchpad; of no bytes if it needs none.
  public MemorySegment scratchpadLayout() {
    return layout(dnnl_h.dnnl_query_scratchpad_md());
  }

  /// Sets the scratchpad of the runs that follow.
  public void scratchpad(MemorySegment data) {
    if (!scratchpad.equals(MemorySegment.NULL)) {
      memory.data(scratchpad, data);
    }
  }

  /// Runs it.
  public void run(MemorySegment x, MemorySegment y) {
    run(x, 0, y, 0);
  }

  /// Runs it from and to places in segments, counted in floats whatever lies there.
  public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    Onednn.check(kioku_h.kioku_onednn_execute(call, x, xOffset, y, yOffset), "run a primitive");
  }
}
