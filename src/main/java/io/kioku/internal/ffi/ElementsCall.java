package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Elements of any types, computed from those at their place in up to three matrices:
/// `kioku_elements_run`. One thread at a time.
public final class ElementsCall {
  private static final int FIELDS = 15;
  private static final int OPERANDS = 5;
  private static final int Y = 14;

  private static final class Run {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_elements_run", 1);
  }

  /// What is computed.
  public enum Op {
    SELECT(kioku_h.KIOKU_ELEMENTS_SELECT()),
    EQUAL(kioku_h.KIOKU_ELEMENTS_EQUAL()),
    LESS(kioku_h.KIOKU_ELEMENTS_LESS()),
    LESS_OR_EQUAL(kioku_h.KIOKU_ELEMENTS_LESS_OR_EQUAL()),
    AND(kioku_h.KIOKU_ELEMENTS_AND()),
    OR(kioku_h.KIOKU_ELEMENTS_OR()),
    XOR(kioku_h.KIOKU_ELEMENTS_XOR()),
    NOT(kioku_h.KIOKU_ELEMENTS_NOT()),
    ADD(kioku_h.KIOKU_ELEMENTS_ADD()),
    SUB(kioku_h.KIOKU_ELEMENTS_SUB()),
    MUL(kioku_h.KIOKU_ELEMENTS_MUL()),
    DIV(kioku_h.KIOKU_ELEMENTS_DIV()),
    MAX(kioku_h.KIOKU_ELEMENTS_MAX()),
    MIN(kioku_h.KIOKU_ELEMENTS_MIN()),
    CAST(kioku_h.KIOKU_ELEMENTS_CAST());

    private final int code;

    Op(int code) {
      this.code = code;
    }
  }

  private final MemorySegment struct;

  /// A call whose operands are still to be set.
  public ElementsCall(SegmentAllocator allocator) {
    Kernels.get();
    struct = allocator.allocate((long) FIELDS * Long.BYTES, Long.BYTES);
  }

  private void set(int field, long value) {
    struct.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  /// Says where an operand lies, in elements of its type.
  ///
  /// @param address 0 if the operation takes fewer
  /// @param row between its rows
  /// @param step between neighbours in a row
  public void operand(int index, long address, long row, long step) {
    set(OPERANDS + 3 * index, address);
    set(OPERANDS + 3 * index + 1, row);
    set(OPERANDS + 3 * index + 2, step);
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param from the operands' type, of the second and third for SELECT
  /// @param y where the result goes, without gaps
  /// @return false if there is no such operation of these types: nothing is done
  public boolean run(Op op, KiokuType from, KiokuType to, long rows, long columns, long y) {
    set(0, op.code);
    set(1, from.code());
    set(2, to.code());
    set(3, rows);
    set(4, columns);
    set(Y, y);
    try {
      return (long) Run.HANDLE.invokeExact(struct.address()) != 0;
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }
}
