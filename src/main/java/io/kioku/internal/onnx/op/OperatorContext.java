package io.kioku.internal.onnx.op;

import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import java.util.List;

/// What an operator may use while it is made, and keep.
public interface OperatorContext {
  /// The value of one of the node's inputs, if it is known at load time; null if not, or left out.
  Constant constant(int input);

  /// What recurrent layers may be computed with, in the order of preference.
  List<LayerBackend> backends();

  /// Native threads of one call.
  int threads();

  /// What is known of one of the node's inputs; nothing if it is left out.
  Known input(int input);

  /// Checks the graph of a branch or a loop, which may read the values around it.
  ///
  /// @param inputs what is known of the graph's inputs; what the file declares of their shapes is
  ///   not relied on
  /// @throws io.kioku.internal.onnx.graph.Refusal if the graph has another number of inputs
  Body body(Graph graph, List<Known> inputs);
}
