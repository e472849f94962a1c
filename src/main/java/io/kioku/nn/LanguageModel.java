package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Precision;
import io.kioku.Weights;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.function.LongConsumer;

/// A byte-level language model: from all bytes so far, how likely each of the 256 bytes is to be
/// the next. An embedding, recurrent layers, and a linear layer whose outputs are the logits.
///
///     Weights weights = Weights.read(Path.of("model.safetensors"));
///     try (Engine engine = Engine.open();
///         LanguageModel model = LanguageModel.load(engine, weights);
///         TextStream stream = model.newStream()) {
///       System.out.println(model.score(text).bitsPerByte());
///       stream.generate(prompt, 400, new Sampler(0.7, 1), System.out);
///     }
///
/// Shared by all threads, each with streams of its own. Closing it ends its use; its memory is
/// freed when its last stream is closed.
public final class LanguageModel implements AutoCloseable {
  /// How many symbols there are: the values of a byte.
  public static final int VOCABULARY = 256;

  private final Embedding embedding;
  private final Model recurrent;
  private final Linear head;

  private LanguageModel(Embedding embedding, Model recurrent, Linear head) {
    this.embedding = embedding;
    this.recurrent = recurrent;
    this.head = head;
  }

  /// Makes a model of a checkpoint with PyTorch's names. All sizes follow from the tensors:
  ///
  /// - `embedding.weight` (256, I)
  /// - `lstm.weight_ih_l0` (4·H, I) and so on, for an LSTM with any number of layers, or
  ///   `gru.weight_ih_l0` (3·H, I) and so on, for a GRU; with biases or without
  /// - `head.weight` (256, H), and `head.bias` (256) if there is one
  ///
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of these; the
  ///   message names it
  /// @throws IllegalStateException if the engine is closed
  public static LanguageModel load(Engine engine, Weights weights) {
    return load(engine, weights, Precision.F32);
  }

  /// The same with recurrent layers in a precision; embedding and head are float32.
  public static LanguageModel load(Engine engine, Weights weights, Precision precision) {
    Objects.requireNonNull(engine, "engine");
    weights.get(
        "embedding.weight",
        VOCABULARY,
        Matrices.columns(Matrices.find(weights, "embedding.weight")));
    Embedding embedding = Embedding.load(weights.under("embedding."));
    Checkpoint checkpoint = Checkpoint.of(weights, embedding.size());
    weights.get("head.weight", VOCABULARY, checkpoint.network().outputSize());
    Model recurrent = engine.compile(checkpoint.network(), checkpoint.recurrent(), precision);
    try {
      return new LanguageModel(embedding, recurrent, Linear.load(engine, weights.under("head.")));
    } catch (RuntimeException | Error e) {
      recurrent.close();
      throw e;
    }
  }

  /// The recurrent part.
  public Network network() {
    return recurrent.network();
  }

  /// A stream that has seen nothing yet: its state is zero.
  ///
  /// @throws IllegalStateException if the model or its engine is closed
  public TextStream newStream() {
    return new TextStream(embedding, recurrent, head);
  }

  /// Measures how well the model predicts a text.
  ///
  /// @param text at least 2 bytes
  /// @throws IllegalArgumentException if the text is too short, or the model's weights give no
  ///   finite numbers
  /// @throws IllegalStateException if the model or its engine is closed
  public Score score(byte[] text) {
    try {
      return score(new ByteArrayInputStream(text), bytes -> {});
    } catch (IOException e) {
      throw new UncheckedIOException("an array cannot fail to be read", e);
    }
  }

  /// Measures how well the model predicts a text of any length: the mean of `-log2 p(byte | all
  /// before)` over all bytes but the first, from a zero state that is carried through.
  ///
  /// @param text read to its end in pieces, not closed; at least 2 bytes
  /// @param progress is told, now and then, how many bytes have been read
  /// @throws IOException if the text cannot be read
  /// @throws IllegalArgumentException if the text is too short, or the model's weights give no
  ///   finite numbers
  /// @throws IllegalStateException if the model or its engine is closed
  public Score score(InputStream text, LongConsumer progress) throws IOException {
    // The byte before, and those that it and they predict.
    byte[] window = new byte[1 + TextStream.MAX_STEPS];
    float[] logits = new float[VOCABULARY];
    int first = text.readNBytes(window, 0, 1);
    double bits = 0;
    long predicted = 0;
    try (TextStream stream = newStream()) {
      int count = text.readNBytes(window, 1, TextStream.MAX_STEPS);
      while (count > 0) {
        MemorySegment all = stream.run(window, 0, count);
        for (int t = 0; t < count; t++) {
          long row = (long) t * VOCABULARY * Float.BYTES;
          MemorySegment.copy(all, ValueLayout.JAVA_FLOAT, row, logits, 0, VOCABULARY);
          bits += Logits.bits(logits, Byte.toUnsignedInt(window[t + 1]));
        }
        predicted += count;
        progress.accept(1 + predicted);
        window[0] = window[count];
        count = text.readNBytes(window, 1, TextStream.MAX_STEPS);
      }
    }
    if (predicted == 0) {
      throw new IllegalArgumentException(
          "the text has length %d, expected at least 2 bytes: the first one is not predicted"
              .formatted(first));
    }
    return new Score(bits / predicted, predicted);
  }

  /// Ends the use of this model. May be called twice.
  @Override
  public void close() {
    try {
      head.close();
    } finally {
      recurrent.close();
    }
  }
}
