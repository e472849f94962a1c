package io.kioku.nn;

import io.kioku.Session;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Turns sources into sequences with an [EncoderDecoder], N sources at a time.
///
///     List<List<Hypothesis>> found = decoder.decode(new int[][] {{4, 8, 15}, {16, 23}});
///     List<Integer> first = found.get(0).getFirst().symbols();
///
/// A source is encoded once, whatever the width of the search: its beams are rows of one batch, and
/// a beam that goes on from another one takes a copy of that one's row of the state. Sources may have
/// different lengths; what stands behind a source's end has no influence.
///
/// May move between threads but serves one caller at a time; a second one gets an
/// [IllegalStateException]. Nothing is kept from call to call. A decoder that is open keeps its
/// model's memory.
public final class SequenceDecoder implements AutoCloseable {
  private final EncoderDecoder model;
  private final int batch;
  private final Search search;
  private final Guard guard;
  private final Session encoder;
  private final Bridge bridge;
  private final DecoderStep step;

  SequenceDecoder(EncoderDecoder model, int batch, Search search) {
    this.model = model;
    this.batch = Args.positive("batch", batch);
    this.search = search;
    Args.symbol("start", search.start(), model.vocabulary());
    Args.symbol("end", search.end(), model.vocabulary());
    this.guard = new Guard("sequence decoder", model.parts());
    try {
      encoder = guard.parts().add(model.encoder().newSession(batch), Session::close);
      bridge = new Bridge(model, batch, guard.parts());
      step = new DecoderStep(model, batch, search.width(), guard.parts());
    } catch (RuntimeException | Error e) {
      guard.close();
      throw e;
    }
  }

  /// Decodes sources that are symbols.
  ///
  /// @param sources N of them, each with at least one symbol
  /// @return what was found for each source, the best first: `width` hypotheses, or fewer if there
  ///   are not so many sequences
  /// @throws IllegalArgumentException if there are not N sources, one is empty, the model has no
  ///   `source.weight`, or its weights give no finite numbers
  /// @throws IndexOutOfBoundsException if the source's embedding lacks a symbol
  /// @throws IllegalStateException if the decoder, its model or engine is closed, or the decoder is
  ///   in use
  public List<List<Hypothesis>> decode(int[][] sources) {
    Embedding embedding =
        model
            .source()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the model has no tensor source.weight, expected sources as features (S, N, I)"));
    if (sources.length != batch) {
      throw new IllegalArgumentException(
          "%d sources, expected %d".formatted(sources.length, batch));
    }
    int[] lengths = Arrays.stream(sources).mapToInt(s -> s.length).toArray();
    int steps = Arrays.stream(lengths).max().orElseThrow();
    Args.lengths(lengths, batch, 1, Math.max(1, steps));
    float[] x = new float[Math.multiplyExact(steps * batch, embedding.size())];
    for (int n = 0; n < batch; n++) {
      for (int s = 0; s < lengths[n]; s++) {
        embedding.lookup(sources[n][s], MemorySegment.ofArray(x), (long) s * batch + n);
      }
    }
    return decode(x, lengths);
  }

  /// Decodes sources that are features.
  ///
  /// @param x (S, N, I); S may differ from call to call
  /// @param lengths the steps of each source, from 1 to S; null if all have S
  /// @return what was found for each source, the best first
  /// @throws IllegalArgumentException if a size or length is wrong, or the model's weights give no
  ///   finite numbers
  /// @throws IllegalStateException if the decoder, its model or engine is closed, or the decoder is
  ///   in use
  public List<List<Hypothesis>> decode(float[] x, int[] lengths) {
    guard.enter();
    try {
      int steps = Args.steps("x", x.length, "N · I", batch, model.layout().encoder().inputSize());
      boolean[] mask = null;
      if (lengths != null) {
        Args.lengths(lengths, batch, 1, steps);
        mask = Attention.mask(lengths, steps);
      }
      int width = model.layout().encoder().outputSize();
      float[] memory = new float[Math.multiplyExact(steps * batch, width)];
      encoder.state().clear();
      encoder.run(x, memory, lengths);
      step.begin(memory, mask, bridge.start(encoder.state()));
      return search();
    } finally {
      guard.exit();
    }
  }

  private List<List<Hypothesis>> search() {
    BeamSearch beams = new BeamSearch(search, batch, model.vocabulary());
    while (beams.isAlive()) {
      beams.advance(step.run(beams.symbols()));
      step.move(beams.parents());
    }
    return beams.ranked();
  }

  /// Ends the use of this decoder and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the decoder is in use
  @Override
  public void close() {
    guard.close();
  }
}
