package io.kioku.internal.onnx.op.primitive;

import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.onnx.graph.Constant;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Constant weights in the layouts that primitives asked for: packed once for a model, when the
/// first context needs a layout, and shared by all.
public final class PrepackedOperand implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  /// Weights in the layout that some primitives chose.
  private record Packing(MemorySegment layout, MemorySegment data) {}

  private final Constant constant;
  private final Arena arena = Arena.ofShared();
  private final Handles handles = new Handles();
  private final List<Packing> packings = new ArrayList<>();

  /// @param constant float32
  public PrepackedOperand(Constant constant) {
    this.constant = constant;
  }

  /// The weights in a layout; valid until this is closed.
  ///
  /// @param given the layout that they have in the model
  synchronized MemorySegment in(MemorySegment wanted, MemorySegment given) {
    OnednnMemory memory = new OnednnMemory(Onednn.get());
    if (memory.equal(wanted, given)) {
      return constant.data();
    }
    for (Packing packing : packings) {
      if (memory.equal(packing.layout, wanted)) {
        return packing.data;
      }
    }
    MemorySegment layout = memory.copy(handles, wanted);
    MemorySegment data = arena.allocate(memory.bytes(layout), ALIGNMENT);
    memory.reorder(given, constant.data(), layout, data);
    packings.add(new Packing(layout, data));
    return data;
  }

  @Override
  public void close() {
    try {
      handles.close();
    } finally {
      arena.close();
    }
  }
}
