package io.kioku.onnx;

import io.kioku.internal.onnx.plan.ModelFailure;
import java.util.List;

/// A model that cannot be loaded, or a run of it that failed. The message names the node and says
/// what was expected and what came.
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String[] refusals;

  /// Reports a problem.
  public OnnxException(String message) {
    this(message, (Throwable) null);
  }

  /// Reports a problem with its cause.
  public OnnxException(String message, Throwable cause) {
    super(message, cause);
    refusals = new String[0];
  }

  /// Reports that a model needs what is not supported. The message has a line for each refusal if
  /// there are several.
  ///
  /// @param refusals as [#refusals()] gives them
  public OnnxException(String message, List<String> refusals) {
    super(
        refusals.size() == 1
            ? message + ": " + refusals.getFirst()
            : message + ":\n  " + String.join("\n  ", refusals));
    this.refusals = refusals.toArray(String[]::new);
  }

  /// What failed inside, as if it had been said here.
  static OnnxException of(ModelFailure failure) {
    OnnxException exception =
        failure.refusals().isEmpty()
            ? new OnnxException(failure.getMessage(), failure.getCause())
            : new OnnxException(failure.getMessage(), failure.refusals());
    exception.setStackTrace(failure.getStackTrace());
    return exception;
  }

  /// What the model needs and is not supported, with the nodes that need it; empty if that is not
  /// the problem: if the model is damaged, or a run of it failed.
  public List<String> refusals() {
    return List.of(refusals);
  }
}
