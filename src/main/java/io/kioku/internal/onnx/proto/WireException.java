package io.kioku.internal.onnx.proto;

import java.io.IOException;

/// Bytes are no protobuf message, or a damaged one.
public final class WireException extends IOException {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library that is not ours
  WireException(String problem, Object... values) {
    super(problem.formatted(values));
  }
}
