package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// Native threads that share calls. A team serves one call at a time, and is lent for it; there are
/// as many as the processors can hold, for the whole process, whatever the number of sessions. They
/// live as long as the process, asleep between calls.
public final class Teams {
  private static final Map<Integer, Teams> BY_SIZE = new HashMap<>();

  private final int threads;
  private final MemorySegment[] idle;
  private int idleCount;
  private int made;

  private Teams(int threads) {
    this.threads = threads;
    this.idle =
        new MemorySegment[Math.max(1, Runtime.getRuntime().availableProcessors() / threads)];
  }

  /// The teams of so many threads, the caller's among them.
  public static synchronized Teams of(int threads) {
    Teams teams = BY_SIZE.get(threads);
    if (teams == null) {
      teams = new Teams(threads);
      BY_SIZE.put(threads, teams);
    }
    return teams;
  }

  /// A team for one call; [MemorySegment#NULL] if all are at work, or the system gives no more
  /// threads: then the caller computes alone.
  public synchronized MemorySegment take() {
    if (idleCount > 0) {
      return idle[--idleCount];
    }
    if (made == idle.length) {
      return MemorySegment.NULL;
    }
    MemorySegment team = kioku_h.kioku_team_new(threads);
    made += team.address() == 0 ? 0 : 1;
    return team;
  }

  /// Takes back what [#take] gave.
  public synchronized void give(MemorySegment team) {
    if (team.address() != 0) {
      idle[idleCount++] = team;
    }
  }
}
