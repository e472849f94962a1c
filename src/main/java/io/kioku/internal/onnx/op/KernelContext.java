package io.kioku.internal.onnx.op;

import java.lang.foreign.Arena;
import java.util.List;

/// What a kernel works with: its values, and memory of the context.
public interface KernelContext {
  /// An input; null if it is left out.
  Value in(int input);

  /// An output, below [#outputs()]. One that nobody wants is a value too.
  Value out(int output);

  /// Whether somebody reads an output.
  boolean wants(int output);

  /// The number of inputs, those left out at the end not counted.
  int inputs();

  /// The number of outputs.
  int outputs();

  /// A value for intermediate results, beside the node's own.
  Value scratch();

  /// Memory as long as the context's.
  Arena arena();

  /// The steps of a branch or a loop in this context. Closed with it.
  Subgraph subgraph(Body body);

  /// Counts a step of a loop.
  ///
  /// @throws io.kioku.internal.onnx.plan.ModelFailure if the run has taken too many
  void countLoopStep();

  /// A graph in a context.
  interface Subgraph {
    /// The values that the graph's inputs are; to be filled before a run.
    List<Value> inputs();

    /// The values that the graph's outputs are.
    List<Value> outputs();

    /// Runs all steps.
    void run();
  }
}
