package io.kioku.internal.onnx.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OperatorsTest {
  private static final Pattern LIST = Pattern.compile("(?s)## Operators\\s+(.*?)\n\n");

  @Test
  void theDocumentListsAllOperatorsAndNoOther() throws IOException {
    String docs = Files.readString(Path.of("docs/onnx.md"));
    List<String> listed =
        LIST.matcher(docs).results().flatMap(match -> words(match.group(1))).toList();
    assertEquals(Operators.names(), listed);
  }

  private static java.util.stream.Stream<String> words(String text) {
    return Arrays.stream(text.strip().split(",\\s+", -1));
  }
}
