package io.kioku.internal.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The libraries of a natives jar in a folder that only the user can write, one for each content,
/// shared by all processes. A library is unpacked when it is first loaded.
final class UnpackedLibraries {
  private UnpackedLibraries() {}

  /// The folder for the libraries of the jar's index.
  static LibraryFolder of(URL index) throws IOException {
    String text = read(index);
    Path path = PrivateFolder.create(CacheFolder.path().resolve(content(text)));
    String jar = index.toString().replace(LibraryFolder.INDEX, "");
    return new LibraryFolder(
        path, text, name -> unpack(URI.create(jar + name).toURL(), path.resolve(name)));
  }

  /// A name for the content that an index describes: some digits of each checksum.
  private static String content(String index) {
    StringBuilder name = new StringBuilder("libraries-");
    index.lines().forEach(line -> name.append(line, 0, Math.min(4, line.length())));
    return name.toString();
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
