package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What models cost: nothing on the heap for a run, little for a stream, and nothing that stays.
class OnnxResourcesTest {
  static List<Path> models() {
    return Needs.sileroModels();
  }

  /// With the first compiler only, which removes no allocation.
  @ParameterizedTest
  @MethodSource("models")
  void runsAllocateNothing(Path model) throws Exception {
    for (String batch : List.of("1", "5")) {
      List<String> lines =
          ChildJvm.run(
              List.of("-XX:TieredStopAtLevel=1"),
              OnnxResources.class,
              "allocated",
              model.toString(),
              batch);
      assertEquals(List.of("0"), lines, model + ", batch " + batch);
    }
  }

  /// Apart from one whose loop has other shapes in each step.
  @Test
  void nodesAllocateNothing() throws Exception {
    List<String> lines =
        ChildJvm.run(
            List.of("-XX:TieredStopAtLevel=1"),
            NodeAllocations.class,
            Needs.backendTests("node").toString());
    assertTrue(Integer.parseInt(lines.getLast()) >= 600, lines.getLast() + " ran");
    List<String> allocating = lines.subList(0, lines.size() - 1);
    assertEquals(
        List.of(), allocating.stream().filter(name -> !name.startsWith("test_loop11 ")).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"silero_vad_v5.onnx", "silero_vad_legacy.onnx"})
  void aStreamCostsItsState(String name) throws Exception {
    List<String> lines =
        ChildJvm.run(List.of(), OnnxResources.class, "stream", Needs.silero(name).toString());
    assertTrue(Integer.parseInt(lines.getFirst()) < 2_048, lines + " bytes a stream");
  }

  @ParameterizedTest
  @ValueSource(strings = {"silero_vad_v5.onnx", "silero_vad_legacy.onnx"})
  void nothingStays(String name) throws Exception {
    List<String> lines =
        ChildJvm.run(
            ChildJvm.STEADY, OnnxResources.class, "cycles", Needs.silero(name).toString(), "300");
    long before = Long.parseLong(lines.get(0));
    long after = Long.parseLong(lines.get(1));
    assertTrue(after <= before * 1.05, "resident %d KiB, then %d KiB".formatted(before, after));
  }
}
