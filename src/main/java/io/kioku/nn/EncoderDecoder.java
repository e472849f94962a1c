package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Weights;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A recurrent encoder, and a recurrent decoder that writes a sequence while it attends to the
/// encoder's outputs: translation, transcription, whatever turns one sequence into another.
///
///     var layout = new EncoderDecoder.Layout(
///         Network.of(Cells.GRU, 64, 128).bidirectional(),
///         Network.of(Cells.GRU, 64 + 256, 128),
///         Attention.Kind.ADDITIVE,
///         EncoderDecoder.Feeding.CONTEXT);
///     try (Engine engine = Engine.open();
///         EncoderDecoder model = EncoderDecoder.load(engine, layout, weights);
///         SequenceDecoder decoder = model.newDecoder(8, Search.of(START, END, 100).width(5))) {
///       List<List<Hypothesis>> best = decoder.decode(sources);
///     }
///
/// With the encoder's outputs h_j, the decoder's output s_t and the embedding e of the symbol
/// before, a step computes the context c_t and the attentional vector
///
///     a_t = tanh(W [c_t; s_t] + b)      (Luong, Pham & Manning 2015), or
///     a_t = [c_t; s_t]                  if there is no tensor combine.weight,
///
/// from which a linear layer and soft-max make the probabilities of the next symbol. What attends,
/// and what else the decoder is fed, says [Feeding].
///
/// Shared by all threads, each with decoders of its own. Closing it ends its use; its memory is
/// freed when its last decoder is closed.
public final class EncoderDecoder implements AutoCloseable {
  /// What the decoder reads beside the embedding of the symbol before.
  public enum Feeding {
    /// Nothing: `s_t` attends.
    NONE,
    /// The context: `s_(t-1)` attends, the decoder reads `[e; c_t]`. Bahdanau, Cho & Bengio 2015.
    CONTEXT,
    /// The attentional vector of the step before, zero at first: the decoder reads `[e; a_(t-1)]`,
    /// `s_t` attends. Luong, Pham & Manning 2015 call it input feeding.
    ATTENTIONAL
  }

  /// What is put together.
  ///
  /// @param encoder reads the source; time first, may run both ways
  /// @param decoder writes; time first, one direction. Its input has the features of
  ///   `target.weight` and of what is fed
  /// @param attention how the decoder's output and the encoder's are compared
  /// @param feeding what the decoder is fed
  public record Layout(
      Network encoder, Network decoder, Attention.Kind attention, Feeding feeding) {
    /// @throws IllegalArgumentException if a network is batch-first or its cell reads a score, or
    ///   the decoder runs both ways
    public Layout {
      Objects.requireNonNull(attention, "attention");
      Objects.requireNonNull(feeding, "feeding");
      Args.timeFirst("encoder", encoder);
      Args.oneDirection("decoder", decoder);
    }

    /// Features of `[c; s]`.
    int joinedSize() {
      return Math.addExact(encoder.outputSize(), decoder.outputSize());
    }
  }

  private static final Set<String> PREFIXES =
      Set.of(
          "source.",
          "encoder.",
          "bridge.",
          "target.",
          "decoder.",
          "attention.",
          "combine.",
          "head.");

  private final Parts parts = new Parts("encoder-decoder");
  private final Layout layout;
  private final Embedding source; // null: there is none
  private final Embedding target;
  private final Linear bridge; // null: the encoder's last state is taken over
  private final Linear combine; // null: [c; s] as it is
  private final Head head;
  private final Attention attention;
  private final Model encoder;
  private final Model decoder;

