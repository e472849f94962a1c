package io.kioku.internal.backend.onednn;

import io.kioku.cell.Parameter;
import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Quantization;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnBytes;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnRnn;
import io.kioku.internal.ffi.OnednnType;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A layer's weights for oneDNN: as given, (gates, out, in), or as [ByteWeights], and packed in
/// each layout that a primitive asked for.
final class OnednnLayer implements PackedLayer {
  private static final long ALIGNMENT = 64;

  /// Weights in the layout that some primitives chose.
  private record Packing(MemorySegment descriptor, MemorySegment data) {}

  /// One weight tensor.
  private final class Weights {
    private final MemorySegment plainDescriptor;
    private final MemorySegment plain;
    private final List<Packing> packings = new ArrayList<>();

    /// @param plainDescriptor dimensions in the logical order: (layers, directions, in, gates,
    ///   out), without gates for a projection
    Weights(MemorySegment plain, MemorySegment plainDescriptor) {
      this.plain = plain;
      this.plainDescriptor = plainDescriptor;
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
  private final OnednnRnn.Bytes bytes;
  private final OnednnBytes inputBytes; // null of other formats
  private final OnednnBytes stateBytes; // likewise

  /// @param byteWeights null of other formats
  OnednnLayer(
      LayerSpec spec,
      RnnCell cell,
      Parameters parameters,
      ByteWeights byteWeights,
      int threads,
      Arena arena) {
    this.spec = spec;
    this.cell = cell;
    this.threads = threads;
    this.arena = arena;
    try {
      if (byteWeights == null) {
        this.inputWeights = floats(cell.inputMatrices(), parameters, spec.input());
        this.recurrentWeights = floats(cell.recurrentMatrices(), parameters, spec.output());
        this.bytes = OnednnRnn.Bytes.NONE;
        this.inputBytes = null;
        this.stateBytes = null;
      } else {
        Quantization scales = spec.quantization();
        this.inputWeights = bytes(byteWeights.input(arena), spec.input());
        this.recurrentWeights = bytes(byteWeights.recurrent(arena), spec.output());
        this.bytes = new OnednnRnn.Bytes(scales.stateScale(), byteWeights.factors(arena));
        this.inputBytes = new OnednnBytes(handles, arena, scales.inputScale());
        this.stateBytes = new OnednnBytes(handles, arena, scales.stateScale());
      }
      this.projection = cell.projection() == null ? null : projection(parameters);
      this.peepholes = stacked(cell.peepholes(), parameters);
      this.bias = stacked(cell.biases(), parameters);
    } catch (RuntimeException | Error e) {
      handles.close();
      throw e;
    }
  }

  private Weights floats(List<String> matrices, Parameters parameters, long in) {
    long out = spec.hidden();
    long gates = cell.gates();
    long all = gates * out * in;
    return new Weights(
        stacked(matrices, parameters),
        onednn.descriptor(
            handles, new long[] {1, 1, in, gates, out}, new long[] {all, all, 1, out * in, in}));
  }

  private Weights bytes(MemorySegment plain, long in) {
    long[] dims = {1, 1, in, cell.gates(), spec.hidden()};
    return new Weights(plain, onednn.descriptor(handles, OnednnType.S8, dims));
  }

  /// Given as (in, out): where oneDNN packs for an older instruction set, its reorder from (out,
  /// in) reads beyond a projection's end.
  private Weights projection(Parameters parameters) {
    int in = spec.hidden();
    int out = spec.output();
    float[] turned = transposed(parameters.get(cell.projection()), out, in);
    return new Weights(
        stacked(List.of(cell.projection()), new Parameters(Map.of(cell.projection(), turned))),
        onednn.descriptor(handles, 1, 1, in, out));
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] turned = new float[matrix.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        turned[c * rows + r] = matrix[r * columns + c];
      }
    }
    return turned;
  }

  @Override
  public LayerRunner newRunner(Arena sessionArena, Buffer workspace) {
    return new OnednnRunner(this, sessionArena, workspace);
  }

  /// From the floats as they were given, which primitives of ever new layouts are packed from.
  /// Bytes do not tell them, nor does a value that no primitive reads.
  @Override
  public boolean canUnpack() {
    List<String> names = spec.cell().parameters().stream().map(Parameter::name).toList();
    return inputBytes == null && unpacked().keySet().containsAll(names);
  }

  @Override
  public Parameters unpack() {
    Map<String, float[]> values = new HashMap<>();
    unpacked().forEach((name, plain) -> values.put(name, plain.toArray(ValueLayout.JAVA_FLOAT)));
    if (cell.projection() != null) {
      float[] turned = values.get(cell.projection());
      values.put(cell.projection(), transposed(turned, spec.hidden(), spec.output()));
    }
    return new Parameters(values);
  }

  /// Where each parameter lies.
  private Map<String, MemorySegment> unpacked() {
    Map<String, MemorySegment> places = new HashMap<>();
    unstack(cell.inputMatrices(), inputWeights.plain, places);
    unstack(cell.recurrentMatrices(), recurrentWeights.plain, places);
    unstack(cell.biases(), bias, places);
    unstack(cell.peepholes(), peepholes, places);
    if (projection != null) {
      places.put(cell.projection(), projection.plain);
    }
    return places;
  }

  private static void unstack(
      List<String> names, MemorySegment stacked, Map<String, MemorySegment> places) {
    for (int i = 0; i < names.size(); i++) {
      long size = stacked.byteSize() / names.size();
      places.put(names.get(i), stacked.asSlice(i * size, size));
    }
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

  WeightFormat format() {
    return spec.quantization().format();
  }

  /// What bytes stand for in primitives.
  OnednnRnn.Bytes bytes() {
    return bytes;
  }

  /// What those of `x` stand for.
  OnednnBytes inputBytes() {
    return inputBytes;
  }

  /// What those of `h` stand for.
  OnednnBytes stateBytes() {
    return stateBytes;
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
