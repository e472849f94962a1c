package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Matrices;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// A factor of a product in one context: its codes without their zero points, as float32.
final class Factor {
  private final Value codes;
  private final Value zero; // null: 0
  private final boolean left;
  private final MemorySegment packed; // null: widened at each run
  private final Value scratch;
  private Matrices matrices;
  private Places places;

  /// @param packed what [#pack] has made; null if the codes are not known beforehand
  Factor(KernelContext context, Value codes, Value zero, boolean left, MemorySegment packed) {
    this.codes = codes;
    this.zero = zero;
    this.left = left;
    this.packed = packed;
    this.scratch = packed == null ? context.scratch() : null;
  }

  /// Widens a right factor that is known when the model is loaded.
  ///
  /// @param zero null: 0
  static MemorySegment pack(SegmentAllocator allocator, Constant codes, Constant zero) {
    MemorySegment floats = allocator.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, codes.size()));
    Value zeros = zero == null ? null : new Value("zero point", zero);
    Matrices matrices = Matrices.of(codes.dims(), false);
    Places places = Places.of(zero == null ? null : zero.dims(), matrices, false);
    widen(new Value("codes", codes), zeros, matrices, places, floats);
    return floats;
  }

  void prepare() {
    matrices = Matrices.of(codes.dims(), left);
    places = Places.of(zero == null ? null : zero.dims(), matrices, left);
    if (packed == null) {
      scratch.resize(ElementType.FLOAT, codes.dims());
    }
  }

  Matrices matrices() {
    return matrices;
  }

  /// Widens the codes, unless that is done.
  void widen() {
    if (packed == null) {
      widen(codes, zero, matrices, places, scratch.data());
    }
  }

  /// Where the codes lie as float32.
  long address() {
    return packed == null ? scratch.data().address() : packed.address();
  }

  private static void widen(
      Value codes, Value zero, Matrices matrices, Places places, MemorySegment floats) {
    long size = codes.size();
    MemorySegment bytes = codes.data();
    int mask = codes.type() == ElementType.UINT8 ? 0xFF : -1;
    long element = 0;
    for (long matrix = 0; element < size; matrix++) {
      for (long row = 0; row < matrices.rows(); row++) {
        for (long column = 0; column < matrices.columns(); column++, element++) {
          long offset = zero == null ? 0 : zero.asLong(places.at(matrix, row, column));
          int code = bytes.get(ValueLayout.JAVA_BYTE, element) & mask;
          floats.setAtIndex(ValueLayout.JAVA_FLOAT, element, (float) (code - offset));
        }
      }
    }
  }
}
