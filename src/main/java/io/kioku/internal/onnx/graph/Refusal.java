package io.kioku.internal.onnx.graph;

/// Why one node cannot be run. The loader collects them, so that one message lists all.
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param reason without the node's name, as in "attribute mode is 'wrap', expected constant,
  ///   reflect or edge"
  public Refusal(String reason) {
    super(reason);
  }
}
