package io.kioku.onnx;

/// A model that cannot be loaded, or a run of it that failed. The message names the node and says
/// what was expected and what came.
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Reports a problem.
  public OnnxException(String message) {
    super(message);
  }

  /// Reports a problem with its cause.
  public OnnxException(String message, Throwable cause) {
    super(message, cause);
  }
}
