package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What the module needs.
class ModuleTest {
  private static final Pattern REQUIRED = Pattern.compile("(?m)^ *requires (?!static )([\\w.]+);");

  /// jlink takes no module that has its name from its jar.
  @Test
  void allThatItRequiresAreModules() throws IOException {
    Map<String, Boolean> automatic = modules();
    List<String> required =
        REQUIRED
            .matcher(Files.readString(Path.of("src/main/java/module-info.java")))
            .results()
            .map(found -> found.group(1))
            .toList();
    assertTrue(required.contains("com.fasterxml.jackson.core"), required::toString);
    assertEquals(
        List.of(), required.stream().filter(name -> automatic.getOrDefault(name, true)).toList());
  }

  /// The modules of the class path by name: whether the jar only gives the name.
  private static Map<String, Boolean> modules() {
    Map<String, Boolean> modules = new TreeMap<>();
    String paths = System.getProperty("java.class.path");
    for (String path : Arrays.asList(paths.split(Pattern.quote(File.pathSeparator)))) {
      try {
        for (ModuleReference module : ModuleFinder.of(Path.of(path)).findAll()) {
          modules.put(module.descriptor().name(), module.descriptor().isAutomatic());
        }
      } catch (FindException e) {
        // a jar whose name gives none
      }
    }
    return modules;
  }
}
