package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.Refusal;
import java.util.List;

/// What a node computes, made from its attributes when a model is loaded and shared by all
/// contexts; so it is immutable, or keeps its own lock.
public interface Operator {
  /// Says the types and shapes of the outputs. Called when a model is loaded, where dimensions,
  /// shapes and even types may be unknown, and in a context whenever the inputs' shapes have
  /// changed, where all is known. Results that are not told here must be told by the kernel (those
  /// of If, Loop and Scan).
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if the inputs' types or shapes cannot be
  void infer(ShapeInference node);

  /// What computes it in one context. Not asked for when all outputs are views.
  Kernel kernel(KernelContext context);

  /// What computes it, in a word, for those who look at a model: `onednn`, `blas`, `kioku` or
  /// `java`.
  default String backend() {
    return "java";
  }

  /// Whether the outputs depend on the inputs' values, and not on their shapes alone.
  default boolean readsValues() {
    return true;
  }

  /// Whether an input may be a list of tensors.
  default boolean takesSequences() {
    return false;
  }

  /// That such an input is one.
  static Refusal refusalOfSequence(String input) {
    return new Refusal("'%s' is a sequence, expected a tensor".formatted(input));
  }

  /// Whether the outputs differ from run to run although the inputs are the same.
  default boolean isRandom() {
    return false;
  }

  /// The graphs of its branches or its loop.
  default List<Body> bodies() {
    return List.of();
  }

  /// Frees what is shared by the contexts.
  default void close() {}
}
