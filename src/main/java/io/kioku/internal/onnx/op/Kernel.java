package io.kioku.internal.onnx.op;

/// A node in one context: computes its outputs from its inputs. One thread at a time.
public interface Kernel {
  /// Called before the first run, and again whenever the inputs' types or shapes have changed; the
  /// outputs have their types, shapes and memory by then.
  default void prepare() {}

  /// Computes the outputs. Allocates nothing on the Java heap, unless shapes change. Where a
  /// value's memory lies may change from run to run.
  void run();

  /// Frees what is native.
  default void close() {}
}
