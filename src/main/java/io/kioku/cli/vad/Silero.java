package io.kioku.cli.vad;

import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A model of Silero VAD. Its generation is seen from its inputs:
///
/// | version | inputs | samples of a window |
/// |---|---|---|
/// | 3 | `input`, `h0`, `c0` | 512, 1024 or 1536; 16 kHz only |
/// | 4 | `input`, `h`, `c`, `sr` | 512, 1024 or 1536 at 16 kHz, half of it at 8 kHz |
/// | 5 and 6 | `input`, `state`, `sr` | 512 at 16 kHz, 256 at 8 kHz, after the last 64 or 32 of the window before |
///
/// Files without `sr`, and some with it, know 16 kHz only.
public final class Silero implements AutoCloseable {
  /// The rate that all models know, in samples a second.
  public static final int RATE = 16_000;

  /// The rate of telephones, which some know too.
  public static final int LOW_RATE = 8_000;

  private static final int WINDOW_MILLIS = 32;

  private final OnnxModel model;
  private final boolean hasContext;
  private final boolean hasRate;

  private Silero(OnnxModel model, boolean hasContext) {
    this.model = model;
    this.hasContext = hasContext;
    this.hasRate = names(model).contains("sr");
  }

  /// Loads a model.
  ///
  /// @throws IllegalArgumentException if it is none of these
  /// @throws OnnxException if it cannot be run
  /// @throws IOException if it cannot be read
  public static Silero load(Path path) throws IOException {
    List<String> inputs;
    try (OnnxModel model = OnnxModel.load(path)) {
      inputs = names(model);
    }
    OnnxModel.Builder builder = OnnxModel.builder();
    boolean hasContext = inputs.contains("state");
    if (hasContext) {
      builder.state("state", "stateN", 1);
    } else if (inputs.contains("h") && inputs.contains("c")) {
      builder.state("h", "hn", 1).state("c", "cn", 1);
    } else if (inputs.contains("h0") && inputs.contains("c0")) {
      builder.state("h0", "hn", 1).state("c0", "cn", 1);
    } else {
      throw notSilero(path, inputs);
    }
    if (!inputs.contains("input")) {
      throw notSilero(path, inputs);
    }
    return new Silero(builder.load(path), hasContext);
  }

  private static IllegalArgumentException notSilero(Path path, List<String> inputs) {
    return new IllegalArgumentException(
        "%s is no model of Silero VAD: it has the inputs %s, expected input and sr with state (versions 5 and 6), or with h and c"
            .formatted(path, inputs));
  }

  private static List<String> names(OnnxModel model) {
    return model.inputs().stream().map(OnnxValue::name).toList();
  }

  /// Whether the model knows a sample rate: [#RATE], or [#LOW_RATE] too.
  public boolean knows(int rate) {
    return rate == RATE || (rate == LOW_RATE && hasRate && heedsRate());
  }

  /// Some files take a rate and do not look at it. Others hear something else at another rate, or
  /// cannot take as many samples.
  private boolean heedsRate() {
    float[] hum = new float[RATE / 1000 * WINDOW_MILLIS];
    for (int i = 0; i < hum.length; i++) {
      hum[i] = (float) (0.1 * Math.sin(0.1 * i));
    }
    try (SileroListener right = listener(RATE, hum.length, RATE);
        SileroListener wrong = listener(LOW_RATE, hum.length, RATE)) {
      return right.hear(hum) != wrong.hear(hum);
    } catch (OnnxException e) {
      return true;
    }
  }

  /// Which windows it takes, in milliseconds.
  public List<Integer> windows() {
    return hasContext
        ? List.of(WINDOW_MILLIS)
        : List.of(WINDOW_MILLIS, 2 * WINDOW_MILLIS, 3 * WINDOW_MILLIS);
  }

  /// Begins to listen to a sound.
  ///
  /// @param rate [#RATE], or [#LOW_RATE] if the model knows it
  /// @param windowMillis one of [#windows()]
  public SileroListener listen(int rate, int windowMillis) {
    return listener(rate, rate / 1000 * windowMillis, rate);
  }

  /// @param rate that the model is told
  /// @param window samples
  /// @param real rate
  private SileroListener listener(int rate, int window, int real) {
    return new SileroListener(model, rate, hasRate, window, hasContext ? real / 250 : 0);
  }

  @Override
  public void close() {
    model.close();
  }
}
