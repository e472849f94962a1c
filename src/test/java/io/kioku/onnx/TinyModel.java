package io.kioku.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Writes small ONNX models. A graph of a branch or a loop is written in the same way: [#graph()].
public final class TinyModel {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
  private final int version;

  /// @param version of ONNX's operator set
  public TinyModel(int version) {
    this.version = version;
  }

  /// The same once more, to be continued in another way.
  public TinyModel copy() {
    TinyModel copy = new TinyModel(version);
    copy.graph.mergeFrom(graph.build());
    return copy;
  }

  /// An input.
  ///
  /// @param dims negative ones are open: equal ones have the same name
  public TinyModel input(String name, ElementType type, long... dims) {
    graph.addInput(info(name, type, dims));
    return this;
  }

  /// An output whose type and shape are not declared.
  public TinyModel output(String name) {
    graph.addOutput(ValueInfoProto.newBuilder().setName(name));
    return this;
  }

  /// An output.
  public TinyModel output(String name, ElementType type, long... dims) {
    graph.addOutput(info(name, type, dims));
    return this;
  }

  /// An input that is a list of tensors.
  public TinyModel inputSequence(String name, ElementType type) {
    graph.addInput(sequence(name, type));
    return this;
  }

  /// An output that is a list of tensors.
  public TinyModel outputSequence(String name, ElementType type) {
    graph.addOutput(sequence(name, type));
    return this;
  }

  private static ValueInfoProto sequence(String name, ElementType type) {
    TypeProto element =
        TypeProto.newBuilder()
            .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.code()))
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(element)))
        .build();
  }

  private static ValueInfoProto info(String name, ElementType type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      if (dim < 0) {
        shape.addDimBuilder().setDimParam("d" + -dim);
      } else {
        shape.addDimBuilder().setDimValue(dim);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.code()).setShape(shape)))
        .build();
  }

  /// An initializer.
  public TinyModel constant(String name, NdArray value) {
    graph.addInitializer(tensor(value).toBuilder().setName(name));
    return this;
  }

  /// An initializer of float32.
  public TinyModel constant(String name, float[] values, long... dims) {
    return constant(name, NdArray.of(values, dims));
  }

  /// An initializer of int64 with one dimension.
  public TinyModel longs(String name, long... values) {
    return constant(name, NdArray.of(values, values.length));
  }

  /// A node with one output.
  public TinyModel node(String operator, String inputs, String output) {
    return node(operator, List.of(inputs.split(" ", -1)), List.of(output), Map.of());
  }

  /// A node of ONNX's own domain.
  ///
  /// @param inputs empty names for those that are left out
  /// @param attributes Long, Integer, Float, String, long[], float[], List of String, [NdArray] or
  ///   [GraphProto]
  public TinyModel node(
      String operator, List<String> inputs, List<String> outputs, Map<String, Object> attributes) {
    return node("", operator, inputs, outputs, attributes);
  }

  /// A node.
  public TinyModel node(
      String domain,
      String operator,
      List<String> inputs,
      List<String> outputs,
      Map<String, Object> attributes) {
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setDomain(domain)
            .setOpType(operator)
            .setName(operator + "_" + graph.getNodeCount())
            .addAllInput(inputs)
            .addAllOutput(outputs);
    attributes.forEach((name, value) -> node.addAttribute(attribute(name, value)));
    graph.addNode(node);
    return this;
  }

  @SuppressWarnings("unchecked") // lists are of texts
  private static AttributeProto attribute(String name, Object value) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    switch (value) {
      case Integer i -> attribute.setType(AttributeProto.AttributeType.INT).setI(i);
      case Long l -> attribute.setType(AttributeProto.AttributeType.INT).setI(l);
      case Float f -> attribute.setType(AttributeProto.AttributeType.FLOAT).setF(f);
      case String s ->
          attribute.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(s));
      case long[] longs -> {
        attribute.setType(AttributeProto.AttributeType.INTS);
        Arrays.stream(longs).forEach(attribute::addInts);
      }
      case float[] floats -> {
        attribute.setType(AttributeProto.AttributeType.FLOATS);
        for (float f : floats) {
          attribute.addFloats(f);
        }
      }
      case List<?> texts -> {
        attribute.setType(AttributeProto.AttributeType.STRINGS);
        ((List<String>) texts).forEach(text -> attribute.addStrings(ByteString.copyFromUtf8(text)));
      }
      case NdArray array ->
          attribute.setType(AttributeProto.AttributeType.TENSOR).setT(tensor(array));
      case GraphProto graph -> attribute.setType(AttributeProto.AttributeType.GRAPH).setG(graph);
      default -> throw new IllegalArgumentException(value.getClass().toString());
    }
    return attribute.build();
  }

  private static TensorProto tensor(NdArray value) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setDataType(value.type().code())
            .setRawData(ByteString.copyFrom(value.data().toArray(ValueLayout.JAVA_BYTE)));
    Arrays.stream(value.shape()).forEach(tensor::addDims);
    return tensor.build();
  }

  /// What was written, as the graph of a branch or a loop.
  public GraphProto graph() {
    return graph.build();
  }

  /// What was written, as a file's content.
  public byte[] bytes() {
    return model().toByteArray();
  }

  /// What was written.
  public ModelProto model() {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(version))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1))
        .setGraph(graph)
        .build();
  }

  /// Loads it.
  public OnnxModel load() {
    return OnnxModel.builder().load(MemorySegment.ofArray(bytes()));
  }
}
