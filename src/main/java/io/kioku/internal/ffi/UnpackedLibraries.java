package io.kioku.internal.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.UUID;

/// Unpacks the natives jar into a folder that only the user can write, one for each content, shared
/// by all processes.
final class UnpackedLibraries {
  private static final Set<PosixFilePermission> FOR_OTHERS =
      PosixFilePermissions.fromString("----w--w-");

  private UnpackedLibraries() {}

  /// The folder with all libraries of the jar's index, intact.
  static LibraryFolder of(URL index) throws IOException {
    String text = read(index);
    String content = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    Path path = CacheFolder.path().resolve(content);
    createPrivate(path);
    LibraryFolder folder = new LibraryFolder(path, text);
    for (String name : folder.names()) {
      if (!folder.isIntact(name)) {
        unpack(
            URI.create(index.toString().replace(LibraryFolder.INDEX, name)).toURL(),
            path.resolve(name));
      }
    }
    return folder;
  }

  private static void createPrivate(Path path) throws IOException {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (!Files.isDirectory(path)) {
      try {
        Files.createDirectory(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Another process was faster; whether the folder is safe is checked below all the same.
      }
    }
    boolean shared = Files.getPosixFilePermissions(path).stream().anyMatch(FOR_OTHERS::contains);
    if (shared || !Files.getOwner(path).equals(self(path))) {
      throw new IOException(
          path + " can be written by others: remove it, or make it yours alone (chmod 700)");
    }
  }

  /// The user of this process, who may have no name: the owner of what it creates.
  private static UserPrincipal self(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, "owner", "");
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }

  /// Under a name of its own first: another process never sees half a library.
  private static void unpack(URL from, Path to) throws IOException {
    Path part = Files.createTempFile(to.getParent(), to.getFileName().toString(), ".part");
    try {
      try (InputStream in = from.openStream()) {
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String read(URL url) throws IOException {
    try (InputStream in = url.openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
