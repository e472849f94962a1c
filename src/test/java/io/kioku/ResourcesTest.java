package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kioku.internal.ffi.Isa;
import io.kioku.internal.ffi.Kernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the engine takes, it gives back: native memory over many cycles, and nothing on the Java
/// heap while it runs.
class ResourcesTest {
  @ParameterizedTest
  @CsvSource({
    "sessions, LIBKIOKU, 100000",
    "sessions, ONEDNN, 100000",
    "models, LIBKIOKU, 2000",
    "models, ONEDNN, 2000",
    "masks, LIBKIOKU, 1000",
    "masks, REFERENCE, 200",
    "shapes, ONEDNN, 8000",
    "reduced, ONEDNN, 500"
  })
  void residentSizeStaysFlat(String what, Backend backend, int cycles) throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "resident size is read from /proc");
    assumeTrue(!what.equals("reduced") || hasHalvesAndBytes());
    List<String> output =
        ChildJvm.run(
            ChildJvm.STEADY, ResidentSize.class, what, backend.name(), Integer.toString(cycles));
    long settled = Long.parseLong(output.get(0));
    long end = Long.parseLong(output.get(1));
    assertTrue(
        end <= settled * 1.05,
        () ->
            "resident size went from %d to %d KiB over %d cycles".formatted(settled, end, cycles));
  }

  /// With the first compiler only, which optimises no allocation away: none is left to luck.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "LIBKIOKU",
        "ONEDNN",
        "REFERENCE",
        "planned",
        "ragged",
        "masked",
        "any",
        "shared",
        "wave",
        "bytes",
        "arrays"
      })
  void aRunAllocatesNothing(String way) throws Exception {
    assumeTrue(!way.equals("bytes") || hasHalvesAndBytes());
    List<String> bytes =
        ChildJvm.run(List.of("-XX:TieredStopAtLevel=1"), AllocatedBytes.class, way);
    assertEquals(List.of("0", "0"), bytes, "bytes that 100 runs of LSTM and GRU allocated");
  }

  private static boolean hasHalvesAndBytes() {
    return Kernels.get().isa().has(Isa.AVX512_BF16);
  }
}
