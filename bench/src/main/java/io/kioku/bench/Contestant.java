package io.kioku.bench;

/// One way to run a chunk of Silero VAD for a batch of streams, with states that go on.
interface Contestant extends AutoCloseable {
  /// Runs the next chunk.
  ///
  /// @param x (N, samples), the samples of the chunk before that the model wants and the new ones
  /// @return the probability of speech of the last stream
  float chunk(float[] x);

  /// All streams' probabilities of the last chunk.
  float[] probabilities();

  @Override
  void close();
}
