package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A layer's weights for oneDNN: as given, (gates, out, in), and packed in each layout that a
/// primitive asked for.
final class OnednnLayer implements PackedLayer {
  private static final long ALIGNMENT = 64;

  /// Weights in the layout that some primitives chose.
  private record Packing(MemorySegment descriptor, MemorySegment data) {}

  /// One weight tensor.
  private final class Weights {
    private final MemorySegment plainDescriptor;
    private final MemorySegment plain;
    private final List<Packing> packings = new ArrayList<>();

    /// @param dims the logical order: (layers, directions, in, gates, out), without gates for a
    ///   projection
    /// @param strides of the given matrices (out, in), one after the other
    Weights(List<String> matrices, Parameters parameters, long[] dims, long[] strides) {
      plain = stacked(matrices, parameters);
      plainDescriptor = onednn.descriptor(handles, dims, strides);
    }

    MemorySegment packed(MemorySegment wanted) {
      for (Packing packing : packings) {
        if (onednn.equal(packing.descriptor, wanted)) {
          return packing.data;
        }
      }
      MemorySegment descriptor = onednn.copy(handles, wanted);
      MemorySegment data = arena.allocate(onednn.bytes(wanted), ALIGNMENT);
      onednn.reorder(plainDescriptor, plain, descriptor, data);
      packings.add(new Packing(descriptor, data));
      return data;
    }
  }

  private final LayerSpec spec;
  private final RnnCell cell;
  private final int threads;
  private final Arena arena;
  private final OnednnMemory onednn = new OnednnMemory(Onednn.get());
  private final Handles handles = new Handles();
  private final Weights inputWeights;
  private final Weights recurrentWeights;
  private final Weights projection; // null if there is none
  private final MemorySegment peepholes;
  private final MemorySegment bias;

  OnednnLayer(LayerSpec spec, RnnCell cell, Parameters parameters, int threads, Arena arena) {
    this.spec = spec;
    this.cell = cell;
    this.threads = threads;
    this.arena = arena;
    try {
      this.inputWeights = gates(cell.inputMatrices(), parameters, spec.input());
      this.recurrentWeights = gates(cell.recurrentMatrices(), parameters, spec.output());
      this.projection = cell.projection() == null ? null : projection(parameters);
      this.peepholes = stacked(cell.peepholes(), parameters);
      this.bias = stacked(cell.biases(), parameters);
    } catch (RuntimeException | Error e) {
      handles.close();
      throw e;
    }
  }

  private Weights gates(List<String> matrices, Parameters parameters, long in) {
    long out = spec.hidden();
    long gates = cell.gates();
    long all = gates * out * in;
    return new Weights(
        matrices,
        parameters,
        new long[] {1, 1, in, gates, out},
        new long[] {all, all, 1, out * in, in});
  }

  /// Given as (in, out): where oneDNN packs for an older instruction set, its reorder from (out,
  /// in) reads beyond a projection's end.
  private Weights projection(Parameters parameters) {
    int in = spec.hidden();
    int out = spec.output();
    float[] given = parameters.get(cell.projection());
    float[] turned = new float[given.length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        turned[i * out + o] = given[o * in + i];
      }
    }
    long all = turned.length;
    return new Weights(
        List.of(cell.projection()),
        new Parameters(Map.of(cell.projection(), turned)),
        new long[] {1, 1, in, out},
        new long[] {all, all, out, 1});
  }

  @Override
  public LayerRunner newRunner(Arena sessionArena, Buffer workspace) {
    return new OnednnRunner(this, sessionArena, workspace);
  }

  LayerSpec spec() {
    return spec;
  }

  RnnCell cell() {
    return cell;
  }

  int threads() {
    return threads;
  }

  MemorySegment bias() {
    return bias;
  }

  /// (3, H): of the input, forget and output gate.
  MemorySegment peepholes() {
    return peepholes;
  }

  /// The input weights in a primitive's layout; packed when a layout is first asked for.
  synchronized MemorySegment inputWeights(MemorySegment descriptor) {
    return inputWeights.packed(descriptor);
  }

  /// The recurrent weights, likewise.
  synchronized MemorySegment recurrentWeights(MemorySegment descriptor) {
    return recurrentWeights.packed(descriptor);
  }

  /// The projection, likewise.
  synchronized MemorySegment projection(MemorySegment descriptor) {
    return projection.packed(descriptor);
  }

  @Override
  public void close() {
    handles.close();
  }

  private MemorySegment stacked(List<String> names, Parameters parameters) {
    long count = names.stream().mapToLong(n -> parameters.get(n).length).sum();
    MemorySegment result = arena.allocate(Math.multiplyExact(count, (long) Float.BYTES), ALIGNMENT);
    long at = 0;
    for (String name : names) {
      float[] values = parameters.get(name);
      MemorySegment.copy(values, 0, result, ValueLayout.JAVA_FLOAT, at, values.length);
      at += (long) values.length * Float.BYTES;
    }
    return result;
  }
}
