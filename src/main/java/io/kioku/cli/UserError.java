package io.kioku.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
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
          default -> of(file, e);
        },
        e);
  }

  /// A file that cannot be written.
  static UserError writing(Path file, IOException e) {
    return new UserError(
        switch (e) {
          case AccessDeniedException _ -> file + ": no permission to write it or its folder";
          case FileSystemException f when f.getReason() == null -> file + ": cannot be written";
          case FileSystemException _ -> e.getMessage(); // says which file
          default -> of(file, e);
        },
        e);
  }

  /// Most messages begin with the file.
  private static String of(Path file, IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith(file.toString()) ? message : file + ": " + message;
  }
}
