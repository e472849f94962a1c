package io.kioku.internal.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckedFilesTest {
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2

  @TempDir Path folder;

  @Test
  void theContentDecides() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "abc");
    assertEquals(ABC, CheckedFiles.checksum(file));
    for (int i = 0; i < 2; i++) {
      assertTrue(CheckedFiles.isIntact(file, ABC));
      assertFalse(CheckedFiles.isIntact(file, ABC.replace('b', 'c')));
    }
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, "abd");
    Files.setLastModifiedTime(file, time);
    assertFalse(CheckedFiles.isIntact(file, ABC), "changed, with the old size and time");
    Files.writeString(file, "abc");
    assertTrue(CheckedFiles.isIntact(file, ABC), "changed back");
  }

  /// A stamp that says of the file what is not so shows that the file was not read.
  @Test
  void whatWasFoundIsNotReadAgain() throws IOException {
    Path file = Files.writeString(folder.resolve("once"), "abc");
    assertTrue(CheckedFiles.isIntact(file, ABC));
    String name = "once-" + Integer.toHexString(file.toAbsolutePath().hashCode());
    Path stamp = CacheFolder.path().resolve("checked").resolve(name);
    String wrong = "0".repeat(64);
    Files.writeString(stamp, Files.readString(stamp).replace(ABC, wrong));
    assertTrue(CheckedFiles.isIntact(file, wrong));
    Files.writeString(file, "abcd");
    assertFalse(CheckedFiles.isIntact(file, wrong), "changed, and read");
  }
}
