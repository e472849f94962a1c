package io.kioku.internal.ffi;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Loads the native libraries, each group once, when it is first needed.
///
/// They come from the folder that the system property `kioku.natives` names; without it from the
/// natives jar on the class path, unpacked into a folder of the user. Whatever goes wrong ends in
/// one message with the places tried.
public final class Natives {
  /// The property that names a folder of libraries.
  public static final String PROPERTY = "kioku.natives";

  /// Libraries that are used together, in the order of loading.
  public enum Group {
    /// OpenBLAS, libkioku, and the Fortran runtime, which finds its own parts nowhere but among
    /// what is loaded.
    KERNELS("quadmath", "gfortran", "openblas", "kioku"),
    /// oneDNN, its OpenMP runtime and what runs its primitives.
    ONEDNN("(gomp|omp|iomp5)", "dnnl", "kioku_onednn");

    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable, its type does not say so
    private final List<String> libraries;

    Group(String... libraries) {
      this.libraries = List.of(libraries);
    }
  }

  private static final Map<Group, List<Path>> LOADED = new EnumMap<>(Group.class);
  private static LibraryFolder folder;

  private Natives() {}

  /// Loads a group unless it is loaded.
  ///
  /// @throws IllegalStateException if that fails; the message lists the paths tried and says what
  ///   mends it
  public static synchronized void load(Group group) {
    if (LOADED.containsKey(group)) {
      return;
    }
    try {
      if (folder == null) {
        folder = find();
      }
      List<Path> paths = new ArrayList<>();
      for (String library : group.libraries) {
        String name = folder.find(library);
        if (name != null) {
          folder.load(name);
          paths.add(folder.path().resolve(name));
        } else if (library.startsWith("kioku")) { // others may be the system's own
          throw new IOException(
              "%s lists no library %s"
                  .formatted(folder.path().resolve(LibraryFolder.INDEX), library));
        }
      }
      LOADED.put(group, List.copyOf(paths));
    } catch (IllegalCallerException e) {
      throw new IllegalStateException(
          "Java denies native access: start it with --enable-native-access=io.kioku, or"
              + " =ALL-UNNAMED if Kioku is on the class path",
          e);
    } catch (IOException e) {
      throw new IllegalStateException(
          "Kioku's native libraries cannot be used: "
              + e.getMessage()
              + ". Set -D"
              + PROPERTY
              + "=<folder> to a folder made by the build, or put io.kioku:kioku with the classifier"
              + " "
              + Platform.NAME
              + " on the class path. The reference backend needs no native library.",
          e);
    }
  }

  /// The libraries loaded so far, in that order.
  public static synchronized List<Path> loaded() {
    return LOADED.values().stream().flatMap(List::stream).toList();
  }

  /// The platform, as the natives' classifiers name it.
  public static String platform() {
    return Platform.NAME;
  }

  private static LibraryFolder find() throws IOException {
    String property = System.getProperty(PROPERTY);
    if (property != null) {
      try {
        return new LibraryFolder(Path.of(property));
      } catch (IOException e) {
        throw new IOException(
            "-D%s names %s, which has no readable %s (%s)"
                .formatted(PROPERTY, property, LibraryFolder.INDEX, e),
            e);
      }
    }
    // META-INF is no package, so the module system lets us read it from whatever jar has it.
    String resources = "META-INF/kioku/natives/" + Platform.NAME + "/";
    URL index = Natives.class.getClassLoader().getResource(resources + LibraryFolder.INDEX);
    if (index == null) {
      throw new IOException("-D" + PROPERTY + " is not set and the class path has no " + resources);
    }
    return UnpackedLibraries.of(index);
  }
}
