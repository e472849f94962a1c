package io.kioku;

/// When a shared thing ends: after it is closed and all that was made from it has been released
/// too. What is closed refuses further use; its memory goes when nobody can be using it any more.
final class Lifetime {
  private final String name;
  private final Runnable free;
  private final Lifetime parent;
  private int holders = 1; // its owner, and each that was made from it
  private volatile boolean closed;

  Lifetime(String name, Runnable free) {
    this(name, null, free);
  }

  /// @param parent what must live as long; null if nothing
  Lifetime(String name, Lifetime parent, Runnable free) {
    this.name = name;
    this.parent = parent;
    this.free = free;
    if (parent != null) {
      parent.retain();
    }
  }

  /// @throws IllegalStateException if this or what it was made from is closed
  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the " + name + " is closed");
    }
    if (parent != null) {
      parent.checkOpen();
    }
  }

  /// Ends use; the second call does nothing.
  void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    release();
  }

  private synchronized void retain() {
    checkOpen();
    holders++;
  }

  private void release() {
    synchronized (this) {
      holders--;
      if (holders > 0) {
        return;
      }
    }
    try {
      free.run();
    } finally {
      if (parent != null) {
        parent.release();
      }
    }
  }
}
