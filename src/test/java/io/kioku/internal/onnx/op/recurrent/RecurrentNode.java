package io.kioku.internal.onnx.op.recurrent;

import ai.onnxruntime.OrtException;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.TinyModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A recurrent node, its attributes and its inputs, to be run by Kioku and by ONNX Runtime.
final class RecurrentNode {
  /// The operators' inputs; the last four are of DynamicQuantizeLSTM.
  private static final List<String> INPUTS =
      List.of(
          "X",
          "W",
          "R",
          "B",
          "sequence_lens",
          "initial_h",
          "initial_c",
          "P",
          "W_scale",
          "W_zero",
          "R_scale",
          "R_zero");

  static final List<String> OUTPUTS = List.of("Y", "Y_h", "Y_c");

  final String operator;
  private final int version;

  /// As [TinyModel#node] takes them.
  final Map<String, Object> attributes = new LinkedHashMap<>();

  /// By the operator's names; those that are left out are missing.
  final Map<String, NdArray> inputs = new LinkedHashMap<>();

  /// By the operator's names.
  final Set<String> outputs = new LinkedHashSet<>();

  /// Those of the inputs that the file holds.
  final Set<String> constants = new LinkedHashSet<>();

  /// @param version of ONNX's operator set
  RecurrentNode(String operator, int version) {
    this.operator = operator;
    this.version = version;
  }

  int version() {
    return version;
  }

  /// The model of this one node. It leaves all dimensions open.
  TinyModel model() {
    TinyModel model = new TinyModel(version);
    inputs.forEach((name, value) -> {
      if (constants.contains(name)) {
        model.constant(name, value);
      } else {
        model.input(name, value.type(), open(INPUTS.indexOf(name), value.shape().length));
      }
    });
    List<String> given = new ArrayList<>(INPUTS);
    while (!inputs.containsKey(given.getLast())) {
      given.removeLast();
    }
    given.replaceAll(name -> inputs.containsKey(name) ? name : "");
    List<String> wanted =
        new ArrayList<>(operator.contains("LSTM") ? OUTPUTS : OUTPUTS.subList(0, 2));
    wanted.replaceAll(name -> outputs.contains(name) ? name : "");
    String domain = operator.equals("DynamicQuantizeLSTM") ? "com.microsoft" : "";
    model.node(domain, operator, given, wanted, attributes);
    ElementType type = inputs.get("X").type();
    outputs.forEach(name ->
        model.output(name, type, open(20 + OUTPUTS.indexOf(name), name.equals("Y") ? 4 : 3)));
    return model;
  }

  /// Dimensions that are no others'.
  private static long[] open(int value, int rank) {
    long[] dims = new long[rank];
    Arrays.setAll(dims, i -> -1 - 4L * value - i);
    return dims;
  }

  /// The inputs that the file does not hold.
  private Map<String, NdArray> variable() {
    Map<String, NdArray> variable = new LinkedHashMap<>(inputs);
    variable.keySet().removeAll(constants);
    return variable;
  }

  /// The outputs that Kioku computes.
  Map<String, NdArray> run() {
    return Oracle.actual(model(), variable());
  }

  /// The outputs that Kioku computes in a session of a model of such a node.
  Map<String, NdArray> run(OnnxSession session) {
    give(session);
    session.run();
    Map<String, NdArray> results = new LinkedHashMap<>();
    outputs.forEach(name -> results.put(name, session.get(name)));
    return results;
  }

  /// Sets the inputs that the file does not hold.
  void give(OnnxSession session) {
    variable().forEach(session::set);
  }

  OnnxModel load() {
    return model().load();
  }

  /// The outputs that ONNX Runtime computes, on one thread.
  Map<String, NdArray> runtime() throws OrtException {
    return Oracle.expected(model(), variable()).orElseThrow();
  }

  @Override
  public String toString() {
    Map<String, Object> shown = new LinkedHashMap<>(attributes);
    shown.replaceAll((name, value) -> value instanceof float[] f ? Arrays.toString(f) : value);
    return "%s-%d %s %s -> %s, constant %s"
        .formatted(operator, version, shown, inputs, outputs, constants);
  }
}
