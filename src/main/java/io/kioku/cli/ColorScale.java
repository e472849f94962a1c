package io.kioku.cli;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Which colour stands for which value. Both palettes can be read by the colour-blind, and the
/// first one in grey too.
///
/// @param colors for values at equal distances from the smallest to the largest, mixed in between
/// @param min the smallest; smaller ones have its colour
/// @param max the largest
/// @param labels of the smallest, the middle and the largest value
record ColorScale(List<Color> colors, double min, double max, List<String> labels) {
  /// Viridis, of Smith & van der Walt (matplotlib, CC0), at 9 places.
  private static final List<Color> SEQUENTIAL =
      colors(
          0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725);

  private static final List<Color> DIVERGING =
      colors(0x1A5CA8, 0x5B9BD0, 0xAFD0E8, 0xFAFAFA, 0xF6B99B, 0xE0654D, 0xB2182B);

  private static final double[] NICE = {0.1, 0.2, 0.5, 1, 2, 5};

  private static List<Color> colors(Integer... rgb) {
    return Stream.of(rgb).map(Color::new).toList();
  }

  /// The scale that shows a quantity of a walk.
  static ColorScale of(Walk walk, Quantity quantity) {
    return switch (quantity.kind()) {
      case GATE -> new ColorScale(SEQUENTIAL, 0, 1, List.of("0", "0.5", "1"));
      case SIGNED -> new ColorScale(DIVERGING, -1, 1, List.of("−1", "0", "1"));
      case UNBOUNDED -> unbounded(nice(walk.commonSize(quantity)));
    };
  }

  private static ColorScale unbounded(double limit) {
    String number = String.format(Locale.ROOT, limit < 1 ? "%.1f" : "%.0f", limit);
    return new ColorScale(DIVERGING, -limit, limit, List.of("≤ −" + number, "0", "≥ " + number));
  }

  private static double nice(double size) {
    double scale = 1;
    while (scale * NICE[NICE.length - 1] < size) {
      scale *= 10;
    }
    for (double nice : NICE) {
      if (nice * scale >= size) {
        return nice * scale;
      }
    }
    throw new IllegalArgumentException("no scale for values of " + size);
  }
}
