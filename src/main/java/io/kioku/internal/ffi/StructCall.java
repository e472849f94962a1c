package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// A call whose arguments are fields of 64 bits in one struct. One thread at a time.
abstract class StructCall {
  private final MemorySegment struct;

  /// @param fields of the struct
  StructCall(int fields, SegmentAllocator allocator) {
    Kernels.get();
    struct = allocator.allocate((long) fields * Long.BYTES, Long.BYTES);
  }

  /// Calls the function.
  abstract void invoke() throws Throwable;

  /// Calls it.
  final void call() {
    try {
      invoke();
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  final long address() {
    return struct.address();
  }

  final void set(int field, long value) {
    struct.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  final void set(int field, boolean value) {
    set(field, value ? 1L : 0L);
  }

  final void set(int field, KiokuType type) {
    set(field, type.code());
  }

  final void set(int field, double value) {
    struct.set(ValueLayout.JAVA_DOUBLE, (long) field * Long.BYTES, value);
  }

  final void set(int field, long[] values) {
    for (int i = 0; i < values.length; i++) {
      set(field + i, values[i]);
    }
  }
}
