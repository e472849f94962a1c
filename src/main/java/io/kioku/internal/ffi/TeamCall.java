package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// A call that the threads of a team may share: its arguments are fields of 64 bits in one struct.
/// One thread at a time.
abstract class TeamCall {
  private final MemorySegment struct;
  private final int threads;
  private final int threadsField;

  /// @param fields of the struct
  /// @param threadsField where `threads` is; `team` follows it
  TeamCall(int fields, int threadsField, int threads, SegmentAllocator allocator) {
    Kernels.get();
    struct = allocator.allocate((long) fields * Long.BYTES, Long.BYTES);
    this.threads = threads;
    this.threadsField = threadsField;
  }

  /// Calls the function.
  abstract void invoke() throws Throwable;

  final long address() {
    return struct.address();
  }

  final int threads() {
    return threads;
  }

  final void set(int field, long value) {
    struct.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  final void set(int field, double value) {
    struct.set(ValueLayout.JAVA_DOUBLE, (long) field * Long.BYTES, value);
  }

  final void set(int field, long[] values) {
    for (int i = 0; i < values.length; i++) {
      set(field + i, values[i]);
    }
  }

  /// Calls it with a team, or alone where there is none.
  final void share() {
    Teams teams = threads == 1 ? null : Teams.of(threads);
    MemorySegment team = teams == null ? MemorySegment.NULL : teams.take();
    set(threadsField, team.address() == 0 ? 1 : threads);
    set(threadsField + 1, team.address());
    try {
      invoke();
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    } finally {
      if (teams != null) {
        teams.give(team);
      }
    }
  }
}
