package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.kioku.kioku_onednn_call;
import io.kioku.bindings.onednn.dnnl_exec_arg_t;
import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.LinkedHashMap;
import java.util.Map;

/// oneDNN's recurrent primitives, forward and for inference: how they are described, made and run.
public final class OnednnRnn {
  /// Bytes that a call takes: its struct and the most arguments that a primitive has.
  public static final long CALL_BYTES = kioku_onednn_call.sizeof() + 13 * dnnl_exec_arg_t.sizeof();

  private final Onednn library;

  /// Primitives of a loaded library.
  public OnednnRnn(Onednn library) {
    this.library = library;
  }

  /// The kinds of recurrent cell that oneDNN computes.
  public enum Kind {
    LSTM,
    LBR_GRU,
    GRU,
    AUGRU,
    TANH,
    RELU
  }

  /// What a recurrent primitive reads and writes. [MemorySegment#NULL] are `srcC`, `dstC`,
  /// peepholes and projection but for an LSTM that has them, and the attention but for an AUGRU.
  public record Memory(
      MemorySegment srcLayer,
      MemorySegment srcIter,
      MemorySegment srcC,
      MemorySegment weightsLayer,
      MemorySegment weightsIter,
      MemorySegment peepholes,
      MemorySegment projection,
      MemorySegment attention,
      MemorySegment bias,
      MemorySegment dstLayer,
      MemorySegment dstIter,
      MemorySegment dstC) {}

  /// How a primitive of bytes keeps numbers: inputs and states as [OnednnBytes] with one scale,
  /// weights times a factor of their own for each gate and unit.
  ///
  /// @param data what one unit of the bytes stands for
  /// @param weights (gates, H): factors; [MemorySegment#NULL] of a primitive of other numbers
  public record Bytes(float data, MemorySegment weights) {
    /// Of a primitive that computes without bytes.
    public static final Bytes NONE = new Bytes(1, MemorySegment.NULL);

    private static final int EACH_GATE_AND_UNIT = 1 << 3 | 1 << 4; // of (layers, ways, in, g, o)

    private void set(MemorySegment attributes) {
      if (!weights.equals(MemorySegment.NULL)) {
        Onednn.check(
            dnnl_h.dnnl_primitive_attr_set_rnn_data_qparams(attributes, 1 / data, OnednnBytes.ZERO),
            "set the scale of the data");
        Onednn.check(
            dnnl_h.dnnl_primitive_attr_set_rnn_weights_qparams(
                attributes, weights.byteSize() / Float.BYTES, EACH_GATE_AND_UNIT, weights),
            "set the scales of the weights");
      }
    }
  }

  /// A descriptor of a forward inference primitive whose scratchpad the caller provides.
  public MemorySegment describe(
      Handles owner, Kind kind, boolean rightToLeft, Memory m, Bytes bytes) {
    int inference = dnnl_h.dnnl_forward_inference();
    int direction =
        rightToLeft
            ? dnnl_h.dnnl_unidirectional_right2left()
            : dnnl_h.dnnl_unidirectional_left2right();
    try (Handles temporary = new Handles()) {
      MemorySegment attributes = Onednn.attributes(temporary);
      bytes.set(attributes);
      return owner.create(
          (allocator, out) ->
              switch (kind) {
                case LSTM ->
                    dnnl_h.dnnl_lstm_forward_primitive_desc_create(
                        out,
                        library.engine(),
                        inference,
                        direction,
                        m.srcLayer,
                        m.srcIter,
                        m.srcC,
                        m.weightsLayer,
                        m.weightsIter,
                        m.peepholes,
                        m.projection,
                        m.bias,
                        m.dstLayer,
                        m.dstIter,
                        m.dstC,
                        0,
                        attributes);
                case LBR_GRU ->
                    dnnl_h.dnnl_lbr_gru_forward_primitive_desc_create(
                        out,
                        library.engine(),
                        inference,
                        direction,
                        m.srcLayer,
                        m.srcIter,
                        m.weightsLayer,
                        m.weightsIter,
                        m.bias,
                        m.dstLayer,
                        m.dstIter,
                        0,
                        attributes);
                case GRU ->
                    dnnl_h.dnnl_gru_forward_primitive_desc_create(
                        out,
                        library.engine(),
                        inference,
                        direction,
                        m.srcLayer,
                        m.srcIter,
                        m.weightsLayer,
                        m.weightsIter,
                        m.bias,
                        m.dstLayer,
                        m.dstIter,
                        0,
                        attributes);
                case AUGRU ->
                    dnnl_h.dnnl_augru_forward_primitive_desc_create(
                        out,
                        library.engine(),
                        inference,
                        direction,
                        m.srcLayer,
                        m.srcIter,
                        m.attention,
                        m.weightsLayer,
                        m.weightsIter,
                        m.bias,
                        m.dstLayer,
                        m.dstIter,
                        0,
                        attributes);
                case TANH, RELU ->
                    dnnl_h.dnnl_vanilla_rnn_forward_primitive_desc_create(
                        out,
                        library.engine(),
                        inference,
                        kind == Kind.TANH ? dnnl_h.dnnl_eltwise_tanh() : dnnl_h.dnnl_eltwise_relu(),
                        direction,
                        m.srcLayer,
                        m.srcIter,
                        m.weightsLayer,
                        m.weightsIter,
                        m.bias,
                        m.dstLayer,
                        m.dstIter,
                        0,
                        0,
                        0,
                        attributes);
              },
          dnnl_h::dnnl_primitive_desc_destroy,
          "describe a primitive for " + kind);
    }
  }

