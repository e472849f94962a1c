package io.kioku.nn;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/// What something is made of and closes with itself: the last part first, each whatever the others
/// throw.
final class Parts {
  private final String name;
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private volatile boolean closed;

  /// @param name what messages call the whole
  Parts(String name) {
    this.name = name;
  }

  /// Takes over a part.
  synchronized <T> T add(T part, Consumer<? super T> close) {
    closers.push(() -> close.accept(part));
    return part;
  }

  /// @throws IllegalStateException if it is closed
  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the " + name + " is closed");
    }
  }

  boolean isClosed() {
    return closed;
  }

  /// Closes all; the second call does nothing.
  synchronized void close() {
    closed = true;
    if (!closers.isEmpty()) {
      try {
        closers.pop().run();
      } finally {
        close();
      }
    }
  }
}
