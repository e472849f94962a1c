package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.openblas.cblas_h;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// libkioku and OpenBLAS, loaded and checked. Sizes are the caller's to check.
public final class Kernels {
  private static final String ISA_VARIABLE = "KIOKU_ISA";

  private static Kernels instance;

  private Kernels() {
    checkIsaVariable(System.getenv(ISA_VARIABLE));
    Natives.load(Natives.Group.KERNELS);
    if (kioku_h.kioku_abi() != kioku_h.KIOKU_ABI()) {
      throw new IllegalStateException(
          "libkioku has ABI %d, this jar needs %d: take both from one version of Kioku"
              .formatted(kioku_h.kioku_abi(), kioku_h.KIOKU_ABI()));
    }
    // One thread a call: the application's own threads are what scales. OpenBLAS keeps one number
    // for the process.
    cblas_h.openblas_set_num_threads(1);
  }

  /// The libraries; loads them at the first call, and after a failure tries again at the next.
  ///
  /// @throws IllegalStateException if they cannot be loaded
  public static synchronized Kernels get() {
    if (instance == null) {
      instance = Natives.linked("libkioku or OpenBLAS", Kernels::new);
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
    return kioku_h.kioku_abi();
  }

  /// The instruction tier in use: the best, or the usable one that the environment names.
  public Isa isa() {
    return Isa.of(kioku_h.kioku_isa_active());
  }

  /// The best instruction tier of this machine.
  public Isa detectedIsa() {
    return Isa.of(kioku_h.kioku_isa_detected());
  }

  /// Whether this machine can run a tier.
  public boolean isUsable(Isa isa) {
    return kioku_h.kioku_isa_usable(isa.ordinal()) != 0;
  }

  /// OpenBLAS's version and build, and the kernels that it chose for this CPU.
  public String blas() {
    return cblas_h.openblas_get_config().getString(0).strip()
        + ", kernels "
        + cblas_h.openblas_get_corename().getString(0);
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

  /// `kioku_fused_plan_f32`.
  void planFused(MemorySegment layer) {
    kioku_h.kioku_fused_plan_f32(layer);
  }

  /// `kioku_fused_parts_f32`, likewise.
  void runParts(
      MemorySegment parts,
      int count,
      int threads,
      MemorySegment team,
      MemorySegment x,
      MemorySegment y) {
    kioku_h.kioku_fused_parts_f32(parts, count, threads, team, x, y);
  }

  /// `kioku_fused_f32`, likewise.
  public void runFused(
      MemorySegment layer,
      MemorySegment run,
      MemorySegment x,
      long xOffset,
      MemorySegment y,
      long yOffset) {
    kioku_h.kioku_fused_f32(layer, run, x, xOffset, y, yOffset);
  }
}
