package io.kioku.nn;

/// How a [SequenceDecoder] looks for the best sequence. Immutable.
///
///     Search greedy = Search.of(START, END, 100);
///     Search beam = greedy.width(5).alpha(0.6);
///
/// A beam search keeps the `width` most likely beginnings and goes on from each of them. One that
/// ends gives up its place, and the search is over when `width` of them have ended or the greatest
/// length is reached. With a width of 1 that is greedy search: always the most likely symbol. Among
/// equally likely candidates the better beginning wins, then the lower symbol, so that equal numbers
/// give equal results.
///
/// Ended ones are ranked by `log P / ((5 + L) / 6)^alpha`, in which L counts the symbols with the
/// end symbol: Wu et al., *Google's Neural Machine Translation System*, 2016, section 7. With an
/// alpha of 0 the ranking is by probability, which favours short sequences.
///
/// @param start the symbol before the first one
/// @param end the symbol that ends a sequence
/// @param maxLength the greatest L, at least 1; what has not ended by then is cut off
/// @param width how many beginnings are kept, at least 1
/// @param alpha a finite number from 0 up
public record Search(int start, int end, int maxLength, int width, double alpha) {
  /// What [#of] begins with.
  public static final double DEFAULT_ALPHA = 0.6;

  /// @throws IllegalArgumentException if a number is out of its range
  public Search {
    if (start < 0 || end < 0) {
      throw new IllegalArgumentException(
          "start is %d and end %d, expected symbols from 0 up".formatted(start, end));
    }
    Args.positive("maxLength", maxLength);
    Args.positive("width", width);
    if (!(alpha >= 0) || Double.isInfinite(alpha)) {
      throw new IllegalArgumentException(
          "alpha is %s, expected a finite number from 0 up".formatted(alpha));
    }
  }

  /// Greedy search.
  public static Search of(int start, int end, int maxLength) {
    return new Search(start, end, maxLength, 1, DEFAULT_ALPHA);
  }

  /// The same with another width.
  public Search width(int beams) {
    return new Search(start, end, maxLength, beams, alpha);
  }

  /// The same with another length normalisation.
  public Search alpha(double exponent) {
    return new Search(start, end, maxLength, width, exponent);
  }

  /// The score of a sequence of that many symbols, the end symbol included.
  double score(double logProbability, int length) {
    return logProbability / Math.pow((5.0 + length) / 6, alpha);
  }
}
