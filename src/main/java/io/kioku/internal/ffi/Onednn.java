package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_exec_arg_t;
import io.kioku.bindings.onednn.dnnl_h;
import io.kioku.bindings.onednn.dnnl_version_t;
import io.kioku.bindings.openmp.omp_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/// oneDNN, loaded and checked: every status that it returns becomes an exception that names the
/// operation.
///
/// One CPU engine and one stream serve the process: on the CPU both are without state, and
/// primitives run on the calling thread whatever their stream.
public final class Onednn {
  /// Primitives that oneDNN keeps beyond those in use. Each holds its generated code, some 270 KiB:
  /// its own default of 1,024 lets a service whose shapes vary grow by a quarter of a gigabyte.
  private static final int CACHED_PRIMITIVES = 256;

  private static Onednn instance;

  private final MemorySegment engine;
  private final MemorySegment stream;

  private Onednn() {
    Natives.load(Natives.Group.ONEDNN);
    if (System.getenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY") == null) {
      check(
          dnnl_h.dnnl_set_primitive_cache_capacity(CACHED_PRIMITIVES), "limit the primitive cache");
    }
    lowerIsa(Kernels.get().isa(), Kernels.get().detectedIsa());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      check(dnnl_h.dnnl_engine_create(out, dnnl_h.dnnl_cpu(), 0), "create the CPU engine");
      engine = out.get(ValueLayout.ADDRESS, 0);
      check(
          dnnl_h.dnnl_stream_create(out, engine, dnnl_h.dnnl_stream_in_order()), "create a stream");
      stream = out.get(ValueLayout.ADDRESS, 0);
    }
  }

  /// The library; loads it at the first call, and after a failure tries again at the next.
  ///
  /// @throws IllegalStateException if it cannot be loaded
  public static Onednn get() {
    Kernels
        .get(); // before any lock of ours: its loading takes locks that a loading of ours takes too
    return load();
  }

  private static synchronized Onednn load() {
    if (instance == null) {
      instance = Natives.linked("libdnnl, libkioku_onednn or the OpenMP runtime", Onednn::new);
    }
    return instance;
  }

  /// `KIOKU_ISA` lowers oneDNN as it lowers libkioku, on x86-64, where oneDNN can be.
  private static void lowerIsa(Isa active, Isa detected) {
    if (active != detected && detected.has(Isa.AVX2)) {
      check(dnnl_h.dnnl_set_max_cpu_isa(isa(active)), "lower the instruction set to " + active);
    }
  }

  /// What oneDNN calls a tier of libkioku on x86-64 below the best.
  static int isa(Isa tier) {
    return switch (tier) {
      case AVX2 -> dnnl_h.dnnl_cpu_isa_avx2();
      case AVX_VNNI -> dnnl_h.dnnl_cpu_isa_avx2_vnni();
      case AVX512 -> dnnl_h.dnnl_cpu_isa_avx512_core();
      case AVX512_VNNI -> dnnl_h.dnnl_cpu_isa_avx512_core_vnni();
      case AVX512_BF16 -> dnnl_h.dnnl_cpu_isa_avx512_core_bf16();
      default -> dnnl_h.dnnl_cpu_isa_sse41();
    };
  }

  /// Sets how many OpenMP threads the calling thread uses from now on.
  public void threads(int count) {
    omp_h.omp_set_num_threads(count);
  }

  /// The version, as in `3.13.0`.
  public String version() {
    MemorySegment version = dnnl_h.dnnl_version().reinterpret(dnnl_version_t.sizeof());
    return "%d.%d.%d"
        .formatted(
            dnnl_version_t.major(version),
            dnnl_version_t.minor(version),
            dnnl_version_t.patch(version));
  }

  MemorySegment engine() {
    return engine;
  }

  MemorySegment stream() {
    return stream;
  }

  /// Attributes of a primitive whose scratchpad the caller provides: one that the library keeps
  /// crashes when the primitive runs on another thread.
  static MemorySegment attributes(Handles owner) {
    MemorySegment attributes =
        owner.create(
            (allocator, out) -> dnnl_h.dnnl_primitive_attr_create(out),
            dnnl_h::dnnl_primitive_attr_destroy,
            "create attributes");
    check(
        dnnl_h.dnnl_primitive_attr_set_scratchpad_mode(
            attributes, dnnl_h.dnnl_scratchpad_mode_user()),
        "choose the scratchpad mode");
    return attributes;
  }

  /// The primitive of a descriptor.
  MemorySegment primitive(Handles owner, MemorySegment primitiveDescriptor) {
    return owner.create(
        (allocator, out) -> dnnl_h.dnnl_primitive_create(out, primitiveDescriptor),
        dnnl_h::dnnl_primitive_destroy,
        "create a primitive");
  }

  /// `dnnl_exec_arg_t` for each name and memory object.
  static MemorySegment arguments(SegmentAllocator allocator, Map<Integer, MemorySegment> named) {
    MemorySegment args = dnnl_exec_arg_t.allocateArray(named.size(), allocator);
    int index = 0;
    for (var entry : named.entrySet()) {
      MemorySegment arg = dnnl_exec_arg_t.asSlice(args, index++);
      dnnl_exec_arg_t.arg(arg, entry.getKey());
      dnnl_exec_arg_t.memory(arg, entry.getValue());
    }
    return args;
  }

  /// @throws IllegalStateException if the status is not success
  static void check(int status, String operation) {
    if (status != dnnl_h.dnnl_success()) {
      String name = dnnl_h.dnnl_status2str(status).getString(0);
      throw new IllegalStateException("oneDNN could not " + operation + ": " + name);
    }
  }
}
