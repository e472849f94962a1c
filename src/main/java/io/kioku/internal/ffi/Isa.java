package io.kioku.internal.ffi;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The instruction tiers of libkioku, in the order and by the names of `enum kioku_isa` in kioku.h.
public enum Isa {
  SCALAR(null),
  AVX2(SCALAR),
  AVX_VNNI(AVX2),
  AVX512(AVX2),
  AVX512_VNNI(AVX512),
  AVX512_BF16(AVX512_VNNI),
  AMX(AVX512_BF16),
  NEON(SCALAR),
  NEON_DOTPROD(NEON),
  NEON_BF16(NEON_DOTPROD);

  private final Isa below;

  /// @param below the tier whose instructions this one has too
  Isa(Isa below) {
    this.below = below;
  }

  /// Whether a CPU of this tier has the other's instructions.
  public boolean has(Isa other) {
    return this == other || (below != null && below.has(other));
  }

  /// The tier of a name as `KIOKU_ISA` takes it.
  static Optional<Isa> named(String name) {
    return Arrays.stream(values()).filter(isa -> isa.toString().equals(name)).findAny();
  }

  /// The tier of a number of `enum kioku_isa`.
  static Isa of(int number) {
    return values()[number];
  }

  /// The number in `enum kioku_isa`.
  @SuppressWarnings("EnumOrdinal") // the order is the header's; LayoutTest compares them
  int number() {
    return ordinal();
  }

  /// As `KIOKU_ISA` takes it: `avx512_bf16`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
