package io.kioku.internal.ffi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A folder of native libraries with the index of their checksums that the build wrote beside them.
///
/// A damaged library can take the whole process down while it is loaded, so each file is checked
/// before it is.
final class LibraryFolder {
  /// Lines of `<sha256> <file name>`, as sha256sum prints them.
  static final String INDEX = "libraries.sha256";

  private static final int DIGITS = 64;
  private static final String HEXADECIMAL = "0123456789abcdef";

  /// A name with a separator could lead out of the folder.
  private static final String OF_NAMES =
      "0123456789_.+-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  /// Writes a library of the index into the folder.
  interface Unpacker {
    void unpack(String name) throws IOException;
  }

  private final Path path;
  private final Map<String, String> checksums;
  private final Unpacker unpacker;

  LibraryFolder(Path path) throws IOException {
    this(path, Files.readString(path.resolve(INDEX)), null);
  }

  /// @param unpacker writes what is missing or damaged; null if the folder must have all
  LibraryFolder(Path path, String index, Unpacker unpacker) throws IOException {
    this.path = path;
    this.checksums = parse(index);
    this.unpacker = unpacker;
  }

  Path path() {
    return path;
  }

  /// The file of a library, whatever version its name carries; null if the folder does not have it.
  ///
  /// @param library its name, or several with bars between them
  String find(String library) {
    for (String name : checksums.keySet()) {
      if (isOf(library, name)) {
        return name;
      }
    }
    return null;
  }

  /// The library of the system that a link in the folder leads to, which the dynamic loader finds
  /// by itself; null if there is no such link.
  Path linked(String library) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      Optional<Path> link =
          files.filter(f -> isOf(library, f.getFileName().toString())).findFirst();
      return link.isEmpty() ? null : link.get().toRealPath();
    }
  }

  /// Whether a file is of a library, as `libgomp-52f2fd74.so.1` and `gomp.dll` are of gomp.
  private static boolean isOf(String library, String file) {
    int from = file.startsWith("lib") ? "lib".length() : 0;
    int to = from;
    while (to < file.length() && file.charAt(to) != '.' && file.charAt(to) != '-') {
      to++;
    }
    String suffixes = file.substring(to);
    return ("|" + library + "|").contains("|" + file.substring(from, to) + "|")
        && (suffixes.contains(".so") || suffixes.contains(".dylib") || suffixes.contains(".dll"));
  }

  /// Loads a file of the index into the JVM.
  ///
  /// @throws IOException if it is missing, damaged or not loadable; the message names it
  void load(String name) throws IOException {
    Path file = path.resolve(name);
    if (unpacker != null && !isIntact(name)) {
      unpacker.unpack(name);
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is missing");
    }
    if (!isIntact(name)) {
      throw new IOException(
          "%s is damaged: its SHA-256 is %s, expected %s"
              .formatted(file, CheckedFiles.checksum(file), checksums.get(name)));
    }
    try {
      System.load(file.toAbsolutePath().toString());
    } catch (UnsatisfiedLinkError e) {
      throw new IOException(file + " cannot be loaded: " + e.getMessage(), e);
    }
  }

  private boolean isIntact(String name) throws IOException {
    Path file = path.resolve(name);
    return Files.isRegularFile(file) && CheckedFiles.isIntact(file, checksums.get(name));
  }

  private static Map<String, String> parse(String index) throws IOException {
    Map<String, String> checksums = new LinkedHashMap<>();
    for (String line : index.strip().split("\n", -1)) {
      String text = line.strip();
      String sum = text.substring(0, Math.min(DIGITS, text.length()));
      String rest = text.substring(sum.length());
      String name = rest.strip();
      name = name.startsWith("*") ? name.substring(1) : name;
      boolean isApart = !rest.isEmpty() && Character.isWhitespace(rest.charAt(0));
      if (sum.length() == DIGITS && areOf(sum, HEXADECIMAL) && isApart && areOf(name, OF_NAMES)) {
        checksums.put(name, sum);
      } else if (!line.isEmpty()) {
        throw new IOException(INDEX + " has a line that is no checksum and file name: " + line);
      }
    }
    return checksums;
  }

  /// Whether a text has letters, and all of them are of these.
  private static boolean areOf(String text, String letters) {
    for (int i = 0; i < text.length(); i++) {
      if (letters.indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
