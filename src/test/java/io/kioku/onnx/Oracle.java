package io.kioku.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Runs models in ONNX Runtime, and in Kioku likewise. Its Java interface has no uint16, uint32 and
/// uint64: such inputs and outputs must be cast.
public final class Oracle {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  private Oracle() {}

  /// The outputs by name, in ONNX Runtime; nothing if it does not take the model.
  public static Optional<Map<String, NdArray>> expected(
      TinyModel model, Map<String, NdArray> inputs) throws OrtException {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      try (OrtSession session = ENVIRONMENT.createSession(model.bytes(), options)) {
        for (var input : inputs.entrySet()) {
          tensors.put(input.getKey(), tensor(input.getValue()));
        }
        try (OrtSession.Result result = session.run(tensors)) {
          Map<String, NdArray> outputs = new LinkedHashMap<>();
          for (Map.Entry<String, OnnxValue> output : result) {
            outputs.put(output.getKey(), array((OnnxTensor) output.getValue()));
          }
          return Optional.of(outputs);
        }
      } catch (OrtException e) {
        return Optional.empty();
      }
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  /// The outputs by name, in Kioku.
  public static Map<String, NdArray> actual(TinyModel model, Map<String, NdArray> inputs) {
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      inputs.forEach(session::set);
      session.run();
      Map<String, NdArray> outputs = new LinkedHashMap<>();
      for (var output : loaded.outputs()) {
        outputs.put(output.name(), session.get(output.name()));
      }
      return outputs;
    }
  }

  private static OnnxTensor tensor(NdArray array) throws OrtException {
    byte[] bytes = array.data().toArray(ValueLayout.JAVA_BYTE);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder());
    buffer.put(bytes).flip();
    return OnnxTensor.createTensor(
        ENVIRONMENT, buffer, array.shape(), OnnxJavaType.valueOf(array.type().name()));
  }

  private static NdArray array(OnnxTensor tensor) {
    TensorInfo info = tensor.getInfo();
    return NdArray.copyOf(
        ElementType.valueOf(info.type.name()),
        MemorySegment.ofBuffer(tensor.getByteBuffer()),
        info.getShape());
  }
}
