package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Parameter;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.libkioku.LayerPlan.Part;
import io.kioku.internal.backend.libkioku.LayerPlan.VectorPart;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where a layer's parameters lie in what was packed, so that nobody need keep them beside it.
final class PackedParameters {
  /// Matrices of one shape, or the sums of some biases for each of several gates.
  private record Matrices(
      WeightFormat format, MemorySegment packed, List<List<String>> names, Part part) {}

  private record Vector(VectorPart part, MemorySegment values) {}

  private final LayerSpec spec;
  private final List<Matrices> matrices = new ArrayList<>();
  private final List<Matrices> biases = new ArrayList<>();
  private final List<Vector> vectors = new ArrayList<>();

  PackedParameters(LayerSpec spec) {
    this.spec = spec;
  }

  void addMatrices(WeightFormat format, MemorySegment packed, List<String> names, Part part) {
    List<List<String>> byGate = new ArrayList<>();
    for (String name : names) {
      byGate.add(List.of(name));
    }
    matrices.add(new Matrices(format, packed, byGate, part));
  }

  /// @param names for each gate, of the biases that were added up
  void addBiases(MemorySegment packed, List<List<String>> names, int firstRow, int units) {
    Part part = new Part(firstRow, units, 0, 1);
    biases.add(new Matrices(WeightFormat.F32, packed, names, part));
  }

  void addVector(VectorPart part, MemorySegment values) {
    vectors.add(new Vector(part, values));
  }

  /// Whether all parameters can be told from what was packed: each is there, and no bias is part of
  /// two different sums, or used by itself as well.
  boolean isComplete() {
    Map<String, List<String>> sums = new HashMap<>(); // what each was found in
    for (Vector vector : vectors) {
      sums.put(vector.part.name(), List.of());
    }
    for (Matrices some : matrices) {
      for (List<String> one : some.names) {
        sums.putIfAbsent(one.getFirst(), one);
      }
    }
    for (Matrices some : biases) {
      for (List<String> sum : some.names) {
        for (String name : sum) {
          List<String> other = sums.putIfAbsent(name, sum);
          if (other != null && !other.equals(sum)) {
            return false;
          }
        }
      }
    }
    for (Parameter parameter : spec.cell().parameters()) {
      if (!sums.containsKey(parameter.name())) {
        return false;
      }
    }
    return true;
  }

  /// The parameters as exactly as the layer keeps them. Of biases whose sum was packed, the first
  /// is the sum and the others are -0, which adds nothing to any number. What a clock never lets a
  /// matrix multiply is 0.
  Parameters unpacked() {
    Map<String, float[]> values = new HashMap<>();
    for (Parameter parameter : spec.cell().parameters()) {
      int columns = parameter.isMatrix() ? spec.of(parameter.columns()) : 1;
      values.put(
          parameter.name(), new float[Math.multiplyExact(spec.of(parameter.rows()), columns)]);
    }
    for (Vector vector : vectors) {
      float[] to = values.get(vector.part.name());
      MemorySegment.copy(
          vector.values, ValueLayout.JAVA_FLOAT, 0, to, vector.part.first(), vector.part.count());
    }
    for (Matrices some : matrices) {
      unpack(some, values);
    }
    for (Matrices some : biases) {
      unpack(some, values);
    }
    return new Parameters(values);
  }

  private static void unpack(Matrices some, Map<String, float[]> values) {
    Part part = some.part;
    int columns = part.columns() - part.firstColumn();
    int gates = some.names.size();
    try (Arena arena = Arena.ofConfined()) {
      long count = (long) gates * part.rows() * columns;
      MemorySegment plain = arena.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, count));
      Kernels.unpack(some.format, some.packed, gates, part.rows(), columns, plain);
      long at = 0;
      for (List<String> names : some.names) {
        float[] to = names.isEmpty() ? null : values.get(names.getFirst());
        for (int row = part.firstRow(); row < part.firstRow() + part.rows(); row++) {
          if (to != null) {
            int first = row * part.columns() + part.firstColumn();
            long from = at * Float.BYTES;
            MemorySegment.copy(plain, ValueLayout.JAVA_FLOAT, from, to, first, columns);
          }
          for (String other : names.subList(Math.min(1, names.size()), names.size())) {
            values.get(other)[row] = -0.0f;
          }
          at += columns;
        }
      }
    }
  }
}
