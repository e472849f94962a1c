package io.kioku.internal.ffi;

import java.nio.file.Path;

/// Where Kioku keeps, for one user, what it can make again.
public final class CacheFolder {
  private CacheFolder() {}

  /// `kioku` in `XDG_CACHE_HOME`, or in the home's `.cache`; it need not be there.
  public static Path path() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    return xdg != null && !xdg.isEmpty()
        ? Path.of(xdg, "kioku")
        : Path.of(System.getProperty("user.home"), ".cache", "kioku");
  }
}
