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
  /// OpenBLAS products and libkioku's element-wise programs; every cell.
  BLAS,
  /// libkioku's own kernels for small batches, with the gates fused behind products and the loop
  /// over time inside one call: LSTM with peepholes, projection or coupled gates, GRU in both
  /// forms, RNN. Traced runs are computed as on [#BLAS].
  FUSED
}
