package io.kioku.internal.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Integer codes of numbers: libkioku's functions that make them, take them back, and pack them.
/// What addresses point to is the caller's to check.
public final class IntegerCodes {
  private static final class Quantize {
    static final MethodHandle HANDLE = Downcall.of("kioku_quantize", 8);
  }

  private static final class Dequantize {
    static final MethodHandle HANDLE = Downcall.of("kioku_dequantize", 7);
  }

  private static final class DynamicQuantize {
    static final MethodHandle HANDLE = Downcall.of("kioku_dynamic_quantize_f32", 7);
  }

  private static final class Packing {
    static final MethodHandle SIZE = Downcall.ofLong("kioku_packed_int8_size", 2);
    static final MethodHandle PACK = Downcall.of("kioku_pack_int8", 7);
  }

  private static final long CACHE_LINE = 64;

  private IntegerCodes() {}

  /// `y = saturate(round(x / scale) + zero)` for so many elements side by side: `kioku_quantize`.
  ///
  /// @param step 1 where each has a scale and a zero point of its own, 0 where all have the same
  /// @param zero 0 for none
  public static void quantize(
      KiokuType from, KiokuType to, long n, long x, long step, long scale, long zero, long y) {
    try {
      Quantize.HANDLE.invokeExact(from.code(), to.code(), n, x, step, scale, zero, y);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// `y = (x - zero) * scale`: `kioku_dequantize`, as [#quantize].
  public static void dequantize(
      KiokuType from, long n, long x, long step, long scale, long zero, long y) {
    try {
      Dequantize.HANDLE.invokeExact(from.code(), n, x, step, scale, zero, y);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Codes of 0 to 255 for the range of all elements: `kioku_dynamic_quantize_f32`.
  ///
  /// @param xRow floats from a row of x to the next; y, a byte each, has none between them
  /// @param scale where the scale goes, a float
  /// @param zero where the zero point goes, a byte
  public static void dynamicQuantize(
      long rows, long columns, long xRow, long x, long y, long scale, long zero) {
    try {
      DynamicQuantize.HANDLE.invokeExact(rows, columns, xRow, x, y, scale, zero);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Bytes that [#pack] writes, a multiple of a cache line.
  public static long packedBytes(long outputs, long inputs) {
    Kernels.get();
    try {
      long bytes = (long) Packing.SIZE.invokeExact(outputs, inputs);
      return Math.ceilDiv(bytes, CACHE_LINE) * CACHE_LINE;
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Packs the weights of a product: `kioku_pack_int8`.
  ///
  /// @param outputStep bytes between the codes of an input for neighbouring outputs
  /// @param inputStep bytes between the codes of an output for neighbouring inputs
  /// @param to for [#packedBytes], aligned to a cache line
  public static void pack(
      boolean isSigned,
      long codes,
      long outputs,
      long inputs,
      long outputStep,
      long inputStep,
      long to) {
    try {
      Packing.PACK.invokeExact(
          isSigned ? 1L : 0L, codes, outputs, inputs, outputStep, inputStep, to);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Memory for packed matrices.
  ///
  /// @param bytes 0 or more
  public static MemorySegment memory(long bytes, Arena arena) {
    return arena.allocate(Math.max(CACHE_LINE, bytes), CACHE_LINE);
  }
}
