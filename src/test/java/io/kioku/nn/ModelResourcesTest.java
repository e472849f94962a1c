package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kioku.Backend;
import io.kioku.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What models of several parts take, they give back.
class ModelResourcesTest {
  private static final int CYCLES = 700;

  /// A part that is not closed keeps the native memory of its weights, 36 KiB or more.
  private static final int LEAK_KILOBYTES = CYCLES * 36;

  @ParameterizedTest
  @EnumSource(names = {"LIBKIOKU", "ONEDNN"})
  void residentSizeStaysFlat(Backend backend) throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "resident size is read from /proc");
    List<String> output =
        ChildJvm.run(ChildJvm.STEADY, ModelCycles.class, backend.name(), Integer.toString(CYCLES));
    long settled = Long.parseLong(output.get(0));
    long end = Long.parseLong(output.get(1));
    assertTrue(
        end < settled + LEAK_KILOBYTES,
        () ->
            "resident size went from %d to %d KiB over %d cycles".formatted(settled, end, CYCLES));
  }
}
