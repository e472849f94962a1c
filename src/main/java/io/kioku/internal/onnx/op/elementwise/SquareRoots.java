package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Square roots of float32 in parts on the heap, where the compiler makes vectors of a loop. One
/// thread at a time.
final class SquareRoots implements Loop {
  private static final int WIDTH = 256;
  private static final Loop OTHERS = Loop.reals(Math::sqrt);

  private final float[] part = new float[WIDTH];

  private SquareRoots() {}

  static Recipe recipe() {
    return new Recipe(
        (in, out) -> out.storage() == ElementType.FLOAT ? new SquareRoots() : OTHERS, null);
  }

  @Override
  public void row(Value[] in, Value out, StridedWalk at, long row) {
    long from = (at.at(0) + row * at.stride(0, 1)) * Float.BYTES;
    long to = (at.at(in.length) + row * at.dim(0)) * Float.BYTES;
    for (long done = 0; done < at.dim(0); done += WIDTH) {
      int count = (int) Math.min(WIDTH, at.dim(0) - done);
      long moved = done * Float.BYTES;
      MemorySegment.copy(in[0].data(), ValueLayout.JAVA_FLOAT, from + moved, part, 0, count);
      for (int i = 0; i < count; i++) {
        part[i] = (float) Math.sqrt(part[i]);
      }
      MemorySegment.copy(part, 0, out.data(), ValueLayout.JAVA_FLOAT, to + moved, count);
    }
  }
}
