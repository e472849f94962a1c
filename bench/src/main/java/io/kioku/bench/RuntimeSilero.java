package io.kioku.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/// ONNX Runtime in the way that is fastest from Java: tensors over direct buffers that are made
/// once, outputs written into pinned ones, the state copied from output to input.
final class RuntimeSilero implements Contestant {
  private static final int STATE = 2 * 128;

  private final OrtSession session;
  private final FloatBuffer input;
  private final FloatBuffer state;
  private final FloatBuffer nextState;
  private final FloatBuffer output;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;
  private final int batch;

  RuntimeSilero(Path file, int batch) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    this.batch = batch;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(file.toString(), options);
      input = floats(batch * SileroBenchmark.SAMPLES);
      state = floats(batch * STATE);
      nextState = floats(batch * STATE);
      output = floats(batch);
      long[] stateShape = {2, batch, 128};
      inputs =
          Map.of(
              "input",
              OnnxTensor.createTensor(
                  environment, input, new long[] {batch, SileroBenchmark.SAMPLES}),
              "state",
              OnnxTensor.createTensor(environment, state, stateShape),
              "sr",
              OnnxTensor.createTensor(environment, (long) SileroBenchmark.RATE));
      outputs =
          Map.of(
              "output",
              OnnxTensor.createTensor(environment, output, new long[] {batch, 1}),
              "stateN",
              OnnxTensor.createTensor(environment, nextState, stateShape));
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(count * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public float chunk(float[] x) {
    input.put(0, x);
    try (OrtSession.Result result = session.run(inputs, outputs)) {
      state.put(0, nextState, 0, batch * STATE);
      return output.get(batch - 1);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public float[] probabilities() {
    float[] values = new float[batch];
    output.get(0, values);
    return values;
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
