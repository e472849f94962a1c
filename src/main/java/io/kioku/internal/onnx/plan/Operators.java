package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.control.ControlOperators;
import io.kioku.internal.onnx.op.elementwise.ElementwiseOperators;
import io.kioku.internal.onnx.op.matrix.MatrixOperators;
import io.kioku.internal.onnx.op.normalize.NormalizeOperators;
import io.kioku.internal.onnx.op.quantize.QuantizeOperators;
import io.kioku.internal.onnx.op.recurrent.RecurrentOperators;
import io.kioku.internal.onnx.op.reduce.ReduceOperators;
import io.kioku.internal.onnx.op.shape.ShapeOperators;
import io.kioku.internal.onnx.op.window.WindowOperators;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// All operators that there are, by domain and name.
public final class Operators {
  private static final Map<String, Operator.Factory> ALL = new TreeMap<>();

  static {
    ElementwiseOperators.addTo(ALL);
    ReduceOperators.addTo(ALL);
    ShapeOperators.addTo(ALL);
    ControlOperators.addTo(ALL);
    MatrixOperators.addTo(ALL);
    WindowOperators.addTo(ALL);
    NormalizeOperators.addTo(ALL);
    RecurrentOperators.addTo(ALL);
    QuantizeOperators.addTo(ALL);
  }

  private Operators() {}

  /// What makes an operator of such a node; null if there is none.
  static Operator.Factory of(Node node) {
    return ALL.get(node.qualifiedOperator());
  }

  /// The names of all operators, those outside ONNX's own domain with it.
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }
}
