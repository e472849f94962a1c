package io.kioku.cli.vad;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/// What was heard in a sound.
///
/// @param rate samples a second
/// @param window samples that one probability is about
/// @param length samples of the sound
/// @param probabilities of speech in each window
/// @param lows the smallest sample of each quarter of a window
/// @param highs the largest
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the arrays
public record SpeechTrack(
    int rate, int window, long length, float[] probabilities, float[] lows, float[] highs) {
  private static final int PARTS = 4;

  /// Listens to a sound up to its end. The last window is filled with silence.
  ///
  /// @param rate samples a second
  /// @param progress is told how many samples were heard
  /// @throws IllegalArgumentException if a sample is no number
  public static SpeechTrack of(
      Samples samples, int rate, SileroListener listener, LongConsumer progress)
      throws IOException {
    float[] chunk = new float[listener.window()];
    FloatList probabilities = new FloatList();
    FloatList lows = new FloatList();
    FloatList highs = new FloatList();
    long length = 0;
    int n;
    do {
      n = samples.read(chunk, 0, chunk.length);
      if (n == 0) {
        break;
      }
      Arrays.fill(chunk, n, chunk.length, 0);
      checkNumbers(chunk, (double) length / rate);
      probabilities.add(listener.hear(chunk));
      for (int part = 0; part < PARTS; part++) {
        addRange(
            chunk, part * chunk.length / PARTS, (part + 1) * chunk.length / PARTS, lows, highs);
      }
      length += n;
      progress.accept(length);
    } while (n == chunk.length);
    return new SpeechTrack(
        rate, chunk.length, length, probabilities.toArray(), lows.toArray(), highs.toArray());
  }

  /// One that is none would silence the model for ever.
  private static void checkNumbers(float[] chunk, double seconds) {
    for (float sample : chunk) {
      if (!Float.isFinite(sample)) {
        throw new IllegalArgumentException(
            "a sample at about %.2f s is %s".formatted(seconds, sample));
      }
    }
  }

  private static void addRange(float[] chunk, int from, int to, FloatList lows, FloatList highs) {
    float low = chunk[from];
    float high = chunk[from];
    for (int i = from + 1; i < to; i++) {
      low = Math.min(low, chunk[i]);
      high = Math.max(high, chunk[i]);
    }
    lows.add(low);
    highs.add(high);
  }

  /// The segments of speech.
  public List<Segment> segments(SpeechRules rules) {
    return Segmenter.segments(probabilities, window, rate, length, rules);
  }

  /// A number of samples in seconds.
  public double seconds(long samples) {
    return (double) samples / rate;
  }

  /// How long segments are together, in seconds.
  public double seconds(List<Segment> segments) {
    return seconds(segments.stream().mapToLong(segment -> segment.end() - segment.start()).sum());
  }
}
