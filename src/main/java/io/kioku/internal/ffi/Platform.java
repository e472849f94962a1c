package io.kioku.internal.ffi;

import java.util.Locale;

/// The platform that the JVM runs on, named as the natives' classifiers are: `linux-x86_64`,
/// `macosx-arm64`, …
final class Platform {
  static final String NAME = os() + "-" + architecture();

  private Platform() {}

  private static String os() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    if (os.startsWith("mac")) {
      return "macosx";
    }
    return os.startsWith("windows") ? "windows" : os;
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }
}
