package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/// Native objects with one lifetime: destroyed in reverse order, past exceptions. Also gives memory
/// of that lifetime. Not thread-safe while it grows; may be closed from any thread, and more than
/// once.
public final class Handles implements AutoCloseable {
  private final Deque<Runnable> destroyers = new ArrayDeque<>();

  /// A native function that stores a new object through a pointer.
  interface Creator {
    int create(SegmentAllocator allocator, MemorySegment out);
  }

  /// Makes an object that this closes.
  ///
  /// @param what completes "oneDNN could not …"
  MemorySegment create(Creator creator, ToIntFunction<MemorySegment> destroyer, String what) {
    return create(creator, destroyer, what, status -> false);
  }

  /// Makes an object that this closes; [MemorySegment#NULL] if oneDNN does not have what is asked
  /// for.
  MemorySegment createIfImplemented(
      Creator creator, ToIntFunction<MemorySegment> destroyer, String what) {
    return create(
        creator,
        destroyer,
        what,
        status ->
            status == dnnl_h.dnnl_unimplemented() || status == dnnl_h.dnnl_invalid_arguments());
  }

  private MemorySegment create(
      Creator creator, ToIntFunction<MemorySegment> destroyer, String what, IntPredicate isNone) {
    MemorySegment handle;
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment out = temporary.allocate(ValueLayout.ADDRESS);
      int status = creator.create(temporary, out);
      if (isNone.test(status)) {
        return MemorySegment.NULL;
      }
      Onednn.check(status, what);
      handle = out.get(ValueLayout.ADDRESS, 0);
    }
    destroyers.push(() -> Onednn.check(destroyer.applyAsInt(handle), "undo: " + what));
    return handle;
  }

  /// Closes something else in its turn.
  public void onClose(Runnable closer) {
    destroyers.push(closer);
  }

  @Override
  public void close() {
    RuntimeException first = null;
    while (!destroyers.isEmpty()) {
      try {
        destroyers.pop().run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