  private EncoderDecoder(Engine engine, Layout layout, Weights weights) {
    this.layout = layout;
    Matrices.checkPrefixes(weights, PREFIXES);
    try {
      source = has(weights, "source.") ? Embedding.load(weights.under("source.")) : null;
      target = Embedding.load(weights.under("target."));
      combine = linear(engine, weights, "combine.", layout.joinedSize()).orElse(null);
      checkInputs();
      weights.get("head.weight", target.entries(), attentionalSize());
      head = parts.add(Head.load(engine, weights.under("head.")), Head::close);
      bridge = linear(engine, weights, "bridge.", layout.encoder().outputSize()).orElse(null);
      Bridge.check(layout, bridge);
      attention = parts.add(attention(engine, layout, weights), Attention::close);
      encoder =
          parts.add(engine.compile(layout.encoder(), weights.under("encoder.")), Model::close);
      decoder =
          parts.add(engine.compile(layout.decoder(), weights.under("decoder.")), Model::close);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  /// Makes a model of named tensors. With E any size of an embedding, V the target's symbols, M the
  /// features of the encoder's output and H those of the decoder's:
  ///
  /// - `encoder.…` and `decoder.…`: the networks' tensors, as `encoder.weight_ih_l0`
  /// - `attention.…`: what the [kind of attention][Attention.Kind] needs, for queries of size H
  /// - `target.weight` (V, E): the embedding of the symbols that are written
  /// - `head.weight` (V, A) and optionally `head.bias` (V), where A is the size of `a_t`
  /// - optionally `combine.weight` (A, M + H) and `combine.bias` (A); without, A is M + H
  /// - optionally `source.weight` (symbols, I): the embedding of sources that are symbols
  /// - optionally `bridge.weight` (layers · H, M) and `bridge.bias` (layers · H): the decoder
  ///   begins with `h = tanh(W h + b)` of the encoder's last h, in its top layer, of both
  ///   directions side by side; other states are zero. Without, it takes over the encoder's last
  ///   states layer by layer, and cells and layers must be the same and M must be H
  ///
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of these, or the
  ///   layout's sizes do not fit; the message says what was expected
  /// @throws IllegalStateException if the engine is closed
  public static EncoderDecoder load(Engine engine, Layout layout, Weights weights) {
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(layout, "layout");
    return new EncoderDecoder(engine, layout, weights);
  }

  private static Attention attention(Engine engine, Layout layout, Weights weights) {
    return Attention.load(
        engine,
        layout.attention(),
        layout.decoder().outputSize(),
        layout.encoder().outputSize(),
        weights.under("attention."));
  }

  private static boolean has(Weights weights, String prefix) {
    return weights.names().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private Optional<Linear> linear(Engine engine, Weights weights, String prefix, int columns) {
    if (!has(weights, prefix)) {
      return Optional.empty();
    }
    String name = prefix + "weight";
    weights.get(name, Matrices.rows(Matrices.find(weights, name)), columns);
    return Optional.of(parts.add(Linear.load(engine, weights.under(prefix)), Linear::close));
  }

  private void checkInputs() {
    if (source != null && source.size() != layout.encoder().inputSize()) {
      throw new IllegalArgumentException(
          "encoder has inputSize %d, expected %d, the columns of source.weight"
              .formatted(layout.encoder().inputSize(), source.size()));
    }
    int expected = Math.addExact(target.size(), fedSize());
    if (layout.decoder().inputSize() != expected) {
      throw new IllegalArgumentException(
          "decoder has inputSize %d, expected %d: %d columns of target.weight and %d of feeding %s"
              .formatted(
                  layout.decoder().inputSize(),
                  expected,
                  target.size(),
                  fedSize(),
                  layout.feeding()));
    }
  }

  /// Features of what the decoder reads beside the embedding.
  int fedSize() {
    return switch (layout.feeding()) {
      case NONE -> 0;
      case CONTEXT -> layout.encoder().outputSize();
      case ATTENTIONAL -> attentionalSize();
    };
  }

  /// Features of `a_t`.
  int attentionalSize() {
    return combine == null ? layout.joinedSize() : combine.outputSize();
  }

  /// What was put together.
  public Layout layout() {
    return layout;
  }

  /// V, the symbols that can be written.
  public int vocabulary() {
    return target.entries();
  }

  /// A decoder of N sources side by side.
  ///
  /// @param batch N, at least 1
  /// @throws IllegalArgumentException if the search's symbols are none of the model's
  /// @throws IllegalStateException if the model or its engine is closed
  public SequenceDecoder newDecoder(int batch, Search search) {
    return new SequenceDecoder(this, batch, search);
  }

  Parts parts() {
    return parts;
  }

  Optional<Embedding> source() {
    return Optional.ofNullable(source);
  }

  Embedding target() {
    return target;
  }

  Optional<Linear> bridge() {
    return Optional.ofNullable(bridge);
  }

  Optional<Linear> combine() {
    return Optional.ofNullable(combine);
  }

  Head head() {
    return head;
  }

  Attention attention() {
    return attention;
  }

  Model encoder() {
    return encoder;
  }

  Model decoder() {
    return decoder;
  }

  /// Ends the use of this model. May be called twice.
  @Override
  public void close() {
    parts.close();
  }
}
