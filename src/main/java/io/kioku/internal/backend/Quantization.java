package io.kioku.internal.backend;

import io.kioku.internal.ffi.WeightFormat;

/// In what a layer is computed.
///
/// @param format how weights are kept, and what they are multiplied with
/// @param inputScale of bytes: what one unit of `x` stands for; 0 if each stream and step has its
///   own
/// @param stateScale that of `h`, likewise
public record Quantization(WeightFormat format, float inputScale, float stateScale) {
  /// float32.
  public static final Quantization NONE = of(WeightFormat.F32);

  /// A format with scales that follow from the values.
  public static Quantization of(WeightFormat format) {
    return new Quantization(format, 0, 0);
  }

  /// Whether the scales of bytes are known beforehand.
  public boolean hasScales() {
    return inputScale > 0 && stateScale > 0;
  }

  /// Whether fewer bits are used than float32 has.
  public boolean isReduced() {
    return format != WeightFormat.F32;
  }
}
