package io.kioku.internal.onnx.op.recurrent;

import io.kioku.Weights;
import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.internal.onnx.graph.Constant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// ONNX's tensors of a recurrent layer as Kioku's parameters, by their names in the equations.
///
/// @param w (D, gates · H, I)
/// @param r (D, gates · H, H)
/// @param b (D, 2 · gates · H), those of W before those of R; null if it is left out
/// @param p (D, 3 · H), of i, o and f; null if it is left out
public record Parameters(Options options, Constant w, Constant r, Constant b, Constant p) {
  private static final List<String> PEEPHOLES = List.of("i", "o", "f");

  /// A layer's weights.
  ///
  /// @param cells of the directions
  public Weights weights(List<Cell> cells) {
    Weights weights = Weights.none();
    for (int direction = 0; direction < cells.size(); direction++) {
      weights = with(weights, cells.get(direction), direction, direction);
    }
    return weights;
  }

  /// The weights of one direction, as a layer that has no other.
  public Weights weights(Cell cell, int direction) {
    return with(Weights.none(), cell, direction, 0);
  }

  private Weights with(Weights weights, Cell cell, int direction, int as) {
    Weights more = weights;
    int hidden = Math.toIntExact(r.dims()[2]);
    Map<String, float[]> all = direction(direction);
    for (Parameter parameter : cell.parameters()) {
      float[] values = all.get(parameter.name());
      if (values != null) { // else a bias that is left out
        long[] shape =
            parameter.isMatrix()
                ? new long[] {hidden, values.length / hidden}
                : new long[] {hidden};
        String suffix = as == 0 ? "_l0" : "_l0_reverse";
        more = more.with(parameter.name() + suffix, values, shape);
      }
    }
    return more;
  }

  /// One direction's, also those that the cell may not have.
  private Map<String, float[]> direction(int direction) {
    Map<String, float[]> all = new LinkedHashMap<>();
    List<String> gates = options.kind().gates();
    int count = gates.size();
    for (int gate = 0; gate < count; gate++) {
      String name = gates.get(gate);
      all.put("W_" + name, part(w, direction, count, gate));
      all.put("R_" + name, part(r, direction, count, gate));
      if (b != null) {
        float[] ofInput = part(b, direction, 2 * count, gate);
        float[] recurrent = part(b, direction, 2 * count, count + gate);
        boolean isApart = name.equals("n") && options.isLinearBeforeReset();
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
    int size = Math.toIntExact(tensor.size() / options.directions() / parts);
    return Floats.copy(tensor, ((long) direction * parts + part) * size, size);
  }

  private static float[] sum(float[] a, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }
}
