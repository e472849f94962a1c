package io.kioku.cli.vad;

import java.io.IOException;

/// Samples of one channel, one after the other.
@FunctionalInterface
public interface Samples {
  /// Reads on.
  ///
  /// @param samples where they go
  /// @param from the first place
  /// @param count how many at most
  /// @return how many there were; fewer than the count at the end only
  int read(float[] samples, int from, int count) throws IOException;
}
