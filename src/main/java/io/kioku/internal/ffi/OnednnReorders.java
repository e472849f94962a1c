package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.MemorySegment;

/// Describes oneDNN's reorders: the same values in another layout or type. Each description is
/// [MemorySegment#NULL] if oneDNN has no implementation for these layouts. Memory is described by
/// [OnednnMemory].
public final class OnednnReorders {
  /// The mask of a number that holds for all values.
  private static final int ONE_FOR_ALL = 0;

  private final Onednn library;

  /// Reorders of a loaded library.
  public OnednnReorders(Onednn library) {
    this.library = library;
  }

  /// The same values in another layout.
  public MemorySegment reorder(Handles owner, MemorySegment source, MemorySegment destination) {
    return describe(
        owner,
        "a reorder",
        (out, attributes) ->
            dnnl_h.dnnl_reorder_primitive_desc_create(
                out, source, library.engine(), destination, library.engine(), attributes));
  }

  /// Floats as bytes, in another layout. What is run has [OnednnBytes] for its destination.
  public MemorySegment toBytes(Handles owner, MemorySegment source, MemorySegment destination) {
    return scaledReorder(owner, source, destination, dnnl_h.DNNL_ARG_DST());
  }

  /// Bytes as floats, likewise; [OnednnBytes] are of its source.
  public MemorySegment fromBytes(Handles owner, MemorySegment source, MemorySegment destination) {
    return scaledReorder(owner, source, destination, dnnl_h.DNNL_ARG_SRC());
  }

  private MemorySegment scaledReorder(
      Handles owner, MemorySegment source, MemorySegment destination, int scaled) {
    return describe(
        owner,
        "a reorder of bytes",
        (out, attributes) -> {
          Onednn.check(
              dnnl_h.dnnl_primitive_attr_set_scales_mask(attributes, scaled, ONE_FOR_ALL),
              "ask for a scale");
          Onednn.check(
              dnnl_h.dnnl_primitive_attr_set_zero_points_mask(attributes, scaled, ONE_FOR_ALL),
              "ask for a zero point");
          return dnnl_h.dnnl_reorder_primitive_desc_create(
              out, source, library.engine(), destination, library.engine(), attributes);
        });
  }

  private interface Description {
    int create(MemorySegment out, MemorySegment attributes);
  }

  private static MemorySegment describe(Handles owner, String what, Description description) {
    try (Handles temporary = new Handles()) {
      MemorySegment attributes = Onednn.attributes(temporary);
      Onednn.check(
          dnnl_h.dnnl_primitive_attr_set_fpmath_mode(attributes, dnnl_h.dnnl_fpmath_mode_strict()),
          "choose the precision");
      return owner.createIfImplemented(
          (allocator, out) -> description.create(out, attributes),
          dnnl_h::dnnl_primitive_desc_destroy,
          "describe " + what);
    }
  }
}
