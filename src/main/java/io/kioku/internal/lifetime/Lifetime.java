package io.kioku.internal.lifetime;

/// When a shared thing ends: after it is closed and all that was made from it has been released
/// too. What is closed refuses further use; its memory goes when nobody can be using it any more.
public final class Lifetime {
  private final String name;
  private final Runnable free;
  private final Lifetime parent;
  private int holders = 1; // its owner, and each that was made from it
  private volatile boolean closed;

  /// Something that was made from nothing else.
  ///
  /// @param name what messages call it, such as `model`
  /// @param free frees what it has, once
  public Lifetime(String name, Runnable free) {
    this(name, null, free);
  }

  /// Something that ends with what it was made from, or before.
  ///
  /// @param parent what must live as long; null if nothing
  public Lifetime(String name, Lifetime parent, Runnable free) {
    this.name = name;
    this.parent = parent;
    this.free = free;
    if (parent != null) {
      parent.retain();
    }
  }

  /// Checks that it may be used.
  ///
  /// @throws IllegalStateException if this or what it was made from is closed
  public void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the " + name + " is closed");
    }
    if (parent != null) {
      parent.checkOpen();
    }
  }

  /// Ends use; the second call does nothing.
  public void close() {
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
