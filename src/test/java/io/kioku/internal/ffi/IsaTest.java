package io.kioku.internal.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The environment lowers the instruction set: without this, the tiers' runs would all test the
/// same one.
@Tag("tiers")
class IsaTest {
  private static final List<String> TIERS =
      List.of("scalar", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "amx");

  @Test
  void theEnvironmentCanOnlyLowerTheTier() {
    Kernels kernels = Kernels.get();
    int detected = TIERS.indexOf(kernels.detectedIsa());
    int asked = TIERS.indexOf(System.getenv().getOrDefault("KIOKU_ISA", "none"));
    assertEquals(TIERS.get(asked >= 0 && asked < detected ? asked : detected), kernels.isa());
  }

  @Test
  void aMisspeltTierIsRefused() {
    Kernels.checkIsaVariable(null);
    Kernels.checkIsaVariable("");
    TIERS.forEach(Kernels::checkIsaVariable);
    for (String wrong : new String[] {"AVX2", "nonsense", "avx512 "}) {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> Kernels.checkIsaVariable(wrong));
      assertTrue(e.getMessage().contains("'" + wrong + "'"), e.getMessage());
    }
  }

  /// oneDNN's codes are sets of instructions.
  @Test
  void eachTierOfOnednnHasThoseBelow() {
    for (int tier = 1; tier < TIERS.size() - 1; tier++) {
      int below = Onednn.isa(TIERS.get(tier - 1));
      int own = Onednn.isa(TIERS.get(tier));
      assertEquals(below, below & own, TIERS.get(tier));
      assertNotEquals(below, own, TIERS.get(tier));
    }
  }
}
