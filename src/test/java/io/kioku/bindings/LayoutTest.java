package io.kioku.bindings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.onednn.dnnl_h;
import io.kioku.bindings.openblas.cblas_h;
import io.kioku.bindings.openmp.omp_h;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The committed bindings against the headers and libraries of this build: what a C compiler says of
 * every struct and constant ({@code native/test/layouts.c}), and whether the libraries have every
 * function.
 *
 * <p>The bindings are described by reflection in the program's own words and the two descriptions
 * must be the same set, so that neither a wrong binding nor one that nobody checks goes unseen.
 */
class LayoutTest {

  /** One class of each package of bindings; their other classes are found beside them. */
  private static final List<Class<?>> HEADERS =
      List.of(dnnl_h.class, cblas_h.class, omp_h.class, kioku_h.class);

  private static final Pattern LIBRARY = Pattern.compile(".*\\.(so(\\.\\d+)*|dylib|dll)");

  @Test
  void structsAndConstantsAreThoseOfTheHeaders() throws Exception {
    Set<String> headers = runLayouts();
    Set<String> bindings = new TreeSet<>();
    for (Class<?> type : boundClasses()) {
      describe(type, bindings);
    }
    assertTrue(
        bindings.stream().anyMatch(line -> line.startsWith("sizeof ")),
        "no struct found by reflection");
    assertAll(
        () -> assertEquals(Set.of(), difference(headers, bindings), "only the headers say so"),
        () -> assertEquals(Set.of(), difference(bindings, headers), "only the bindings say so"));
  }

  @Test
  void librariesHaveEveryFunction() throws Exception {
    for (Path library : libraries(Path.of(property("kioku.natives")))) {
      System.load(library.toString());
    }
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (Class<?> type : boundClasses()) {
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().endsWith("$address")) {
          try {
            method.invoke(null);
            found++;
          } catch (InvocationTargetException e) {
            missing.add(method.getName() + ": " + rootCause(e));
          }
        }
      }
    }
    assertEquals(List.of(), missing, "functions that cannot be called");
    assertTrue(found > 0, "no function found by reflection");
  }

  /**
   * Adds one line for everything that {@code type} says of a header, worded as {@code layouts.c}
   * words it.
   */
  private static void describe(Class<?> type, Set<String> lines)
      throws ReflectiveOperationException {
    MemoryLayout struct = null;
    for (Method method : type.getDeclaredMethods()) {
      if (method.getName().equals("layout") && method.getParameterCount() == 0) {
        struct = (MemoryLayout) method.invoke(null);
        lines.add("sizeof " + type.getSimpleName() + " " + struct.byteSize());
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      String name = method.getName();
      if (struct != null && name.endsWith("$offset")) {
        String field = name.substring(0, name.length() - "$offset".length());
        lines.add("offset " + type.getSimpleName() + " " + field + " " + method.invoke(null));
      } else if (struct == null && isConstant(method)) {
        lines.add("constant " + name + " " + method.invoke(null));
      }
    }
  }

  /**
   * Whether jextract made {@code method} of a constant: functions without parameters have a handle
   * besides.
   */
  private static boolean isConstant(Method method) {
    String name = method.getName();
    return Modifier.isPublic(method.getModifiers())
        && Modifier.isStatic(method.getModifiers())
        && method.getParameterCount() == 0
        && !name.contains("$")
        && Stream.of(method.getDeclaringClass().getDeclaredMethods())
            .noneMatch(other -> other.getName().equals(name + "$handle"));
  }

  /** Every class of every package of bindings, nested ones too. */
  private static List<Class<?>> boundClasses()
      throws IOException, URISyntaxException, ClassNotFoundException {
    List<Class<?>> classes = new ArrayList<>();
    for (Class<?> header : HEADERS) {
      URI file = header.getResource(header.getSimpleName() + ".class").toURI();
      try (Stream<Path> beside = Files.list(Path.of(file).getParent())) {
        for (Path path : beside.sorted().toList()) {
          String name = path.getFileName().toString();
          if (name.endsWith(".class")) {
            String type =
                header.getPackageName()
                    + "."
                    + name.substring(0, name.length() - ".class".length());
            classes.add(Class.forName(type, false, header.getClassLoader()));
          }
        }
      }
    }
    return classes;
  }

  /** In alphabetical order, in which each one's dependencies come before it even on Windows. */
  private static List<Path> libraries(Path directory) throws IOException {
    assertTrue(Files.isDirectory(directory), () -> directory + " is no directory");
    try (Stream<Path> files = Files.list(directory.toAbsolutePath())) {
      List<Path> libraries =
          files
              .filter(file -> LIBRARY.matcher(file.getFileName().toString()).matches())
              .sorted()
              .toList();
      assertFalse(libraries.isEmpty(), () -> "no library in " + directory);
      return libraries;
    }
  }

  private static Set<String> runLayouts() throws IOException, InterruptedException {
    Process program =
        new ProcessBuilder(property("kioku.test.layouts"))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(program.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, program.waitFor(), "exit status of layouts");
    return new TreeSet<>(output.lines().toList());
  }

  private static Set<String> difference(Set<String> from, Set<String> what) {
    Set<String> rest = new TreeSet<>(from);
    rest.removeAll(what);
    return rest;
  }

  private static Throwable rootCause(Throwable thrown) {
    return thrown.getCause() == null ? thrown : rootCause(thrown.getCause());
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    assertNotNull(
        value,
        () -> "system property " + name + " is not set; the build sets it after building native/");
    return value;
  }
}
