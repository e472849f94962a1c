package io.kioku.cli;

import java.nio.charset.StandardCharsets;

/// How a byte is shown to a reader: as the character that it is in ASCII, a space as ␣, a line feed
/// as ⏎, any other as two hexadecimal digits.
final class ByteLabel {
  private ByteLabel() {}

  /// One or two characters.
  ///
  /// @param value 0 to 255
  static String of(int value) {
    return switch (value) {
      case ' ' -> "␣";
      case '\n' -> "⏎";
      default -> isPrintable(value) ? String.valueOf((char) value) : "%02X".formatted(value);
    };
  }

  /// A text as its characters, on one line.
  static String ofAll(byte[] text) {
    StringBuilder all = new StringBuilder();
    new String(text, StandardCharsets.UTF_8)
        .codePoints()
        .forEach(c -> {
          if (Character.isISOControl(c)) {
            all.append(c == '\n' ? of(c) : "·");
          } else {
            all.appendCodePoint(c);
          }
        });
    return all.toString();
  }

  private static boolean isPrintable(int value) {
    return value > ' ' && value < 0x7F;
  }
}
