package io.kioku.onnx;

import java.nio.file.Path;
import java.util.List;

/// What must be known of one of Silero's files to run it.
record SileroModel(Path path, boolean legacy, boolean only16k, boolean hasRate) {
  static SileroModel of(Path path) {
    String name = path.getFileName().toString();
    boolean half = name.endsWith("half.onnx");
    return new SileroModel(path, name.endsWith("legacy.onnx"), half || name.contains("16k"), !half);
  }

  List<Integer> rates() {
    return only16k ? List.of(16_000) : List.of(16_000, 8_000);
  }

  /// New samples of one chunk.
  int hop(int rate) {
    return rate == 16_000 ? 512 : 256;
  }

  /// Samples of the chunk before that newer files want once more.
  int context(int rate) {
    return legacy ? 0 : rate / 250;
  }

  OnnxModel load() throws java.io.IOException {
    OnnxModel.Builder builder = OnnxModel.builder();
    if (legacy) {
      builder.state("h", "hn", 1).state("c", "cn", 1);
    } else {
      builder.state("state", "stateN", 1);
    }
    return builder.load(path);
  }

  /// The largest difference from ONNX Runtime that is right.
  double tolerance() {
    return path.getFileName().toString().endsWith("half.onnx") ? 5e-3 : 1e-4;
  }
}
