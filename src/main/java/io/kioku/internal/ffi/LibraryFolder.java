package io.kioku.internal.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A folder of native libraries with the index of their checksums that the build wrote beside them.
///
/// A damaged library can take the whole process down while it is loaded, so each file is checked
/// before it is.
final class LibraryFolder {
  /// Lines of `<sha256> <file name>`, as sha256sum prints them.
  static final String INDEX = "libraries.sha256";

  private final Path path;
  private final Map<String, String> checksums;

  LibraryFolder(Path path) throws IOException {
    this(path, Files.readString(path.resolve(INDEX)));
  }

  LibraryFolder(Path path, String index) throws IOException {
    this.path = path;
    this.checksums = parse(index);
  }

  Path path() {
    return path;
  }

  /// The files of the index.
  List<String> names() {
    return List.copyOf(checksums.keySet());
  }

  /// The file of a library, whatever version its name carries; null if the folder does not have it.
  String find(String library) {
    return checksums.keySet().stream().filter(isOf(library)).findFirst().orElse(null);
  }

  /// The library of the system that a link in the folder leads to, which the dynamic loader finds
  /// by itself; null if there is no such link.
  Path linked(String library) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      Optional<Path> link =
          files.filter(f -> isOf(library).test(f.getFileName().toString())).findFirst();
      return link.isEmpty() ? null : link.get().toRealPath();
    }
  }

  private static Predicate<String> isOf(String library) {
    return name -> name.matches("(lib)?" + library + "([.-].*)?\\.(so|dylib|dll)([.].*)?");
  }

  /// Loads a file of the index into the JVM.
  ///
  /// @throws IOException if it is missing, damaged or not loadable; the message names it
  void load(String name) throws IOException {
    Path file = path.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is missing");
    }
    String found = checksum(file);
    if (!found.equals(checksums.get(name))) {
      throw new IOException(
          "%s is damaged: its SHA-256 is %s, expected %s"
              .formatted(file, found, checksums.get(name)));
    }
    try {
      System.load(file.toAbsolutePath().toString());
    } catch (UnsatisfiedLinkError e) {
      throw new IOException(file + " cannot be loaded: " + e.getMessage(), e);
    }
  }

  /// Whether a file is there and is what the index says.
  boolean isIntact(String name) throws IOException {
    Path file = path.resolve(name);
    return Files.isRegularFile(file) && checksum(file).equals(checksums.get(name));
  }

  private static String checksum(Path file) throws IOException {
    try (InputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static Map<String, String> parse(String index) throws IOException {
    Map<String, String> checksums = new LinkedHashMap<>();
    for (String line : index.lines().toList()) {
      String[] parts = line.strip().split("\\s+\\*?", 2);
      // A name with a separator could lead out of the folder.
      if (parts.length != 2
          || !parts[0].matches("[0-9a-f]{64}")
          || !parts[1].matches("[\\w.+-]+")) {
        throw new IOException(INDEX + " has a line that is no checksum and file name: " + line);
      }
      checksums.put(parts[1], parts[0]);
    }
    return checksums;
  }
}
