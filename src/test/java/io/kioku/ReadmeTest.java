package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.onnx.Needs;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the README shows, works.
class ReadmeTest {
  private static List<String> blocks(String language) throws Exception {
    Matcher matcher =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("README.md")));
    return matcher.results().map(r -> r.group(1)).toList();
  }

  @Test
  void theExampleCompilesAndRuns(@TempDir Path folder) throws Exception {
    compile(blocks("java").get(0), "Example", folder);
    Path state = folder.resolve("state.safetensors");
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      loader
          .loadClass("Example")
          .getMethod("main", String[].class)
          .invoke(
              null,
              (Object)
                  new String[] {
                    "src/main/resources/io/kioku/cli/moby-dick/model.safetensors", state.toString()
                  });
    }
    assertTrue(Files.size(state) > 2 * 8 * 256 * 4);
  }

  @Test
  void theOnnxExampleRuns(@TempDir Path folder) throws Exception {
    String source =
        """
        import io.kioku.onnx.*;
        public class Vad {
          public static float[] run(java.nio.file.Path path, float[] chunk) throws Exception {
            %s
          }
        }
        """
            .formatted(
                blocks("java").get(1).replace("float[] probability =", "return")); // it ends there
    compile(source, "Vad", folder);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      float[] probability =
          (float[])
              loader
                  .loadClass("Vad")
                  .getMethod("run", Path.class, float[].class)
                  .invoke(null, Needs.silero("silero_vad_v5.onnx"), new float[576]);
      assertTrue(probability[0] < 0.1, "silence");
    }
  }

  private static void compile(String source, String name, Path folder) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    SimpleJavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + name + ".java"), SimpleJavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of(
            "-d", folder.toString(), "-Xlint:all", "-cp", System.getProperty("java.class.path"));
    boolean compiled = compiler.getTask(messages, null, null, options, null, List.of(file)).call();
    assertTrue(compiled, messages.toString());
  }

  @Test
  void theCellParses() throws Exception {
    Matcher text =
        Pattern.compile("\"\"\"\n(.*?)\"\"\"", Pattern.DOTALL).matcher(blocks("java").get(2));
    assertTrue(text.find());
    assertEquals(List.of("h"), Cell.of("minimal gated unit", text.group(1)).states());
  }

  @Test
  void theSnippetNamesThisVersion() throws Exception {
    Matcher version =
        Pattern.compile("<version>(.*?)</version>").matcher(Files.readString(Path.of("pom.xml")));
    assertTrue(version.find());
    for (String block : blocks("xml")) {
      Matcher named = Pattern.compile("<version>(.*?)</version>").matcher(block);
      while (named.find()) {
        assertEquals(version.group(1), named.group(1));
      }
    }
  }
}
