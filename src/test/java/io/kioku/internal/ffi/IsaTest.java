package io.kioku.internal.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The environment lowers the instruction set: without this, the tiers' runs would all test the
/// same one.
@Tag("tiers")
class IsaTest {
  private static final List<String> TIERS = List.of("scalar", "avx2", "avx512");

  @Test
  void theEnvironmentCanOnlyLowerTheTier() {
    Kernels kernels = Kernels.get();
    int detected = TIERS.indexOf(kernels.detectedIsa());
    int asked = TIERS.indexOf(System.getenv().getOrDefault("KIOKU_ISA", "none"));
    assertEquals(TIERS.get(asked >= 0 && asked < detected ? asked : detected), kernels.isa());
  }
}
