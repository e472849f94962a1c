package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;

/// Why a node cannot be computed, in words for who runs a model.
final class Failure {
  private Failure() {}

  /// What an exception says, with the file's names of dimensions.
  static String reason(RuntimeException e, Symbols symbols) {
    return e instanceof Refusal refusal ? refusal.reason(symbols) : reason(e);
  }

  /// What an exception says, or that it is a fault of Kioku's own: a file can be wrong in ways that
  /// nobody has thought of.
  static String reason(RuntimeException e) {
    if (e instanceof ArithmeticException) { // which may have lost its text
      return "a size is too large to be counted";
    }
    boolean isMeant =
        e instanceof Refusal
            || e instanceof IllegalArgumentException
            || e instanceof IllegalStateException;
    return isMeant && e.getMessage() != null
        ? e.getMessage()
        : "this is a bug in kioku, please report it: " + e;
  }
}
