package io.kioku.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether someone can be looking.
final class Terminal {
  private Terminal() {}

  /// Whether a stream of this process is a terminal. Java tells that only of standard input and
  /// output together, so where the system can be asked it is.
  ///
  /// @param link `/proc/self/fd/1` for standard output, 2 for standard error
  static boolean is(Path link) {
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }
  }
}
