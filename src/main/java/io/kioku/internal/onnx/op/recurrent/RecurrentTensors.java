package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.format.ElementType;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.onnx.graph.Constant;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// ONNX's tensors of a recurrent layer as Kioku's parameters, by their names in the equations.
///
/// @param w (D, gates · H, I)
/// @param r (D, gates · H, H)
/// @param b (D, 2 · gates · H), those of W before those of R; null if it is left out
/// @param p (D, 3 · H), of i, o and f; null if it is left out
public record RecurrentTensors(
    RecurrentAttributes attributes, Constant w, Constant r, Constant b, Constant p) {
  private static final List<String> PEEPHOLES = List.of("i", "o", "f");

  /// One direction's parameters; biases that are left out are zero.
  public Parameters parameters(Cell cell, int direction) {
    int hidden = Math.toIntExact(r.dims()[2]);
    Map<String, float[]> all = direction(direction);
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Parameter parameter : cell.parameters()) {
      float[] given = all.get(parameter.name());
      values.put(parameter.name(), given == null ? new float[hidden] : given);
    }
    return new Parameters(values);
  }

  /// One direction's, also those that the cell may not have.
  private Map<String, float[]> direction(int direction) {
    Map<String, float[]> all = new LinkedHashMap<>();
    List<String> gates = attributes.kind().gates();
    int count = gates.size();
    for (int gate = 0; gate < count; gate++) {
      String name = gates.get(gate);
      all.put("W_" + name, part(w, direction, count, gate));
      all.put("R_" + name, part(r, direction, count, gate));
      if (b != null) {
        float[] ofInput = part(b, direction, 2 * count, gate);
        float[] recurrent = part(b, direction, 2 * count, count + gate);
        boolean isApart = name.equals("n") && attributes.isLinearBeforeReset();
        all.put("b_" + name, isApart ? ofInput : sum(ofInput, recurrent));
        all.put("d_" + name, recurrent);
      }
    }
    for (int gate = 0; p != null && gate < PEEPHOLES.size(); gate++) {
      all.put("p_" + PEEPHOLES.get(gate), part(p, direction, PEEPHOLES.size(), gate));
    }
    return all;
  }

  /// One of a direction's parts of a tensor.
  private float[] part(Constant tensor, int direction, int parts, int part) {
    int size = Math.toIntExact(tensor.size() / attributes.directions() / parts);
    return floats(tensor, ((long) direction * parts + part) * size, size);
  }

  private static float[] floats(Constant tensor, long from, int count) {
    float[] values = new float[count];
    MemorySegment data = tensor.data();
    if (tensor.type().storage() == ElementType.FLOAT) {
      MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, from * Float.BYTES, values, 0, count);
    } else {
      for (int i = 0; i < count; i++) {
        values[i] = (float) data.getAtIndex(ValueLayout.JAVA_DOUBLE, from + i);
      }
    }
    return values;
  }

  private static float[] sum(float[] a, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }
}
