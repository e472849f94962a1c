package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;

/// Memory as oneDNN sees it: descriptors of layouts, memory objects over segments, and reorders
/// between layouts.
public final class OnednnMemory {
  private final Onednn library;

  /// Memory of a loaded library.
  public OnednnMemory(Onednn library) {
    this.library = library;
  }

  /// A descriptor of float32 values with these dimensions and strides.
  public MemorySegment descriptor(Handles owner, long[] dims, long[] strides) {
    return descriptor(owner, OnednnType.F32, dims, strides);
  }

  /// A descriptor of float32 values, dense in the order of the dimensions.
  public MemorySegment descriptor(Handles owner, long... dims) {
    return descriptor(owner, OnednnType.F32, dims);
  }

  /// A descriptor of values of a type, dense in the order of the dimensions.
  public MemorySegment descriptor(Handles owner, OnednnType type, long... dims) {
    return descriptor(owner, type, dims, strides(dims));
  }

  /// A descriptor of values of a type with these dimensions and strides.
  public MemorySegment descriptor(Handles owner, OnednnType type, long[] dims, long[] strides) {
    return owner.create(
        (allocator, out) ->
            dnnl_h.dnnl_memory_desc_create_with_strides(
                out, dims.length, longs(allocator, dims), type.code(), longs(allocator, strides)),
        dnnl_h::dnnl_memory_desc_destroy,
        "describe memory of " + Arrays.toString(dims));
  }

  /// The strides of what is dense in the order of the dimensions.
  public static long[] strides(long... dims) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, Math.max(dims[i], 1));
    }
    return strides;
  }

  /// A descriptor of float32 values whose layout a primitive chooses.
  public MemorySegment anyDescriptor(Handles owner, long... dims) {
    return anyDescriptor(owner, OnednnType.F32, dims);
  }

  /// A descriptor of values of a type whose layout a primitive chooses.
  public MemorySegment anyDescriptor(Handles owner, OnednnType type, long... dims) {
    return owner.create(
        (allocator, out) ->
            dnnl_h.dnnl_memory_desc_create_with_tag(
                out,
                dims.length,
                longs(allocator, dims),
                type.code(),
                dnnl_h.dnnl_format_tag_any()),
        dnnl_h::dnnl_memory_desc_destroy,
        "describe weights of " + Arrays.toString(dims));
  }

  /// A copy of a descriptor that outlives its owner.
  public MemorySegment copy(Handles owner, MemorySegment descriptor) {
    return owner.create(
        (allocator, out) -> dnnl_h.dnnl_memory_desc_clone(out, descriptor),
        dnnl_h::dnnl_memory_desc_destroy,
        "copy a memory descriptor");
  }

  /// Whether two descriptors have the same layout.
  public boolean equal(MemorySegment a, MemorySegment b) {
    return dnnl_h.dnnl_memory_desc_equal(a, b) != 0;
  }

  /// The bytes that a descriptor's memory takes; 0 for none.
  public long bytes(MemorySegment descriptor) {
    return descriptor.equals(MemorySegment.NULL) ? 0 : dnnl_h.dnnl_memory_desc_get_size(descriptor);
  }

  /// A memory object over a segment that must outlive it; [MemorySegment#NULL] for one that is set
  /// later.
  public MemorySegment memory(Handles owner, MemorySegment descriptor, MemorySegment data) {
    return owner.create(
        (allocator, out) -> dnnl_h.dnnl_memory_create(out, descriptor, library.engine(), data),
        dnnl_h::dnnl_memory_destroy,
        "create a memory object");
  }

  /// Points a memory object at other data.
  public void data(MemorySegment memory, MemorySegment data) {
    Onednn.check(dnnl_h.dnnl_memory_set_data_handle(memory, data), "set a memory object's data");
  }

  /// Copies values from one layout to another.
  public void reorder(
      MemorySegment fromDescriptor,
      MemorySegment from,
      MemorySegment toDescriptor,
      MemorySegment to) {
    try (Arena arena = Arena.ofConfined();
        Handles temporary = new Handles()) {
      MemorySegment descriptor =
          temporary.create(
              (allocator, out) ->
                  dnnl_h.dnnl_reorder_primitive_desc_create(
                      out,
                      fromDescriptor,
                      library.engine(),
                      toDescriptor,
                      library.engine(),
                      MemorySegment.NULL),
              dnnl_h::dnnl_primitive_desc_destroy,
              "describe a reorder");
      MemorySegment primitive = library.primitive(temporary, descriptor);
      MemorySegment source = memory(temporary, fromDescriptor, from);
      MemorySegment target = memory(temporary, toDescriptor, to);
      MemorySegment args =
          Onednn.arguments(
              arena, Map.of(dnnl_h.DNNL_ARG_FROM(), source, dnnl_h.DNNL_ARG_TO(), target));
      Onednn.check(dnnl_h.dnnl_primitive_execute(primitive, library.stream(), 2, args), "reorder");
      Onednn.check(dnnl_h.dnnl_stream_wait(library.stream()), "wait for a reorder");
    }
  }

  private static MemorySegment longs(SegmentAllocator allocator, long[] values) {
    return allocator.allocateFrom(ValueLayout.JAVA_LONG, values);
  }
}
