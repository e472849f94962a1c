package io.kioku.internal.onnx.op.recurrent;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A recurrent node, its attributes and its inputs, to be run by Kioku and by ONNX Runtime.
final class RecurrentNode {
  static final List<String> INPUTS =
      List.of("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P");
  static final List<String> QUANTISED =
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
  final String domain;
  final int opset;

  /// Long, Float, String, List of String or float[].
  final Map<String, Object> attributes = new LinkedHashMap<>();

  /// By the operator's names; those that are left out are missing.
  final Map<String, NdArray> inputs = new LinkedHashMap<>();

  /// By the operator's names.
  final Set<String> outputs = new LinkedHashSet<>();

  /// Those of the inputs that the file holds.
  final Set<String> constants = new LinkedHashSet<>();

  RecurrentNode(String operator, String domain, int opset) {
    this.operator = operator;
    this.domain = domain;
    this.opset = opset;
  }

  /// The model of this one node.
  byte[] model() {
    List<String> names = domain.isEmpty() ? INPUTS : QUANTISED;
    NodeProto.Builder node =
        NodeProto.newBuilder().setName("node").setOpType(operator).setDomain(domain);
    List<String> given = new ArrayList<>(names);
    while (!inputs.containsKey(given.getLast())) {
      given.removeLast();
    }
    given.forEach(name -> node.addInput(inputs.containsKey(name) ? name : ""));
    for (String name : operator.contains("LSTM") ? OUTPUTS : OUTPUTS.subList(0, 2)) {
      node.addOutput(outputs.contains(name) ? name : "");
    }
    attributes.forEach((name, value) -> node.addAttribute(attribute(name, value)));
    GraphProto.Builder graph = GraphProto.newBuilder().setName("graph").addNode(node);
    inputs.forEach((name, value) -> {
      if (constants.contains(name)) {
        graph.addInitializer(tensor(name, value));
      } else {
        graph.addInput(info(name, value.type(), value.shape().length));
      }
    });
    ElementType type = inputs.get("X").type();
    outputs.forEach(name -> graph.addOutput(info(name, type, name.equals("Y") ? 4 : 3)));
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(7).setGraph(graph);
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset));
    if (!domain.isEmpty()) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(1));
    }
    return model.build().toByteArray();
  }

  @SuppressWarnings("unchecked") // lists are of texts
  private static AttributeProto attribute(String name, Object value) {
    AttributeProto.Builder a = AttributeProto.newBuilder().setName(name);
    switch (value) {
      case Long l -> a.setType(AttributeProto.AttributeType.INT).setI(l);
      case Float f -> a.setType(AttributeProto.AttributeType.FLOAT).setF(f);
      case String s ->
          a.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(s));
      case float[] all -> {
        a.setType(AttributeProto.AttributeType.FLOATS);
        for (float one : all) {
          a.addFloats(one);
        }
      }
      case List<?> all -> {
        a.setType(AttributeProto.AttributeType.STRINGS);
        ((List<String>) all).forEach(s -> a.addStrings(ByteString.copyFromUtf8(s)));
      }
      default -> throw new IllegalArgumentException(name);
    }
    return a.build();
  }

  private static TensorProto tensor(String name, NdArray value) {
    TensorProto.Builder t = TensorProto.newBuilder().setName(name);
    t.setDataType(value.type().code());
    for (long dim : value.shape()) {
      t.addDims(dim);
    }
    byte[] bytes = value.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    return t.setRawData(ByteString.copyFrom(bytes)).build();
  }

  private static ValueInfoProto info(String name, ElementType type, int rank) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < rank; i++) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + i));
    }
    TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder();
    tensor.setElemType(type.code()).setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  /// Loads the model in Kioku.
  OnnxModel load() {
    return OnnxModel.builder().load(MemorySegment.ofArray(model()));
  }

  /// Sets the inputs that the file does not hold.
  void give(OnnxSession session) {
    inputs.forEach((name, value) -> {
      if (!constants.contains(name)) {
        session.set(name, value);
      }
    });
  }

  /// The outputs that Kioku computes.
  Map<String, NdArray> run() {
    try (OnnxModel model = load();
        OnnxSession session = model.newSession()) {
      return run(session);
    }
  }

  Map<String, NdArray> run(OnnxSession session) {
    give(session);
    session.run();
    Map<String, NdArray> results = new LinkedHashMap<>();
    outputs.forEach(name -> results.put(name, session.get(name)));
    return results;
  }

  /// The outputs that ONNX Runtime computes, on one thread.
  Map<String, NdArray> runtime() throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      try (OrtSession session = environment.createSession(model(), options)) {
        for (String name : session.getInputNames()) {
          tensors.put(name, tensor(environment, inputs.get(name)));
        }
        try (OrtSession.Result result = session.run(tensors)) {
          Map<String, NdArray> results = new LinkedHashMap<>();
          for (String name : outputs) {
            OnnxTensor tensor = (OnnxTensor) result.get(name).orElseThrow();
            float[] values = new float[tensor.getFloatBuffer().remaining()];
            tensor.getFloatBuffer().get(values);
            results.put(name, NdArray.of(values, tensor.getInfo().getShape()));
          }
          return results;
        }
      }
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, NdArray value) throws OrtException {
    java.nio.ByteBuffer bytes =
        java.nio.ByteBuffer.allocateDirect(Math.toIntExact(value.data().byteSize()))
            .order(java.nio.ByteOrder.nativeOrder());
    MemorySegment.ofBuffer(bytes).copyFrom(value.data());
    return OnnxTensor.createTensor(
        environment,
        bytes,
        value.shape(),
        switch (value.type()) {
          case FLOAT -> ai.onnxruntime.OnnxJavaType.FLOAT;
          case INT32 -> ai.onnxruntime.OnnxJavaType.INT32;
          case INT8 -> ai.onnxruntime.OnnxJavaType.INT8;
          case UINT8 -> ai.onnxruntime.OnnxJavaType.UINT8;
          default -> throw new IllegalArgumentException(value.toString());
        });
  }

  @Override
  public String toString() {
    Map<String, Object> shown = new LinkedHashMap<>(attributes);
    shown.replaceAll((n, v) -> v instanceof float[] f ? java.util.Arrays.toString(f) : v);
    return "%s-%d %s %s -> %s, constant %s"
        .formatted(operator, opset, shown, inputs, outputs, constants);
  }
}
