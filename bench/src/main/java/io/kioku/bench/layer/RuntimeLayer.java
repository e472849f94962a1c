package io.kioku.bench.layer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// ONNX Runtime in the way that is fastest from Java: tensors over direct buffers that are made
/// once, outputs written into pinned ones. States of one step change places with those of the next.
final class RuntimeLayer implements LayerContestant {
  private final Layer layer;
  private final OrtSession session;
  private final boolean isOwner;
  private final FloatBuffer output;
  private final List<OnnxTensor> tensors = new ArrayList<>();
  private final List<Map<String, OnnxTensor>> inputs = List.of(new HashMap<>(), new HashMap<>());
  private final List<Map<String, OnnxTensor>> outputs = List.of(new HashMap<>(), new HashMap<>());
  private int turn;

  private RuntimeLayer(Layer layer, OrtSession session, boolean isOwner) throws OrtException {
    Shape shape = layer.shape();
    this.layer = layer;
    this.session = session;
    this.isOwner = isOwner;
    FloatBuffer x = floats(layer.x().length);
    x.put(0, layer.x());
    output = floats(shape.outputs());
    OnnxTensor xs = tensor(x, shape.steps(), shape.batch(), shape.input());
    OnnxTensor ys = tensor(output, shape.steps(), 1, shape.batch(), shape.hidden());
    inputs.forEach(map -> map.put("x", xs));
    outputs.forEach(map -> map.put("y", ys));
    if (shape.isStep()) {
      addState("h");
    }
    if (shape.isStep() && shape.cell().equals("LSTM")) {
      addState("c");
    }
  }

  /// @param isQuantized DynamicQuantizeLSTM instead of LSTM
  static RuntimeLayer open(Layer layer, boolean isQuantized, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      byte[] model = RuntimeModel.of(layer, isQuantized).toByteArray();
      OrtSession session = OrtEnvironment.getEnvironment().createSession(model, options);
      return new RuntimeLayer(layer, session, true);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private void addState(String name) throws OrtException {
    Shape shape = layer.shape();
    for (int k = 0; k < 2; k++) {
      FloatBuffer zeros = floats((long) shape.batch() * shape.hidden());
      OnnxTensor state = tensor(zeros, 1, shape.batch(), shape.hidden());
      inputs.get(k).put(name, state);
      outputs.get(1 - k).put(name + "n", state);
    }
  }

  private OnnxTensor tensor(FloatBuffer buffer, long... dims) throws OrtException {
    OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, dims);
    tensors.add(tensor);
    return tensor;
  }

  private static FloatBuffer floats(long count) {
    return ByteBuffer.allocateDirect(Math.toIntExact(count * Float.BYTES))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public void run() {
    try (OrtSession.Result result = session.run(inputs.get(turn), outputs.get(turn))) {
      turn = 1 - turn;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public float[] output() {
    float[] values = new float[output.capacity()];
    output.get(0, values);
    return values;
  }

  @Override
  public LayerContestant another() {
    try {
      return new RuntimeLayer(layer, session, false);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    tensors.forEach(OnnxTensor::close);
    try {
      if (isOwner) {
        session.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
