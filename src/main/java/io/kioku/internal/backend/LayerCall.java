package io.kioku.internal.backend;

import java.lang.foreign.MemorySegment;

/// The sizes and addresses of one run, of a layer in one direction or of a whole network. Mutable,
/// so that a session makes it once.
public final class LayerCall {
  /// T.
  public int steps;

  /// N.
  public int batch;

  /// The input, I floats a row; only read.
  public final Rows x = new Rows();

  /// The output, H floats a row for each direction.
  public final Rows y = new Rows();

  /// Row n of the state begins at float `stateOffset + n * stateRow`: the states one after the
  /// other, `h` first, H floats each. Read and overwritten.
  public MemorySegment state;

  public long stateOffset;
  public long stateRow;

  /// The float at which a stream's state begins.
  public long stateAt(int n) {
    return stateOffset + n * stateRow;
  }
}
