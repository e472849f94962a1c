package io.kioku.internal.lifetime;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// One user at a time, whichever thread it is; two at once are an error that is seen, not a wait.
public final class Exclusive {
  private final String name;
  private final AtomicReference<Thread> user = new AtomicReference<>();

  /// @param name what messages call the thing, such as `session`
  public Exclusive(String name) {
    this.name = name;
  }

  /// Begins a use.
  ///
  /// @throws IllegalStateException if it is in use
  public void enter() {
    if (!user.compareAndSet(null, Thread.currentThread())) {
      Thread other = user.get(); // gone by now, perhaps
      throw new IllegalStateException(
          "the %s is in use by %s; one caller at a time may use it: give each thread its own"
              .formatted(name, other == null ? "another thread" : other));
    }
  }

  /// Ends a use.
  public void exit() {
    user.setRelease(null); // what was done before is seen by whoever enters next
  }

  /// Runs something as the one user.
  public void run(Runnable action) {
    enter();
    try {
      action.run();
    } finally {
      exit();
    }
  }

  /// Gets something as the one user.
  public <T> T get(Supplier<T> action) {
    enter();
    try {
      return action.get();
    } finally {
      exit();
    }
  }
}
