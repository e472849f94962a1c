package io.kioku.internal.ffi;

import java.io.IOException;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

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
    /// libkioku, which needs no other.
    KERNELS("kioku"),
    /// OpenBLAS, what lends its buffers, and the Fortran runtime, which finds its own parts nowhere
    /// but among what is loaded.
    BLAS("quadmath", "gfortran", "openblas", "kioku_blas"),
    /// oneDNN, its OpenMP runtime and what runs its primitives.
    ONEDNN("gomp|omp|iomp5", "dnnl", "kioku_onednn");

    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable, its type does not say so
    private final List<String> libraries; // with bars between names of which a platform has one

    Group(String... libraries) {
      this.libraries = List.of(libraries);
    }
  }

  private static final Map<Group, List<Path>> LOADED = new LinkedHashMap<>();

  /// The first thing that was missing; a class whose linking failed does not say it again.
  private static final Map<String, LinkageError> BROKEN = new HashMap<>();

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
        } else if (library.startsWith("kioku")) {
          throw new IOException(
              "%s lists no library %s"
                  .formatted(folder.path().resolve(LibraryFolder.INDEX), library));
        } else if (folder.linked(library) != null) { // the system's own
          paths.add(folder.linked(library));
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
              + reason(e)
              + ". Set -D"
              + PROPERTY
              + "=<folder> to a folder made by the build, or put io.kioku:kioku with the classifier"
              + " "
              + Platform.NAME
              + " on the class path (on the module path also --add-modules io.kioku.natives."
              + Platform.NAME.replace('-', '.')
              + "). The reference backend needs no native library.",
          e);
    }
  }

  /// What a file system says of a file may be no more than its name.
  private static String reason(IOException e) {
    boolean isBare = e instanceof FileSystemException f && f.getReason() == null;
    return isBare ? e.getClass().getSimpleName() + ": " + e.getMessage() : e.getMessage();
  }

  /// Makes something that calls into loaded libraries.
  ///
  /// @param libraries what to name if one of them lacks a function
  /// @throws IllegalStateException if one does: it is another library, or another version
  static synchronized <T> T linked(String libraries, Supplier<T> maker) {
    LinkageError broken = BROKEN.get(libraries);
    if (broken == null) {
      try {
        return maker.get();
      } catch (LinkageError e) {
        BROKEN.put(libraries, e);
        broken = e;
      }
    }
    Throwable cause = broken.getCause() == null ? broken : broken.getCause();
    throw new IllegalStateException(
        "%s, loaded from %s, lacks a function that this version of Kioku needs: %s; take all libraries from one build"
            .formatted(libraries, folder.path(), cause.getMessage()),
        broken);
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
