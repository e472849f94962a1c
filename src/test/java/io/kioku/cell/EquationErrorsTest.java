package io.kioku.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Network;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is wrong with a text is said where it is wrong.
class EquationErrorsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          h' = tnah(x)                                    | 1 |  6 | unknown function tnah; known are sigmoid, tanh
          h' = W_h + 1                                    | 1 | 10 | the matrix W_h needs a vector after it
          h' = a                                          | 1 |  6 | unknown name a
          h' = c'                                         | 1 |  6 | unknown name c'
          h' = tanh(W_i x) tanh(h)                        | 1 | 18 | expected an operator
          h' = (1 - x                                     | 1 | 12 | expected ')' but found the end of the line
          h' = W x + W h                                  | 1 |  6 | W multiplies vectors of different sizes
          x = 3                                           | 1 |  1 | x is the layer's input
          h' = $                                          | 1 |  6 | is not part of the equation language
          h' =                                            | 1 |  5 | expected a name, a number or '('
          h' 1                                            | 1 |  4 | expected '=' after h'
          W_x = h                                         | 1 |  1 | expected a name in lower case
          h' = tanh(x, h)                                 | 1 |  6 | tanh takes 1 argument, not 2
          h' = max(x)                                     | 1 |  6 | max takes 2 arguments, not 1
          h' = W_h (2 * 3)                                | 1 |  6 | the matrix W_h multiplies a number
          h' = x + 1e99                                   | 1 | 10 | is larger than a float32
          h' = x + bias_ih                                | 1 | 10 | is the name of a tensor that stacks parameters
          h' = 1..5 * x                                   | 1 |  8 | is not part of the equation language
          c' = x                                          | 1 |  1 | no equation for h'
          h' = a;a = b;b = a                              | 3 |  5 | a depends on itself within one step
          h' = x;h' = h                                   | 2 |  1 | h' is defined already, in line 1
          h' = x;h = 1                                    | 2 |  1 | cannot both have equations
          a = norm(h);h' = norm(2 * score) + a            | 2 |  6 | norm takes vectors, and mul(2.0, score) is one number
          h' = norm(x, 3)                                 | 1 |  6 | norm takes vectors, and 3.0 is one number
          h' = norm()                                     | 1 | 11 | expected a name, a number or '('
          h' = score                                      | 1 |  1 | h' is one number, not a vector
          h' = c' * x;c' = 2 * score                      | 2 |  1 | c' is one number, not a vector
          h' = W_a h + W_b (score + 1)                    | 1 | 14 | the matrix W_b multiplies a number
          h' = W_a h;c' = R_c h + W_a x                   | 1 |  6 | W_a multiplies vectors of different sizes
          h' = W_a' x                                     | 1 |  6 | a matrix is a parameter and has no prime
          h' = x;c' = c                                   | 2 |  1 | the state c is never updated
          a = h;h' = a                                    | 2 |  1 | the state h is never updated
          h' = below(x)                                   | 1 | 12 | below takes a state
          a = x;h' = x + below(a)                         | 2 | 16 | below takes a state
          h' = below(h')                                  | 1 | 12 | below takes a state
          h' = below(h, h)                                | 1 | 13 | expected ')' but found ','
          h' = below + x                                  | 1 |  6 | below is a function: write below(…)
          h' = tanh x                                     | 1 |  6 | tanh is a function: write tanh(…)
          score = 3 * x;h' = x                            | 1 |  1 | score is the layer's input
          h' = tanh(x, eps=1e-3)                          | 1 | 14 | tanh has no argument eps; norm alone has one
          h' = norm(x, epsilon=1)                         | 1 | 14 | norm has no argument epsilon; norm alone has
          h' = norm(x, eps=0)                             | 1 | 18 | eps must be a number above 0, as 1e-5, but found '0'
          h' = norm(x, eps=-1)                            | 1 | 18 | eps must be a number above 0, as 1e-5, but found '-'
          h' = norm(x, eps=b_h)                           | 1 | 18 | eps must be a number above 0, as 1e-5, but found 'b_h'
          h' = norm(x, eps=                               | 1 | 18 | eps must be a number above 0, as 1e-5, but found the
          h' = norm(x, eps=1, h)                          | 1 | 19 | expected ')' but found ','
          h' = norm(eps=1)                                | 1 |  6 | norm takes 1 or more arguments, not 0
          h' = norm(x, eps)                               | 1 | 14 | unknown name eps
          h' = floor(x, 1)                                | 1 |  6 | floor takes 1 argument, not 2
          h' = mod(x)                                     | 1 |  6 | mod takes 2 arguments, not 1
          h'[1, 2] = score                                | 1 |  1 | h' is one number, not a vector
          h' = gelu(x)                                    | 1 |  6 | unknown function gelu; known are sigmoid,
          h' = x + elu(x, h)                              | 1 | 10 | what elu takes after the first argument must be
          h' = hardsigmoid(x, 0.2, b_h)                   | 1 |  6 | after the first argument must be numbers
          h' = elu(x, 1, 2)                               | 1 |  6 | elu takes 1 to 2 arguments, not 3
          h' = hardsigmoid(x, 1, 2, 3)                    | 1 |  6 | hardsigmoid takes 1 to 3 arguments, not 4
          h' = clip(x)                                    | 1 |  6 | clip takes 2 arguments, not 1
          h' = softplus(x, 1)                             | 1 |  6 | softplus takes 1 argument, not 2
          h' = 1e * x                                     | 1 |  6 | is not a number
          h' = x + 3⊙h                                    | 1 | 11 | is not part of the equation language
          h' =\u00A0x                                  | 1 |  5 | U+00A0 is not part of the equation language
          h'[a] = x                                       | 1 |  4 | expected a period, a whole number from 1 up
          h'[] = x                                        | 1 |  4 | expected a period, a whole number from 1 up
          h'[0] = x                                       | 1 |  4 | expected a period, a whole number from 1 up
          h'[1.5] = x                                     | 1 |  4 | expected a period, a whole number from 1 up
          h'[-1] = x                                      | 1 |  4 | expected a period, a whole number from 1 up
          h'[1,                                           | 1 |  6 | expected a period, a whole number from 1 up
          h'[1, 2 = x                                     | 1 |  9 | expected ',' or ']' but found '='
          h'[1, 4, 2] = x                                 | 1 | 10 | period 2 is after 4: write the fastest module first
          h'[16777216, 16777217] = x                      | 1 | 14 | only after more than 16777216 steps
          h' = clip(x, 0)                                 | 1 |  6 | the limit of clip must be above 0
          h' = clip(x, -1)                                | 1 |  6 | the limit of clip must be above 0
          k = b_k * x;h'[1, 2] = W_h x + R_h h            | 1 |  1 | k has another size (I) than the layer
          h'[1, 2] = R_h c;c'[1, 2] = tanh(W_c x + R_c h) | 1 |  1 | h' has another size (P) than the layer
          p'[1, 2] = x;h'[1, 2] = V_h p + R_h h           | 1 |  1 | p' has another size (I) than the layer
          h'[1, 2] = norm(W_h x)                          | 1 | 12 | norm needs the values of all modules
          i[1, 2] = x;h' = i                              | 1 |  1 | only a state has periods: write i'[…] = …
          h'[1, 2] = x;c' = h                             | 2 |  1 | c' has periods [] and h' has [1, 2]
          h' = x;c'[1, 2] = h                             | 2 |  1 | c' has periods [1, 2] and h' has []
          h'[1, 2] = x;c'[1, 3] = h                       | 2 |  1 | c' has periods [1, 3] and h' has [1, 2]
          h'[1, 2] = x;clock' = h                         | 2 |  1 | clock is the state that counts the steps
          h'[1, 2] = x;clock = h                          | 2 |  1 | clock is the state that counts the steps
          h'[1, 2] = x * clock                            | 1 | 16 | unknown name clock
          h'[1, 2] = tanh(R_h h + R_h tanh(h))            | 1 | 25 | R_h multiplies tanh(h), but where states have
          """)
  void errorsPointAtTheCharacter(String text, int line, int column, String message) {
    EquationException e =
        assertThrows(EquationException.class, () -> Cell.of("mine", text.replace(";", "\n")));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(line + ":" + column, e.line() + ":" + e.column(), e.getMessage());
    List<String> shown = e.getMessage().lines().toList();
    assertEquals(" ".repeat(column + 1) + "^", shown.getLast(), e.getMessage());
  }

  @Test
  void oneErrorOfALongLineIsShownWithWhatIsAroundIt() {
    String text = "h' = " + "x + ".repeat(150) + "q" + " + x".repeat(150);
    EquationException e = assertThrows(EquationException.class, () -> Cell.of("long", text));
    assertEquals(606, e.column());
    List<String> shown = e.getMessage().lines().toList();
    assertEquals('q', shown.get(1).charAt(shown.get(2).indexOf('^')));
    assertTrue(shown.get(1).length() < 220, shown.get(1));
  }

  @Test
  void theMarkStandsUnderTheCharacterBehindATab() {
    EquationException e =
        assertThrows(EquationException.class, () -> Cell.of("tab", "\th' =\tx + q"));
    assertTrue(e.getMessage().endsWith("\n  \th' =\tx + q\n  \t    \t    ^"), e.getMessage());
  }

  /// The layer's sizes show what the text alone does not; the output's equation is what is wrong.
  @Test
  void sizesThatDoNotFitPointAtTheOutput() {
    Cell modules = Cell.of("modules", "# three\n\n  h'[1, 2, 4] = tanh(R_h h + W_h x)");
    assertPlace(3, 3, "H = 8 is no multiple of 3", () -> Network.of(modules, 5, 8));
    Cell plain = Cell.of("plain", "c' = 0.5 * h'\nh' = tanh(W_h x)");
    assertPlace(2, 1, "a projection to 3 was", () -> Network.of(plain, 5, 8).projection(3));
  }

  private static void assertPlace(int line, int column, String part, Runnable code) {
    EquationException e = assertThrows(EquationException.class, code::run);
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertEquals(line + ":" + column, e.line() + ":" + e.column(), e.getMessage());
  }

  @Test
  void whereTheInputMeetsTheOutputBothHaveOneSize() {
    Network fits = Network.of(OtherCells.SRU, 4, 4).layers(2);
    for (Runnable code :
        List.<Runnable>of(() -> Network.of(OtherCells.SRU, 3, 4), fits::bidirectional)) {
      Exception e = assertThrows(IllegalArgumentException.class, code::run);
      assertTrue(
          e.getMessage().startsWith("cell SRU combines x with its output element by element"),
          e.getMessage());
    }
  }

  @Test
  void hostileTextsEndInAMessage() {
    for (String text :
        new String[] {
          "h' = " + "(".repeat(100_000),
          "h' = " + "-".repeat(100_000) + "x",
          "h' = " + "W ".repeat(100_000) + "x",
          "h' = " + "x + ".repeat(100_000) + "x",
          "h' = " + "x - ".repeat(100_000) + "x",
          "h' = " + "tanh(".repeat(5_000) + "x" + ")".repeat(5_000),
          "a = x\n".repeat(100_000),
          "\n".repeat(1_000_000)
        }) {
      assertThrows(EquationException.class, () -> Cell.of("hostile", text));
    }
  }

  /// A message shows an expression cut off, not 2^26 terms of it.
  @Test
  void messagesStayShort() {
    StringBuilder text = new StringBuilder("v0 = h * h\n");
    for (int i = 1; i <= 26; i++) {
      text.append("v%d = v%d * v%d\n".formatted(i, i - 1, i - 1));
    }
    EquationException e =
        assertThrows(EquationException.class, () -> Cell.of("c", text + "h' = W_a x + W_a v26"));
    assertTrue(e.getMessage().length() < 1_000, () -> e.getMessage().length() + " characters");
  }
}
