package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.kioku.format.ElementType;
import io.kioku.onnx.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShowTest {
  @TempDir Path folder;

  private String model() throws IOException {
    return Files.write(
            folder.resolve("model.onnx"),
            new TinyModel(17)
                .input("x", ElementType.FLOAT, -1, 2)
                .input("open\u001b[31m", ElementType.INT64)
                .output("z")
                .node("Softmax", "x", "y")
                .node("Softmax", "y", "w")
                .node("LogSoftmax", "w", "z")
                .bytes())
        .toString();
  }

  @Test
  void stepsAreShown() throws IOException {
    String text = Run.of("show", model()).ok();
    assertTrue(text.contains("operator sets ai.onnx 17, com.microsoft 1\n"), text);
    assertTrue(text.contains("\ninputs\n  x          float[d1, 2]\n  open?[31m  int64[]\n"), text);
    assertTrue(text.contains("\noutputs\n  z  float[d1, 2]\n"), text);
    assertTrue(text.contains("\noperators of the 3 steps\n  Softmax × 2, LogSoftmax\n"), text);
    List<String> last = text.lines().toList();
    last = last.subList(last.size() - 4, last.size());
    assertTrue(last.get(0).matches("step +operator +backend +output"), text);
    assertTrue(last.get(3).matches("LogSoftmax_2 +LogSoftmax +\\w+ +float\\[d1, 2\\]"), text);
  }

  @Test
  void programsGetJson() throws IOException {
    String text = Run.of("show", model(), "--json").ok();
    List<String> scalars = new ArrayList<>();
    try (JsonParser json = new JsonFactory().createParser(text)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token.isScalarValue()) {
          scalars.add(json.currentName() + "=" + json.getText());
        }
      }
    }
    assertTrue(
        scalars.containsAll(List.of("irVersion=8", "ai.onnx=17", "Softmax=2", "LogSoftmax=1")),
        text);
    assertTrue(
        scalars.containsAll(List.of("name=LogSoftmax_2", "operator=LogSoftmax", "depth=0")), text);
    assertEquals(5, scalars.stream().filter("null=d1"::equals).count(), text);
    assertTrue(text.endsWith("}\n"), text);
  }

  @Test
  void whatIsNoModelIsRefused() {
    Run.of("show", folder.resolve("none").toString()).refused("none: no such file");
    Run.of("show", folder.toString()).refused(folder.toString());
    Run.of("show").refused("Missing required parameter: 'MODEL.onnx'");
  }
}
