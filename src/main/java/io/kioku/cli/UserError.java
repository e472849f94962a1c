package io.kioku.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Something that the user can mend: a wrong argument, a file that is missing or damaged. Its
/// message is all that is printed.
final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UserError(String message) {
    super(message);
  }

  UserError(String message, Throwable cause) {
    super(message, cause);
  }

  /// A file that cannot be read.
  static UserError reading(Path file, IOException e) {
    return new UserError(
        switch (e) {
          case NoSuchFileException _ -> file + ": no such file";
          case AccessDeniedException _ -> file + ": no permission to read it";
          default -> // most messages begin with the file
              String.valueOf(e.getMessage()).startsWith(file.toString())
                  ? e.getMessage()
                  : file + ": " + e.getMessage();
        },
        e);
  }
}
