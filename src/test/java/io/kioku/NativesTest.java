package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kioku.cell.Cells;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where native libraries come from, and what happens when they are missing, damaged or not to be
/// trusted.
class NativesTest {
  private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";
  private static final Path INSTALLED = Path.of(System.getProperty("kioku.natives"));

  /// Opens an engine for the backend that is named, twice, and prints what came of it.
  static final class Opener {
    private Opener() {}

    public static void main(String[] args) {
      Backend backend = Backend.valueOf(args[0]);
      for (int attempt = 0; attempt < 2; attempt++) {
        Network network = Network.of(Cells.LSTM, 2, 3);
        try (Engine engine = Engine.open(backend);
            Model model =
                engine.compile(network, RecurrentCase.weights(network, new SplittableRandom(1)));
            Session session = model.newSession(1)) {
          System.out.println("ran " + session.run(new float[2]).length);
        } catch (IllegalStateException e) {
          System.out.println("refused: " + e.getMessage());
        }
      }
    }
  }

  /// Opens engines of all kinds at once, as a service does when it starts.
  static final class OpenersAtOnce {
    private OpenersAtOnce() {}

    public static void main(String[] args) throws InterruptedException {
      java.util.concurrent.CountDownLatch start = new java.util.concurrent.CountDownLatch(1);
      List<Thread> threads = new java.util.ArrayList<>();
      for (Backend backend : Backend.values()) {
        for (int i = 0; i < 4; i++) {
          Thread thread =
              new Thread(() -> {
                try {
                  start.await();
                } catch (InterruptedException e) {
                  return;
                }
                Engine.open(backend).close();
              });
          thread.setDaemon(true); // so that a deadlock ends with the main thread
          threads.add(thread);
          thread.start();
        }
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join(60_000);
        System.out.println(thread.isAlive() ? "stuck" : "open");
      }
    }
  }

  @Test
  void librariesMayBeLoadedFromManyThreadsAtOnce() throws Exception {
    for (int round = 0; round < 3; round++) {
      List<String> said = ChildJvm.run(List.of(), OpenersAtOnce.class);
      assertEquals(java.util.Collections.nCopies(4 * Backend.values().length, "open"), said);
    }
  }

  private static String open(List<String> options, Backend backend) throws Exception {
    ChildJvm.Ended ended = ChildJvm.start(options, Map.of(), Opener.class, backend.name());
    assertEquals(0, ended.exit(), ended.output());
    List<String> lines = ended.output().lines().toList();
    assertEquals(2, lines.size(), ended.output());
    assertEquals(lines.get(0), lines.get(1), "the second attempt must say the same");
    return lines.get(0);
  }

  private static String openFrom(Path folder, Backend backend) throws Exception {
    return open(List.of(NATIVE_ACCESS, "-Dkioku.natives=" + folder), backend);
  }

