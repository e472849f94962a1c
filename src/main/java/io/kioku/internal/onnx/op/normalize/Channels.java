package io.kioku.internal.onnx.op.normalize;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.ShapeInference;

/// Inputs with a value for each channel.
final class Channels {
  private Channels() {}

  /// Refuses an input that has not so many values.
  ///
  /// @param channels negative if unknown
  static void check(ShapeInference node, int input, long channels) {
    node.rank(input, 1);
    long[] dims = node.dims(input);
    if (dims != null && dims[0] >= 0 && channels >= 0 && dims[0] != channels) {
      throw new Refusal(
          "input %d has %d values, expected %d, one for each channel"
              .formatted(input, dims[0], channels));
    }
  }
}
