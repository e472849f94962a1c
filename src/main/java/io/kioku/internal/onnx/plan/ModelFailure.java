package io.kioku.internal.onnx.plan;

import java.util.List;

/// A model that cannot be loaded, or a run of it that failed. At the border it becomes an exception
/// of the API.
public final class ModelFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> refusals;

  ModelFailure(String message) {
    this(message, (Throwable) null);
  }

  ModelFailure(String message, Throwable cause) {
    super(message, cause);
    this.refusals = List.of();
  }

  /// A model that needs what is not supported.
  ///
  /// @param refusals all of it, with the nodes that need it
  ModelFailure(String message, List<String> refusals) {
    super(message);
    this.refusals = List.copyOf(refusals);
  }

  /// What the model needs and is not supported; empty if that is not the problem.
  public List<String> refusals() {
    return refusals;
  }
}
