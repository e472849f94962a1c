package io.kioku.internal.onnx.op;

import io.kioku.Engine;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;

/// What an operator may use while it is made, and keep.
public interface OperatorContext {
  /// The value of one of the node's inputs, if it is known at load time; null if not, or left out.
  Constant constant(int input);

  /// Compiles recurrent layers.
  Engine engine();

  /// Native threads of one call.
  int threads();

  /// Checks the graph of a branch or a loop, which may read the values around it.
  Body body(Graph graph);
}
