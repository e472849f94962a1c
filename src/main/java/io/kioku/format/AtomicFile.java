package io.kioku.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Writes a file whole or not at all: under a temporary name in the same directory, forced to the
/// disk, then renamed. Whoever opens the target sees the old content or the new.
///
///     AtomicFile.write(path, out -> out.write(bytes));
public final class AtomicFile {
  /// What to write.
  @FunctionalInterface
  public interface Content {
    /// Writes all of it.
    void writeTo(FileChannel out) throws IOException;
  }

  private AtomicFile() {}

  /// Writes a file or replaces it. When this fails, with whatever exception, the target is what it
  /// was before and the temporary file is deleted.
  ///
  /// @throws IOException if the path is a directory, is in none, or cannot be written; the message
  ///   names it
  public static void write(Path path, Content content) throws IOException {
    Path target = path.toAbsolutePath();
    if (Files.isDirectory(target)) {
      throw new FileSystemException(
          path.toString(), null, "is a directory; expected the name of a file to write");
    }
    Path directory = target.getParent();
    if (!Files.isDirectory(directory)) {
      throw new NoSuchFileException(
          directory.toString(), null, "is not a directory; create it before writing " + path);
    }
    // Not Files.createTempFile: it makes a file that nobody but its owner may read.
    Path temporary = directory.resolve(".kioku-" + UUID.randomUUID() + ".tmp");
    try {
      try (var out =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(out);
        out.force(true);
      }
      move(temporary, target);
    } catch (Throwable failure) {
      delete(temporary, failure);
      if (failure.getClass() == IOException.class) { // from a write: it names no file
        throw (IOException)
            new FileSystemException(path.toString(), null, failure.getMessage()).initCause(failure);
      }
      throw failure;
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void delete(Path temporary, Throwable failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
