package io.kioku.cell;

import java.util.ArrayList;
import java.util.List;

/// A word of an equation and where it stands.
record Token(Kind kind, String text, int line, int column) {
  enum Kind {
    NAME,
    NUMBER,
    SYMBOL,
    END
  }

  boolean is(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  /// A matrix is a name that begins with a capital letter.
  boolean isMatrix() {
    return kind == Kind.NAME && Character.isUpperCase(text.charAt(0));
  }

  /// A vector parameter is a name that begins with a lower-case letter and has an index.
  boolean hasIndex() {
    return kind == Kind.NAME && text.indexOf('_') > 0;
  }

  String shown() {
    return kind == Kind.END ? "the end of the line" : "'" + text + "'";
  }

  /// The tokens of one line, closed by an [Kind#END]. `#` begins a comment.
  static List<Token> scan(String cell, String text, int number) {
    String line = text.lines().skip(number - 1L).findFirst().orElse("");
    List<Token> tokens = new ArrayList<>();
    int end = line.indexOf('#') < 0 ? line.length() : line.indexOf('#');
    int at = 0;
    while (at < end) {
      char first = line.charAt(at);
      int from = at;
      Kind kind;
      if (Character.isWhitespace(first)) {
        at++;
        continue;
      } else if (Character.isLetter(first)) {
        while (at < end && isNamePart(line.charAt(at))) {
          at++;
        }
        at += at < end && line.charAt(at) == '\'' ? 1 : 0;
        kind = Kind.NAME;
      } else if (first >= '0' && first <= '9') {
        at = numberEnd(line, at, end);
        kind = Kind.NUMBER;
      } else if ("+-*/(),=[]".indexOf(first) >= 0) {
        at++;
        kind = Kind.SYMBOL;
      } else {
        throw new EquationException(
            cell, text, number, at + 1, shown(line, at) + " is not part of the equation language");
      }
      tokens.add(new Token(kind, line.substring(from, at), number, from + 1));
    }
    tokens.add(new Token(Kind.END, "", number, Math.min(end, line.length()) + 1));
    return tokens;
  }

  /// A character, or its number if there is nothing to see.
  private static String shown(String line, int at) {
    int character = line.codePointAt(at);
    boolean isSeen =
        Character.isDefined(character)
            && !Character.isISOControl(character)
            && !Character.isSpaceChar(character)
            && Character.getType(character) != Character.FORMAT
            && Character.getType(character) != Character.SURROGATE;
    return isSeen ? "'" + Character.toString(character) + "'" : "U+%04X".formatted(character);
  }

  /// Digits, a point and more digits, an exponent.
  private static int numberEnd(String line, int from, int end) {
    int at = digitsEnd(line, from, end);
    if (at < end && line.charAt(at) == '.') {
      at = digitsEnd(line, at + 1, end);
    }
    if (at < end && line.charAt(at) == 'e') {
      boolean signed = at + 1 < end && "+-".indexOf(line.charAt(at + 1)) >= 0;
      at = digitsEnd(line, at + (signed ? 2 : 1), end);
    }
    return at;
  }

  private static int digitsEnd(String line, int from, int end) {
    int at = from;
    while (at < end && line.charAt(at) >= '0' && line.charAt(at) <= '9') {
      at++;
    }
    return at;
  }

  private static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }
}
