package io.kioku;

import java.util.concurrent.atomic.AtomicReference;

/// One user at a time, whichever thread it is; two at once are an error that is seen, not a wait.
final class Exclusive {
  private final String name;
  private final AtomicReference<Thread> user = new AtomicReference<>();

  Exclusive(String name) {
    this.name = name;
  }

  /// @throws IllegalStateException if it is in use
  void enter() {
    if (!user.compareAndSet(null, Thread.currentThread())) {
      Thread other = user.get(); // gone by now, perhaps
      throw new IllegalStateException(
          "the %s is in use by %s; one caller at a time may use it: give each thread its own"
              .formatted(name, other == null ? "another thread" : other));
    }
  }

  void exit() {
    user.set(null);
  }

  /// Runs something as the one user.
  void run(Runnable action) {
    enter();
    try {
      action.run();
    } finally {
      exit();
    }
  }
}
