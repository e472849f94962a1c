package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// Describes oneDNN's primitives for single operators, for inference in float32 without shortcuts.
/// Each description is [MemorySegment#NULL] if oneDNN has no implementation for these layouts.
///
/// Bias layouts may be [MemorySegment#NULL]. Memory is described by [OnednnMemory].
public final class OnednnOperations {
  /// The mask of a number that holds for all values.
  private static final int ONE_FOR_ALL = 0;

  private final Onednn library;

  /// Operations of a loaded library.
  public OnednnOperations(Onednn library) {
    this.library = library;
  }

  /// Where a window moves: each list has one number for each spatial dimension.
  ///
  /// @param dilations distances between a window's elements, 1 for neighbours
  /// @param begin padding before the first element
  /// @param end padding behind the last element; may be negative, where a window does not fit
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Window(long[] kernel, long[] strides, long[] dilations, long[] begin, long[] end) {}

  /// A convolution, or a transposed one, of `(n, c, ...)` with weights of `(m, c, ...)` or `(group,
  /// m, c, ...)`.
  public MemorySegment convolution(
      Handles owner,
      boolean isTransposed,
      MemorySegment source,
      MemorySegment weights,
      MemorySegment bias,
      MemorySegment destination,
      Window window) {
    Convolution convolution =
        isTransposed
            ? dnnl_h::dnnl_deconvolution_forward_primitive_desc_create
            : dnnl_h::dnnl_convolution_forward_primitive_desc_create;
    return describe(
        owner,
        "a convolution",
        (allocator, out, attributes) ->
            convolution.create(
                out,
                library.engine(),
                dnnl_h.dnnl_forward_inference(),
                isTransposed
                    ? dnnl_h.dnnl_deconvolution_direct()
                    : dnnl_h.dnnl_convolution_direct(),
                source,
                weights,
                bias,
                destination,
                longs(allocator, window.strides),
                gaps(allocator, window.dilations),
                longs(allocator, window.begin),
                longs(allocator, window.end),
                attributes));
  }

  /// oneDNN's functions that describe one.
  private interface Convolution {
    int create(
        MemorySegment out,
        MemorySegment engine,
        int use,
        int algorithm,
        MemorySegment source,
        MemorySegment weights,
        MemorySegment bias,
        MemorySegment destination,
        MemorySegment strides,
        MemorySegment dilations,
        MemorySegment begin,
        MemorySegment end,
        MemorySegment attributes);
  }

  /// The same values in another layout.
  public MemorySegment reorder(Handles owner, MemorySegment source, MemorySegment destination) {
    return describe(
        owner,
        "a reorder",
        (allocator, out, attributes) ->
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
        (allocator, out, attributes) -> {
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
    int create(SegmentAllocator allocator, MemorySegment out, MemorySegment attributes);
  }

  private static MemorySegment describe(Handles owner, String what, Description description) {
    try (Handles temporary = new Handles()) {
      MemorySegment attributes = Onednn.attributes(temporary);
      Onednn.check(
          dnnl_h.dnnl_primitive_attr_set_fpmath_mode(attributes, dnnl_h.dnnl_fpmath_mode_strict()),
          "choose the precision");
      return owner.createIfImplemented(
          (allocator, out) -> description.create(allocator, out, attributes),
          dnnl_h::dnnl_primitive_desc_destroy,
          "describe " + what);
    }
  }

  private static MemorySegment longs(SegmentAllocator allocator, long[] values) {
    return allocator.allocateFrom(ValueLayout.JAVA_LONG, values);
  }

  /// oneDNN counts the elements between, 0 for neighbours.
  private static MemorySegment gaps(SegmentAllocator allocator, long[] dilations) {
    long[] gaps = dilations.clone();
    for (int i = 0; i < gaps.length; i++) {
      gaps[i]--;
    }
    return longs(allocator, gaps);
  }
}
