package io.kioku.cli;

import java.nio.charset.StandardCharsets;

/// A text among the arguments, as a language model reads it: its bytes in UTF-8.
final class TextArgument {
  /// What Java makes of an argument's bytes that are no characters in the locale's encoding.
  private static final char UNDECODABLE = '\uFFFD';

  private TextArgument() {}

  /// @param option whose text it is
  /// @throws UserError if it is empty, or not what the user wrote
  static byte[] bytes(String option, String text) {
    if (text.isEmpty()) {
      throw new UserError(option + " is empty, expected at least one character");
    }
    if (text.indexOf(UNDECODABLE) >= 0) {
      throw new UserError(
          option
              + " has characters that this locale cannot spell; a UTF-8 locale, as"
              + " LC_ALL=C.UTF-8, can");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
