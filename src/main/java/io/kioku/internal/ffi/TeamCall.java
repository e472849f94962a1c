package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// A call that the threads of a team may share. One thread at a time.
abstract class TeamCall extends StructCall {
  private final int threads;
  private final int threadsField;

  /// @param fields of the struct
  /// @param threadsField where `threads` is; `team` follows it
  TeamCall(int fields, int threadsField, int threads, SegmentAllocator allocator) {
    super(fields, allocator);
    this.threads = threads;
    this.threadsField = threadsField;
  }

  final int threads() {
    return threads;
  }

  /// Calls it with a team, or alone where there is none.
  final void share() {
    Teams teams = threads == 1 ? null : Teams.of(threads);
    MemorySegment team = teams == null ? MemorySegment.NULL : teams.take();
    set(threadsField, team.address() == 0 ? 1 : threads);
    set(threadsField + 1, team.address());
    try {
      call();
    } finally {
      if (teams != null) {
        teams.give(team);
      }
    }
  }
}
