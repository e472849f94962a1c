package io.kioku.internal.backend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rows of floats in a segment, one for each step and stream: row (t, n) begins at float `offset +
/// t * step + n * row`. Mutable, so that a session makes it once.
///
/// When time runs backwards the step is negative and the offset points at the step that is computed
/// first, the last in memory.
public final class Rows {
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new float[1_024]).asReadOnly();

  public MemorySegment segment;
  public long offset;
  public long step;
  public long row;

  /// Places the rows.
  public void set(MemorySegment newSegment, long newOffset, long newStep, long newRow) {
    segment = newSegment;
    offset = newOffset;
    step = newStep;
    row = newRow;
  }

  /// Places the rows where others lie.
  public void set(Rows other) {
    set(other.segment, other.offset, other.step, other.row);
  }

  /// Places the rows where row n of others lies.
  public void setRow(Rows other, int n) {
    set(other.segment, other.at(0, n), other.step, other.row);
  }

  /// Places the rows where those of step t of others lie.
  public void setStep(Rows other, int t) {
    set(other.segment, other.at(t, 0), other.step, other.row);
  }

  /// Turns time around.
  public void reverse(int steps) {
    offset += (steps - 1) * step;
    step = -step;
  }

  /// The float at which a row begins.
  public long at(int t, int n) {
    return offset + t * step + n * row;
  }

  /// Float `index` of a segment.
  public static float get(MemorySegment segment, long index) {
    return segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  /// Sets float `index` of a segment.
  public static void set(MemorySegment segment, long index, float value) {
    segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
  }

  /// Sets floats of a segment to zero. Allocates nothing, as a slice to fill would.
  public static void clear(MemorySegment segment, long index, long count) {
    for (long done = 0; done < count; done += ZEROS.byteSize() / Float.BYTES) {
      copy(ZEROS, 0, segment, index + done, Math.min(count - done, ZEROS.byteSize() / Float.BYTES));
    }
  }

  /// Copies floats from one segment to another.
  public static void copy(
      MemorySegment from, long fromIndex, MemorySegment to, long toIndex, long count) {
    MemorySegment.copy(
        from, fromIndex * Float.BYTES, to, toIndex * Float.BYTES, count * Float.BYTES);
  }
}
