package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/// libkioku, loaded and checked. Sizes are the caller's to check.
public final class Kernels {
  private static final String ISA_VARIABLE = "KIOKU_ISA";

  private static final long CACHE_LINE = 64;

  /// By itself: a library of another version may lack all others.
  private static final class Abi {
    static final MethodHandle HANDLE = Downcall.ofInt("kioku_abi");
  }

  private static final class Machine {
    static final MethodHandle ISA = Downcall.ofInt("kioku_isa_active");
    static final MethodHandle WIDTH = Downcall.ofInt("kioku_width");
  }

  private static final class Packing {
    static final MethodHandle SIZE = Downcall.ofLong("kioku_packed_size", 4);
    static final MethodHandle PACK = Downcall.of("kioku_pack_f32", 6);
  }

  private static final class LayerWork {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_layer_work", 4);
  }

  private static final class Copying {
    static final MethodHandle HANDLE = Downcall.of("kioku_copy", 12);
  }

  private static final class Softmax {
    static final MethodHandle HANDLE = Downcall.of("kioku_softmax_f32", 6);
  }

  private static Kernels instance;

  private Kernels() {
    checkIsaVariable(System.getenv(ISA_VARIABLE));
    Natives.load(Natives.Group.KERNELS);
    if (abi() != kioku_h.KIOKU_ABI()) {
      throw new IllegalStateException(
          "libkioku has ABI %d, this jar needs %d: take both from one version of Kioku"
              .formatted(abi(), kioku_h.KIOKU_ABI()));
    }
  }

  /// The libraries; loads them at the first call, and after a failure tries again at the next.
  ///
  /// @throws IllegalStateException if they cannot be loaded
  public static synchronized Kernels get() {
    if (instance == null) {
      instance = Natives.linked("libkioku", Kernels::new);
    }
    return instance;
  }

  /// libkioku takes an unknown name for none, which would leave a misspelt one unnoticed.
  static void checkIsaVariable(String name) {
    if (name != null && !name.isEmpty() && Isa.named(name).isEmpty()) {
      throw new IllegalStateException(
          "%s is '%s', expected one of %s"
              .formatted(ISA_VARIABLE, name, Arrays.toString(Isa.values())));
    }
  }

  /// The version of libkioku's C interface.
  public int abi() {
    try {
      return (int) Abi.HANDLE.invokeExact();
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// The instruction tier in use: the best, or the usable one that the environment names.
  public Isa isa() {
    try {
      return Isa.of((int) Machine.ISA.invokeExact());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// The best instruction tier of this machine.
  public Isa detectedIsa() {
    return Isa.of(kioku_h.kioku_isa_detected());
  }

  /// Whether this machine can run a tier.
  public boolean isUsable(Isa isa) {
    return kioku_h.kioku_isa_usable(isa.number()) != 0;
  }

  /// `kioku_layer_f32`. The segments stay alive during the call, whoever closes their arenas.
  public void runLayer(
      MemorySegment layer,
      MemorySegment run,
      MemorySegment x,
      long xOffset,
      MemorySegment y,
      long yOffset) {
    kioku_h.kioku_layer_f32(layer, run, x, xOffset, y, yOffset);
  }

  /// `kioku_program_f32`.
  void runProgram(
      MemorySegment instructions, long count, MemorySegment operands, long rows, long columns) {
    kioku_h.kioku_program_f32(instructions, count, operands, rows, columns);
  }

  /// Copies an array of three axes to where it lies otherwise: `kioku_copy`. Strides are in bytes.
  ///
  /// @param from an address of memory that is not closed meanwhile, as `to`
  public void copy(
      long bytes,
      long from,
      long to,
      long columns,
      long fromColumn,
      long toColumn,
      long rows,
      long fromRow,
      long toRow,
      long planes,
      long fromPlane,
      long toPlane) {
    try {
      Copying.HANDLE.invokeExact(
          bytes,
          from,
          to,
          columns,
          fromColumn,
          toColumn,
          rows,
          fromRow,
          toRow,
          planes,
          fromPlane,
          toPlane);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Softmax, or its logarithm, of floats (outer, count, inner) along the axis in the middle:
  /// `kioku_softmax_f32`.
  public void softmax(boolean isLog, long outer, long count, long inner, long x, long y) {
    try {
      Softmax.HANDLE.invokeExact(isLog ? 1L : 0L, outer, count, inner, x, y);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Units of a block at the instruction set in use: `kioku_width`.
  public int width() {
    try {
      return (int) Machine.WIDTH.invokeExact();
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Packs matrices of some gates (units, columns), one behind the other: `kioku_pack_f32`.
  ///
  /// @param plain row-major; it must not be closed meanwhile
  /// @param arena what the result lives in, likewise
  public static MemorySegment pack(
      WeightFormat format,
      MemorySegment plain,
      int gates,
      int units,
      int columns,
      SegmentAllocator arena) {
    long code = format.code();
    long words = packedSize(code, gates, units, columns);
    long bytes = Math.multiplyExact(Math.max(1, words), (long) Float.BYTES);
    MemorySegment packed = arena.allocate(bytes, CACHE_LINE);
    try {
      Packing.PACK.invokeExact(
          code, plain.address(), (long) gates, (long) units, (long) columns, packed.address());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
    return packed;
  }

  /// Unpacks what [#pack] packed: `kioku_unpack_f32`.
  ///
  /// @param plain for gates times units times columns floats
  public static void unpack(
      WeightFormat format,
      MemorySegment packed,
      int gates,
      int units,
      int columns,
      MemorySegment plain) {
    kioku_h.kioku_unpack_f32(format.code(), packed, gates, units, columns, plain);
  }

  private static long packedSize(long code, long gates, long units, long columns) {
    try {
      return (long) Packing.SIZE.invokeExact(code, gates, units, columns);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Bytes of work memory that a run needs: `kioku_layer_work`.
  ///
  /// @param layer [pinned][Pinned]
  public long layerWork(MemorySegment layer, long batch, long chunkSteps, long threads) {
    try {
      return (long) LayerWork.HANDLE.invokeExact(layer.address(), batch, chunkSteps, threads);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// `kioku_parts_f32`, as [#runLayer].
  void runParts(
      MemorySegment parts,
      int count,
      int threads,
      MemorySegment team,
      MemorySegment x,
      MemorySegment y) {
    kioku_h.kioku_parts_f32(parts, count, threads, team, x, y);
  }
}
