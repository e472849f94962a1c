package io.kioku.nn;

import java.util.concurrent.atomic.AtomicBoolean;

/// A session's door: one caller at a time, whichever thread it is, and none after the session or
/// its model is closed.
final class Guard {
  private final String name;
  private final Parts model;
  private final Parts parts;
  private final AtomicBoolean inUse = new AtomicBoolean();

  /// @param name what messages call the session
  /// @param model what must stay open
  Guard(String name, Parts model) {
    model.checkOpen();
    this.name = name;
    this.model = model;
    this.parts = new Parts(name);
  }

  /// What closes with the session.
  Parts parts() {
    return parts;
  }

  /// @throws IllegalStateException if the session is in use, or it or its model is closed
  void enter() {
    take();
    try {
      parts.checkOpen();
      model.checkOpen();
    } catch (RuntimeException e) {
      exit();
      throw e;
    }
  }

  void exit() {
    inUse.set(false);
  }

  /// Ends use; the second call does nothing.
  ///
  /// @throws IllegalStateException if the session is in use
  void close() {
    if (parts.isClosed()) {
      return;
    }
    take();
    try {
      parts.close();
    } finally {
      exit();
    }
  }

  private void take() {
    if (!inUse.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "the %s is in use; one caller at a time may use it".formatted(name));
    }
  }
}