  private static Path copyInstalled(Path to) throws IOException {
    try (Stream<Path> files = Files.list(INSTALLED)) {
      for (Path file : files.toList()) {
        if (!file.getFileName()
            .toString()
            .contains("dnnl")) { // large, and not needed for what is tested
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
    return to;
  }

  @Test
  void aFolderWithoutLibraries(@TempDir Path folder) throws Exception {
    String said = openFrom(folder, Backend.LIBKIOKU);
    assertTrue(said.startsWith("refused: Kioku's native libraries cannot be used: "), said);
    assertTrue(said.contains(folder.toString()), said);
    assertTrue(said.contains("-Dkioku.natives=<folder>"), said);
    assertEquals("ran 3", openFrom(folder, Backend.REFERENCE));
  }

  @Test
  void noFolderAndNoJar() throws Exception {
    String said = open(List.of(NATIVE_ACCESS), Backend.ONEDNN);
    assertTrue(
        said.contains(
            "-Dkioku.natives is not set and the class path has no META-INF/kioku/natives/"),
        said);
  }

  @Test
  void nativeAccessThatIsDenied() throws Exception {
    List<String> options = List.of("--illegal-native-access=deny", "-Dkioku.natives=" + INSTALLED);
    String said = open(options, Backend.LIBKIOKU);
    assertTrue(
        said.contains("start it with --enable-native-access=io.kioku, or =ALL-UNNAMED"), said);
  }

  @Test
  void aMissingLibrary(@TempDir Path folder) throws Exception {
    Files.delete(copyInstalled(folder).resolve("libkioku.so"));
    String said = openFrom(folder, Backend.LIBKIOKU);
    assertTrue(said.contains("libkioku.so is missing"), said);
  }

  @Test
  void damagedLibraries(@TempDir Path folder) throws Exception {
    copyInstalled(folder);
    for (String name : new String[] {"libkioku.so"}) {
      byte[] good = Files.readAllBytes(folder.resolve(name));
      Files.write(folder.resolve(name), java.util.Arrays.copyOf(good, good.length / 2));
      assertTrue(
          openFrom(folder, Backend.LIBKIOKU).contains(name + " is damaged: its SHA-256 is"),
          name + " cut");
      byte[] flipped = good.clone();
      flipped[good.length / 3] ^= 1;
      Files.write(folder.resolve(name), flipped);
      assertTrue(
          openFrom(folder, Backend.LIBKIOKU).contains(name + " is damaged: its SHA-256 is"),
          name + " flipped");
      Files.write(folder.resolve(name), good);
    }
    assertEquals("ran 3", openFrom(folder, Backend.LIBKIOKU));
  }

  /// Intact by its checksum, but not what it is called.
  @Test
  void aLibraryThatIsAnother(@TempDir Path folder) throws Exception {
    copyInstalled(folder);
    Path kioku = folder.resolve("libkioku.so");
    Path index = folder.resolve("libraries.sha256");
    List<String> lines = new java.util.ArrayList<>(Files.readAllLines(index));
    String other = lines.stream().filter(l -> l.contains("libquadmath")).findFirst().orElseThrow();
    Files.copy(
        folder.resolve(other.substring(66)), // behind the checksum and two blanks
        kioku,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    lines.removeIf(l -> l.endsWith("libkioku.so"));
    lines.add(other.substring(0, 66) + "libkioku.so");
    Files.write(index, lines);
    String said = openFrom(folder, Backend.LIBKIOKU);
    assertTrue(said.contains("lacks a function that this version of Kioku needs"), said);
  }

  @Test
  void anEmptyIndex(@TempDir Path folder) throws Exception {
    Files.writeString(copyInstalled(folder).resolve("libraries.sha256"), "");
    assertTrue(openFrom(folder, Backend.LIBKIOKU).contains("lists no library kioku"));
  }

  @Test
  void aHostileIndex(@TempDir Path folder) throws Exception {
    copyInstalled(folder);
    Files.writeString(folder.resolve("libraries.sha256"), "0".repeat(64) + "  ../../evil.so\n");
    assertTrue(openFrom(folder, Backend.LIBKIOKU).contains("no checksum and file name"));
  }

  /// The jar with the platform's classifier, as a user has it: unpacked once, checked each time,
  /// mended when damaged.
  @Test
  void theNativesJar(@TempDir Path folder) throws Exception {
    Path jar = jar(folder);
    Path cache = folder.resolve("cache");
    assertEquals("ran 3", fromJar(jar, cache));
    Path unpacked = unpacked(cache);
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(unpacked)));
    Path library = unpacked.resolve("libkioku.so");
    Object written = Files.getAttribute(library, "unix:ctime");
    assertEquals("ran 3", fromJar(jar, cache));
    assertEquals(written, Files.getAttribute(library, "unix:ctime"), "unpacked once");
    assertFalse(Files.exists(unpacked.resolve("libdnnl.so.3")), "nothing needed oneDNN");
    Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertTrue(
        fromJar(jar, cache).contains("can be written by others"),
        "a folder open to others is refused");
  }

  /// However a library is changed, it is found and unpacked again.
  @Test
  void aChangedLibraryIsUnpackedAnew(@TempDir Path folder) throws Exception {
    Path jar = jar(folder);
    Path cache = folder.resolve("cache");
    assertEquals("ran 3", fromJar(jar, cache));
    Path library = unpacked(cache).resolve("libkioku.so");
    byte[] good = Files.readAllBytes(library);
    byte[] flipped = good.clone();
    flipped[good.length / 3] ^= 1;
    FileTime time = Files.getLastModifiedTime(library);

    Files.write(library, new byte[] {1});
    assertMended(jar, cache, library, good, "another size");
    Files.write(library, flipped);
    assertMended(jar, cache, library, good, "the same size, another time");
    Files.write(library, flipped);
    Files.setLastModifiedTime(library, time);
    assertMended(jar, cache, library, good, "the same size and time");
    Path other = Files.write(folder.resolve("other"), flipped);
    Files.setLastModifiedTime(other, time);
    Files.move(other, library, StandardCopyOption.REPLACE_EXISTING);
    assertMended(jar, cache, library, good, "another file of the same size and time");
    Files.delete(library);
    assertMended(jar, cache, library, good, "missing");
  }

  /// What a stamp says of a library is no reason to load another.
  @Test
  void aStampThatWasChangedDoesNotMatter(@TempDir Path folder) throws Exception {
    Path jar = jar(folder);
    Path cache = folder.resolve("cache");
    assertEquals("ran 3", fromJar(jar, cache));
    Path library = unpacked(cache).resolve("libkioku.so");
    byte[] good = Files.readAllBytes(library);
    byte[] flipped = good.clone();
    flipped[good.length / 3] ^= 1;
    Path stamp = stamp(cache, "libkioku.so");
    String said = Files.readString(stamp);
    String[] words = said.split(" ", -1); // checksum, size, times, number, path

    for (String text : new String[] {"", "\0", said + said, said.substring(1), words[0]}) {
      Files.writeString(stamp, text);
      assertEquals("ran 3", fromJar(jar, cache), text);
      assertEquals(said, Files.readString(stamp), "the stamp is mended");
    }
    // The stamp of another library, and one that knows the new size and time.
    Files.write(library, flipped);
    Files.writeString(stamp, said.replace("libkioku.so", "libkioku_blas.so"));
    assertMended(jar, cache, library, good, "the stamp of another");
    Files.write(library, flipped);
    words[2] = Long.toString(Files.getLastModifiedTime(library).to(TimeUnit.NANOSECONDS));
    Files.writeString(stamp, String.join(" ", words));
    assertMended(jar, cache, library, good, "the time of the last write");
    // Where others can write, nothing that is said counts: not even what is true but for the
    // content.
    Files.write(library, flipped);
    words[3] =
        Long.toString(
            ((FileTime) Files.getAttribute(library, "unix:ctime")).to(TimeUnit.NANOSECONDS));
    words[4] = Files.getAttribute(library, "unix:ino").toString();
    Files.writeString(stamp, String.join(" ", words));
    Files.setPosixFilePermissions(stamp.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertMended(jar, cache, library, good, "a folder of stamps that others can write");
  }

  private static void assertMended(Path jar, Path cache, Path library, byte[] good, String how)
      throws Exception {
    assertEquals("ran 3", fromJar(jar, cache), how);
    assertArrayEquals(good, Files.readAllBytes(library), how);
  }

  private static Path jar(Path folder) throws IOException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux"), "file names and permissions are Linux's");
    String arch = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "arm64";
    Path jar = folder.resolve("natives.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.list(INSTALLED)) {
      out.setLevel(0);
      for (Path file : files.toList()) {
        out.putNextEntry(
            new JarEntry("META-INF/kioku/natives/linux-" + arch + "/" + file.getFileName()));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  private static Path unpacked(Path cache) throws IOException {
    return only(cache.resolve("kioku"), "libraries-");
  }

  private static Path stamp(Path cache, String library) throws IOException {
    return only(cache.resolve("kioku/checked"), library + "-");
  }

  private static Path only(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(f -> f.getFileName().toString().startsWith(prefix)).toList();
      assertEquals(1, found.size(), found::toString);
      return found.getFirst();
    }
  }

  private static String fromJar(Path jar, Path cache) throws Exception {
    ChildJvm.Ended ended =
        ChildJvm.start(
            List.of(NATIVE_ACCESS, "-cp", System.getProperty("java.class.path") + ":" + jar),
            Map.of("XDG_CACHE_HOME", cache.toString()),
            Opener.class,
            Backend.LIBKIOKU.name());
    assertEquals(0, ended.exit(), ended.output());
    return ended.output().lines().findFirst().orElseThrow();
  }
}
