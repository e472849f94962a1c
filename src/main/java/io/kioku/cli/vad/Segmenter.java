package io.kioku.cli.vad;

import java.util.ArrayList;
import java.util.List;

/// Turns probabilities of speech, one for each window of a sound, into segments: speech begins
/// where the probability reaches the threshold, and ends where it stays below the lower exit
/// threshold for long enough.
///
/// The rules are those of `get_speech_timestamps` in [Silero
/// VAD](https://github.com/snakers4/silero-vad), version 6.
public final class Segmenter {
  /// Pauses that are longer are places to cut segments that become too long.
  private static final int PAUSE_MILLIS = 98;

  private static final long NONE = -1;

  private final SpeechRules rules;
  private final int window;
  private final long minSpeech; // this and the following in samples
  private final long minSilence;
  private final long pad;
  private final double maxSpeech;
  private final double minPause;

  private final List<Segment> segments = new ArrayList<>();
  private final List<Pause> pauses = new ArrayList<>();
  private final float[] probabilities;
  private long start = NONE; // of the segment that is open
  private long silence = NONE; // where it may have ended

  /// Silence within a segment.
  private record Pause(long start, long length) {}

  private Segmenter(float[] probabilities, int window, int rate, SpeechRules rules) {
    this.probabilities = probabilities;
    this.rules = rules;
    this.window = window;
    minSpeech = samples(rate, rules.minSpeechMillis());
    minSilence = samples(rate, rules.minSilenceMillis());
    pad = samples(rate, rules.padMillis());
    maxSpeech = rate * rules.maxSpeechSeconds() - window - 2.0 * pad;
    minPause = rate * PAUSE_MILLIS / 1000.0;
  }

  private static long samples(int rate, int millis) {
    return (long) rate * millis / 1000;
  }

  /// The segments of a sound, in order; they do not overlap.
  ///
  /// @param probabilities of its windows
  /// @param window samples of a window
  /// @param rate samples a second
  /// @param length samples of the sound
  public static List<Segment> segments(
      float[] probabilities, int window, int rate, long length, SpeechRules rules) {
    Segmenter segmenter = new Segmenter(probabilities, window, rate, rules);
    for (int i = 0; i < probabilities.length; i++) {
      segmenter.accept((long) i * window, probabilities[i]);
    }
    if (segmenter.start != NONE && length - segmenter.start > segmenter.minSpeech) {
      segmenter.close(length);
    }
    return segmenter.padded(length);
  }

  /// @param at where the window begins
  private void accept(long at, float probability) {
    boolean isSpeech = probability >= rules.threshold();
    if (isSpeech && silence != NONE) {
      if (at - silence > minPause) {
        pauses.add(new Pause(silence, at - silence));
      }
      silence = NONE;
    }
    if (start == NONE) {
      start = isSpeech ? at : NONE;
    } else if (at - start > maxSpeech && pauses.isEmpty()) {
      close(at);
    } else {
      if (at - start > maxSpeech) {
        cutInLongestPause();
      }
      if (probability < rules.exitThreshold()) {
        fallSilent(at);
      }
    }
  }

  private void cutInLongestPause() {
    Pause longest = pauses.getFirst();
    for (Pause pause : pauses) {
      longest = pause.length() > longest.length() ? pause : longest;
    }
    add(longest.start());
    start = longest.start() + longest.length();
    silence = NONE;
    pauses.clear();
  }

  private void fallSilent(long at) {
    if (silence == NONE) {
      silence = at;
    }
    if (at - silence >= minSilence) {
      if (silence - start > minSpeech) {
        close(silence);
      }
      reset();
    }
  }

  private void close(long end) {
    add(end);
    reset();
  }

  private void reset() {
    start = NONE;
    silence = NONE;
    pauses.clear();
  }

  private void add(long end) {
    int from = (int) (start / window);
    int to = (int) Math.min(Math.ceilDiv(end, window), probabilities.length);
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += probabilities[i];
    }
    segments.add(new Segment(start, end, sum / Math.max(1, to - from)));
  }

  /// Neighbours that are nearer than their padding share what is between them.
  private List<Segment> padded(long length) {
    List<Segment> padded = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      long before = i == 0 ? pad : share(segments.get(i - 1), segment);
      long after = i == segments.size() - 1 ? pad : share(segment, segments.get(i + 1));
      padded.add(
          new Segment(
              Math.max(0, segment.start() - before),
              Math.min(length, segment.end() + after),
              segment.probability()));
    }
    return padded;
  }

  private long share(Segment one, Segment next) {
    long between = next.start() - one.end();
    return between < 2 * pad ? between / 2 : pad;
  }
}
