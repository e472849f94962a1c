package io.kioku.nn;

import io.kioku.Weights;
import io.kioku.format.Tensor;
import io.kioku.internal.memory.Segments;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// A table with one vector for each symbol, `nn.Embedding` of PyTorch.
///
///     Embedding embedding = Embedding.load(weights.under("embedding."));
///     embedding.lookup(symbol, x, t);       // row t of x (T, size) becomes the symbol's vector
///
/// Immutable and shared by all threads; it needs no closing.
public final class Embedding {
  private final MemorySegment table;
  private final int entries;
  private final int size;

  private Embedding(Tensor table) {
    this.table = table.data();
    this.entries = Matrices.rows(table);
    this.size = Matrices.columns(table);
  }

  /// The embedding of a tensor `weight` (entries, size).
  ///
  /// @throws IllegalArgumentException if the tensor is missing or no matrix, or if there are others
  public static Embedding load(Weights weights) {
    Matrices.checkNames(weights, java.util.Set.of("weight"));
    return new Embedding(Matrices.find(weights, "weight"));
  }

  /// How many symbols there are: 0 to entries - 1.
  public int entries() {
    return entries;
  }

  /// Floats of a symbol's vector.
  public int size() {
    return size;
  }

  /// Copies a symbol's vector.
  ///
  /// @param symbol from 0 to entries - 1
  /// @param to float32 (rows, size)
  /// @param row the row of `to` that becomes the vector
  /// @throws IndexOutOfBoundsException if there is no such symbol or row
  public void lookup(int symbol, MemorySegment to, long row) {
    Segments.writable("to", to);
    Objects.checkIndex(symbol, entries);
    long bytes = (long) size * Float.BYTES;
    Objects.checkIndex(row, to.byteSize() / bytes);
    MemorySegment.copy(table, symbol * bytes, to, row * bytes, bytes);
  }
}
