package io.kioku.bench.layer;

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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A layer as an ONNX model: x (T, N, I) to y (T, 1, N, H); of one step, also states h and c (1, N,
/// H) to hn and cn.
final class RuntimeModel {
  private RuntimeModel() {}

  /// ONNX has the gates of an LSTM as i, o, f, c, those of a GRU as z, r, h.
  ///
  /// @param isQuantized DynamicQuantizeLSTM of ONNX Runtime instead of LSTM
  static ModelProto of(Layer layer, boolean isQuantized) {
    Shape shape = layer.shape();
    int[] order =
        switch (shape.cell()) {
          case "LSTM" -> new int[] {0, 3, 1, 2};
          case "GRU", "GRU_RESET_BEFORE" -> new int[] {1, 0, 2};
          default -> new int[] {0};
        };
    float[] w = layer.inOrder(layer.inputWeights(), order);
    float[] r = layer.inOrder(layer.recurrentWeights(), order);
    float[] wb = layer.inOrder(layer.inputBias(), order);
    float[] rb = layer.inOrder(layer.recurrentBias(), order);
    int rows = shape.gates() * shape.hidden();
    float[] b = new float[2 * rows];
    System.arraycopy(wb, 0, b, 0, rows);
    System.arraycopy(rb, 0, b, rows, rows);
    boolean isStep = shape.isStep();
    boolean isLstm = shape.cell().equals("LSTM");
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setName("layer")
            .setOpType(
                isQuantized ? "DynamicQuantizeLSTM" : shape.cell().replace("_RESET_BEFORE", ""))
            .setDomain(isQuantized ? "com.microsoft" : "")
            .addInput("x")
            .addInput("w")
            .addInput("r")
            .addInput("b")
            .addInput("")
            .addInput(isStep ? "h" : "")
            .addOutput("y")
            .addOutput(isStep ? "hn" : "")
            .addAttribute(integer("hidden_size", shape.hidden()));
    if (shape.cell().equals("GRU")) {
      node.addAttribute(integer("linear_before_reset", 1));
    }
    if (isLstm) {
      node.addInput(isStep ? "c" : "").addOutput(isStep ? "cn" : "");
    }
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("layer")
            .addInput(value("x", shape.steps(), shape.batch(), shape.input()))
            .addOutput(value("y", shape.steps(), 1, shape.batch(), shape.hidden()))
            .addInitializer(tensor("b", b, 1, 2L * rows));
    if (isStep) {
      addState(graph, "h", shape);
    }
    if (isStep && isLstm) {
      addState(graph, "c", shape);
    }
    if (isQuantized) {
      node.addInput("");
      node.addInput("ws").addInput("wz").addInput("rs").addInput("rz");
      quantized(graph, "w", w, shape.input(), rows);
      quantized(graph, "r", r, shape.hidden(), rows);
    } else {
      graph.addInitializer(tensor("w", w, 1, rows, shape.input()));
      graph.addInitializer(tensor("r", r, 1, rows, shape.hidden()));
    }
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1))
        .setGraph(graph.addNode(node))
        .build();
  }

  private static void addState(GraphProto.Builder graph, String name, Shape shape) {
    graph
        .addInput(value(name, 1, shape.batch(), shape.hidden()))
        .addOutput(value(name + "n", 1, shape.batch(), shape.hidden()));
  }

  /// Weights as (1, columns, rows) bytes with a scale for each row and no offset.
  private static void quantized(
      GraphProto.Builder graph, String name, float[] values, int columns, int rows) {
    byte[] bytes = new byte[values.length];
    float[] scales = new float[rows];
    for (int j = 0; j < rows; j++) {
      float most = 0;
      for (int k = 0; k < columns; k++) {
        most = Math.max(most, Math.abs(values[j * columns + k]));
      }
      scales[j] = most / 127;
      for (int k = 0; k < columns; k++) {
        bytes[k * rows + j] = (byte) Math.round(values[j * columns + k] / scales[j]);
      }
    }
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT8_VALUE)
            .addDims(1)
            .addDims(columns)
            .addDims(rows)
            .setRawData(ByteString.copyFrom(bytes)));
    graph.addInitializer(tensor(name + "s", scales, 1, rows));
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(name + "z")
            .setDataType(TensorProto.DataType.INT8_VALUE)
            .addDims(1)
            .addDims(rows)
            .setRawData(ByteString.copyFrom(new byte[rows])));
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static TensorProto tensor(String name, float[] values, long... dims) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .setRawData(ByteString.copyFrom(bytes));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }

  private static ValueInfoProto value(String name, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }
}