  /// The layout that a primitive chose for its input (0) or recurrent (1) weights, then for its
  /// peepholes and its projection where it has them; valid while the primitive's descriptor is.
  public MemorySegment weights(MemorySegment primitiveDescriptor, int index) {
    return dnnl_h.dnnl_primitive_desc_query_md(
        primitiveDescriptor, dnnl_h.dnnl_query_weights_md(), index);
  }

  /// The scratchpad that a primitive needs; valid while its descriptor is.
  public MemorySegment scratchpad(MemorySegment primitiveDescriptor) {
    return dnnl_h.dnnl_primitive_desc_query_md(
        primitiveDescriptor, dnnl_h.dnnl_query_scratchpad_md(), 0);
  }

  /// The primitive of a descriptor.
  public MemorySegment primitive(Handles owner, MemorySegment primitiveDescriptor) {
    return library.primitive(owner, primitiveDescriptor);
  }

  /// What [#execute] needs to run a recurrent primitive on the memory objects given.
  ///
  /// @param room [#CALL_BYTES], overwritten
  /// @param scratchpad a memory object, or [MemorySegment#NULL] if the primitive needs none
  /// @param threads OpenMP threads of one call
  public MemorySegment call(
      MemorySegment room,
      MemorySegment primitive,
      Memory m,
      MemorySegment scratchpad,
      int threads) {
    Map<Integer, MemorySegment> named = new LinkedHashMap<>();
    named.put(dnnl_h.DNNL_ARG_SRC_LAYER(), m.srcLayer);
    named.put(dnnl_h.DNNL_ARG_SRC_ITER(), m.srcIter);
    named.put(dnnl_h.DNNL_ARG_SRC_ITER_C(), m.srcC);
    named.put(dnnl_h.DNNL_ARG_WEIGHTS_LAYER(), m.weightsLayer);
    named.put(dnnl_h.DNNL_ARG_WEIGHTS_ITER(), m.weightsIter);
    named.put(dnnl_h.DNNL_ARG_WEIGHTS_PEEPHOLE(), m.peepholes);
    named.put(dnnl_h.DNNL_ARG_WEIGHTS_PROJECTION(), m.projection);
    named.put(dnnl_h.DNNL_ARG_AUGRU_ATTENTION(), m.attention);
    named.put(dnnl_h.DNNL_ARG_BIAS(), m.bias);
    named.put(dnnl_h.DNNL_ARG_DST_LAYER(), m.dstLayer);
    named.put(dnnl_h.DNNL_ARG_DST_ITER(), m.dstIter);
    named.put(dnnl_h.DNNL_ARG_DST_ITER_C(), m.dstC);
    named.put(dnnl_h.DNNL_ARG_SCRATCHPAD(), scratchpad);
    named.values().removeIf(MemorySegment.NULL::equals);
    SegmentAllocator allocator = SegmentAllocator.slicingAllocator(room);
    MemorySegment call = kioku_onednn_call.allocate(allocator);
    kioku_onednn_call.primitive(call, primitive);
    kioku_onednn_call.stream(call, library.stream());
    kioku_onednn_call.args(call, Onednn.arguments(allocator, named));
    kioku_onednn_call.arg_count(call, named.size());
    kioku_onednn_call.x(call, m.srcLayer);
    kioku_onednn_call.y(call, m.dstLayer);
    kioku_onednn_call.threads(call, threads);
    return call;
  }

  /// `kioku_onednn_execute`. The segments stay alive during the call, whoever closes their arenas.
  public void execute(
      MemorySegment call, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    Onednn.check(
        kioku_h.kioku_onednn_execute(call, x, xOffset, y, yOffset), "run a recurrent primitive");
  }

  /// `kioku_onednn_finite`, likewise.
  public static boolean isFinite(MemorySegment x, long offset, long rows, long row, long width) {
    return kioku_h.kioku_onednn_finite(x, offset, rows, row, width) != 0;
  }
}
