package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Silero VAD in all its generations: the numbers of ONNX Runtime, chunk after chunk.
@Execution(ExecutionMode.CONCURRENT)
class SileroTest {
  private static final int CHUNKS = 2_000;

  static List<SileroModel> models() {
    return Needs.sileroModels().stream().map(SileroModel::of).toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void oneStreamAgreesWithOnnxRuntime(SileroModel silero) throws Exception {
    for (int rate : silero.rates()) {
      compare(silero, rate, 1, CHUNKS);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void sixtyFourStreamsAgreeWithOnnxRuntime(SileroModel silero) throws Exception {
    for (int rate : silero.rates()) {
      compare(silero, rate, 64, CHUNKS);
    }
  }

  private static void compare(SileroModel silero, int rate, int count, int chunks)
      throws Exception {
    float[] audio = Speech.samples(rate);
    int hop = silero.hop(rate);
    int context = silero.context(rate);
    int length = hop + context;
    float[] x = new float[count * length];
    double worst = 0;
    double lowest = 1;
    double highest = 0;
    try (OnnxModel model = silero.load();
        OnnxSession session = model.newSession();
        Peer peer = new Peer(silero, rate)) {
      List<OnnxStream> streams = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        streams.add(model.newStream());
      }
      if (silero.hasRate()) {
        session.set("sr", new long[] {rate});
      }
      for (int chunk = 0; chunk < chunks; chunk++) {
        for (int n = 0; n < count; n++) {
          for (int i = 0; i < length; i++) {
            long at = (long) chunk * hop - context + i + n * 4_321L;
            x[n * length + i] = at < 0 ? 0 : audio[(int) (at % audio.length)];
          }
        }
        session.set("input", x, count, length);
        session.run(streams);
        float[] actual = session.floats("output");
        float[] expected = peer.run(x, count, length);
        assertEquals(expected.length, actual.length);
        for (int n = 0; n < count; n++) {
          double error = Math.abs(actual[n] - expected[n]);
          worst = Double.isNaN(error) ? error : Math.max(worst, error);
          lowest = Math.min(lowest, actual[n]);
          highest = Math.max(highest, actual[n]);
        }
      }
    }
    assertTrue(
        worst <= silero.tolerance(),
        "%s at %d Hz, %d streams: differs by %g".formatted(silero.path(), rate, count, worst));
    assertTrue(
        lowest < 0.1 && highest > 0.8, "speech is heard: %g to %g".formatted(lowest, highest));
  }

  /// The same in ONNX Runtime.
  private static final class Peer implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final SileroModel silero;
    private final OrtSession session;
    private final long rate;
    private final Map<String, float[]> states = new HashMap<>();

    Peer(SileroModel silero, int rate) throws OrtException {
      this.silero = silero;
      this.rate = rate;
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        this.session = environment.createSession(silero.path().toString(), options);
      }
    }

    float[] run(float[] x, int count, int length) throws OrtException {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      try {
        inputs.put(
            "input",
            OnnxTensor.createTensor(environment, FloatBuffer.wrap(x), new long[] {count, length}));
        if (silero.hasRate()) {
          inputs.put("sr", OnnxTensor.createTensor(environment, rate));
        }
        int width = silero.legacy() ? 64 : 128;
        for (String name : silero.legacy() ? List.of("h", "c") : List.of("state")) {
          float[] state = states.computeIfAbsent(name, k -> new float[2 * count * width]);
          inputs.put(
              name,
              OnnxTensor.createTensor(
                  environment, FloatBuffer.wrap(state), new long[] {2, count, width}));
        }
        try (OrtSession.Result result = session.run(inputs)) {
          for (String name : states.keySet()) {
            String output = silero.legacy() ? name + "n" : "stateN";
            floats(result, output).get(states.get(name));
          }
          float[] y = new float[count];
          floats(result, "output").get(y);
          return y;
        }
      } finally {
        inputs.values().forEach(OnnxTensor::close);
      }
    }

    private static FloatBuffer floats(OrtSession.Result result, String name) {
      return ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer();
    }

    @Override
    public void close() throws OrtException {
      session.close();
    }
  }
}
