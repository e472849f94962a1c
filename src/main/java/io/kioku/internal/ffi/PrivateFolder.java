package io.kioku.internal.ffi;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/// Folders that only the user of this process can write.
final class PrivateFolder {
  private static final Set<PosixFilePermission> OWNERS =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private PrivateFolder() {}

  /// Makes a folder unless it is there, and checks whose it is. On a system without POSIX
  /// permissions nothing is checked: there the user's cache is the user's by default.
  ///
  /// @return the folder
  /// @throws IOException if others can write it, or it cannot be made or written
  static Path create(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return Files.createDirectories(path);
    }
    if (!Files.isDirectory(path)) {
      Files.createDirectories(path.getParent());
      try {
        Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OWNERS));
      } catch (FileAlreadyExistsException e) {
        // Another process was faster; whether the folder is safe is checked below all the same.
      }
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)
        || !Files.getOwner(path).equals(self(path))) {
      throw new IOException(
          path + " can be written by others: remove it, or make it yours alone (chmod 700)");
    }
    return path;
  }

  /// The user of this process, who may have no name: the owner of what it creates. The name of the
  /// file is no secret, so it needs no random numbers, which take a while to begin.
  private static UserPrincipal self(Path folder) throws IOException {
    Path probe = folder.resolve("owner-" + System.nanoTime() + ".tmp");
    Files.createFile(probe);
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }
}
