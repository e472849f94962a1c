package io.kioku.internal.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Checks files by their SHA-256, and reads none again that has not changed since it was found
/// intact.
///
/// What was found is kept in a stamp for each file, in a folder of the user's cache that nobody
/// else can write: the checksum, and the size, the times and the number of the file. One of the
/// times is that of the last change of any kind (`ctime`), which a program cannot set: it gives
/// away a file whose content was replaced by as many bytes and whose time was then restored. Only
/// systems that are not POSIX lack it. A stamp that does not say exactly what the file is and what
/// is asked for counts as none; where none can be kept, each start reads the file.
final class CheckedFiles {
  private static final String ATTRIBUTES = "size,lastModifiedTime";

  private CheckedFiles() {}

  /// Whether a file's content has a checksum.
  ///
  /// @param sha256 in lower-case hexadecimal digits
  /// @throws IOException if the file cannot be read
  static boolean isIntact(Path file, String sha256) throws IOException {
    Path place = file.toAbsolutePath();
    String found = describe(place, sha256);
    Path stamp = stamp(place);
    if (stamp != null && found.equals(read(stamp))) {
      return true;
    }
    if (!checksum(place).equals(sha256)) {
      return false;
    }
    if (stamp != null && found.equals(describe(place, sha256))) { // unchanged while it was read
      write(stamp, found);
    }
    return true;
  }

  /// The SHA-256 of a file's content, in lower-case hexadecimal digits.
  static String checksum(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digested =
            new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
      digested.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digested.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String describe(Path file, String sha256) throws IOException {
    boolean isUnix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
    Map<String, Object> attributes =
        Files.readAttributes(file, isUnix ? "unix:ctime,ino," + ATTRIBUTES : ATTRIBUTES);
    StringBuilder text = new StringBuilder(sha256);
    text.append(' ').append(attributes.get("size"));
    text.append(' ').append(nanos(attributes.get("lastModifiedTime")));
    if (isUnix) {
      text.append(' ').append(nanos(attributes.get("ctime")));
      text.append(' ').append(attributes.get("ino"));
    }
    return text.append(' ').append(file).append('\n').toString();
  }

  private static long nanos(Object time) {
    return ((FileTime) time).to(TimeUnit.NANOSECONDS);
  }

  /// Where the stamp of a file is, or would be; null if there is no folder for it.
  private static Path stamp(Path file) {
    try {
      Path folder = PrivateFolder.create(CacheFolder.path().resolve("checked"));
      return folder.resolve(file.getFileName() + "-" + Integer.toHexString(file.hashCode()));
    } catch (IOException e) {
      return null;
    }
  }

  private static String read(Path stamp) {
    try {
      return Files.readString(stamp);
    } catch (IOException e) { // there is none, or it is no text
      return "";
    }
  }

  /// Under a name of its own first: another process never sees half a stamp.
  private static void write(Path stamp, String text) {
    try {
      Path part = Files.createTempFile(stamp.getParent(), "stamp", ".tmp");
      try {
        Files.writeString(part, text);
        Files.move(part, stamp, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      // The next start reads the file again.
    }
  }
}
