package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.ValueInfo;
import java.util.List;

/// The graph of a branch or a loop: checked when the model is loaded, and shared by all contexts.
public interface Body {
  /// The inputs as the file declares them.
  List<ValueInfo> inputs();

  /// The outputs, with what could be found out of their types and shapes; else as the file declares
  /// them.
  List<ValueInfo> outputs();

  /// What could be found out of the outputs. What the file declares of them may be wrong: nothing
  /// checks it.
  List<Known> results();
}
