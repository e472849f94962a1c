package io.kioku.internal.onnx.op.copy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Copies few bytes at a time.
public final class Bytes {
  private Bytes() {}

  /// Copies some bytes, often those of a single element.
  public static void copy(MemorySegment from, long f, MemorySegment to, long t, long bytes) {
    if (bytes == Integer.BYTES) {
      to.set(ValueLayout.JAVA_INT_UNALIGNED, t, from.get(ValueLayout.JAVA_INT_UNALIGNED, f));
    } else if (bytes == Long.BYTES) {
      to.set(ValueLayout.JAVA_LONG_UNALIGNED, t, from.get(ValueLayout.JAVA_LONG_UNALIGNED, f));
    } else {
      MemorySegment.copy(from, f, to, t, bytes);
    }
  }
}
