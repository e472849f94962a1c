package io.kioku.internal.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The tiers are those of libkioku, and the environment chooses one: without this, the tiers' runs
/// would all test the same one.
@Tag("tiers")
class IsaTest {
  @Test
  void theEnvironmentNamesAUsableTierOrChangesNothing() {
    Kernels kernels = Kernels.get();
    Isa expected =
        Isa.named(System.getenv().getOrDefault("KIOKU_ISA", "none"))
            .filter(kernels::isUsable)
            .orElse(kernels.detectedIsa());
    assertEquals(expected, kernels.isa());
  }

  @Test
  void theTiersAreThoseOfLibkioku() {
    Kernels kernels = Kernels.get();
    for (Isa isa : Isa.values()) {
      assertEquals(isa.toString(), kioku_h.kioku_isa_name(isa.number()).getString(0));
      assertEquals(isa, Isa.of(isa.number()));
      assertEquals(isa, Isa.named(isa.toString()).orElseThrow());
    }
    assertEquals(MemorySegment.NULL, kioku_h.kioku_isa_name(Isa.values().length));
    List<Isa> usable = Arrays.stream(Isa.values()).filter(kernels::isUsable).toList();
    assertEquals(usable.getLast(), kernels.detectedIsa());
    for (Isa isa : usable) {
      for (Isa other : Isa.values()) {
        assertTrue(!isa.has(other) || usable.contains(other), isa + " without " + other);
      }
    }
  }

  @Test
  void aTierHasThoseItImplies() {
    assertTrue(Isa.AMX.has(Isa.AVX2) && Isa.AMX.has(Isa.AMX));
    assertTrue(!Isa.AVX512.has(Isa.AVX_VNNI) && !Isa.AVX2.has(Isa.AVX512));
    assertTrue(Isa.NEON_BF16.has(Isa.NEON_DOTPROD) && !Isa.NEON.has(Isa.AVX2));
  }

  @Test
  void aMisspeltTierIsRefused() {
    Kernels.checkIsaVariable(null);
    Kernels.checkIsaVariable("");
    for (Isa isa : Isa.values()) {
      Kernels.checkIsaVariable(isa.toString());
    }
    for (String wrong : new String[] {"AVX2", "nonsense", "avx512 "}) {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> Kernels.checkIsaVariable(wrong));
      assertTrue(e.getMessage().contains("'" + wrong + "'"), e.getMessage());
    }
  }

  /// oneDNN's codes are sets of instructions.
  @Test
  void eachTierOfOnednnHasThoseBelow() {
    for (Isa tier : List.of(Isa.AVX2, Isa.AVX_VNNI, Isa.AVX512, Isa.AVX512_VNNI, Isa.AVX512_BF16)) {
      for (Isa other : Isa.values()) {
        if (tier != other && tier.has(other)) {
          assertEquals(Onednn.isa(other), Onednn.isa(tier) & Onednn.isa(other), tier + " " + other);
          assertNotEquals(Onednn.isa(other), Onednn.isa(tier), tier + " " + other);
        }
      }
    }
  }
}
