package io.kioku;

/// A way to compute. Without one named, the engine chooses between the native ones for each layer
/// and call.
public enum Backend {
  /// Plain Java that interprets the equations in double: slow, exact, and free of native libraries.
  REFERENCE,
  /// oneDNN's recurrent primitives: LSTM with peepholes and projection, GRU in both forms, AUGRU
  /// with the reset before the product, RNN. Its rectifier turns NaN into 0, so RNN with relu runs
  /// here only if this backend is forced. In fewer bits where the CPU has the instructions, see
  /// [Precision].
  ONEDNN,
  /// libkioku, Kioku's own kernels: packed products with what follows them, and the loop over time,
  /// in one native call. Every cell, in every [Precision], with batches whose rows differ in length
  /// or clock.
  LIBKIOKU
}
