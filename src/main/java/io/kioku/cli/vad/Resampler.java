package io.kioku.cli.vad;

import java.io.IOException;
import java.util.Arrays;

/// Changes the sample rate of a sound: a low-pass filter at 94 % of half the lower rate, a sinc of
/// 24 zero crossings to either side in a Kaiser window, taken at the exact places of the new
/// samples. Down to 16 kHz, it is flat to 6.7 kHz, and 80 dB down from 8.3 kHz on.
public final class Resampler implements Samples {
  private static final int ZERO_CROSSINGS = 24;
  private static final double ROLL_OFF = 0.94;
  private static final double BETA = 8; // of the window: what is stopped is down by 80 dB

  private final Samples source;
  private final int up; // the ratio of the rates in lowest terms
  private final int down;
  private final int half; // of the filter, in samples of the source
  private final float[] filter; // (phase, 2 * half)
  private final float[] window; // of the source; its sample `first` comes at 0
  private long first;
  private int filled;
  private long end = Long.MAX_VALUE; // of the source; unknown before it has come
  private long at; // the source's sample at or before the next new one
  private int phase; // how far behind it, in parts of `up`

  /// @param from the rate of the source
  /// @param to the rate that is wanted
  public Resampler(Samples source, int from, int to) {
    this.source = source;
    int divisor = gcd(from, to);
    up = to / divisor;
    down = from / divisor;
    double cutoff = ROLL_OFF * Math.min(1, (double) to / from); // of half the source's rate
    half = (int) Math.ceil(ZERO_CROSSINGS / cutoff);
    filter = new float[Math.multiplyExact(up, 2 * half)];
    for (int p = 0; p < up; p++) {
      fill(p, cutoff);
    }
    window = new float[Math.max(1 << 14, 4 * half)];
    first = -half;
    filled = half; // silence before the beginning
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  private void fill(int p, double cutoff) {
    double[] values = new double[2 * half];
    double sum = 0;
    for (int k = 0; k < values.length; k++) {
      double distance = k - (half - 1) - (double) p / up;
      values[k] = sinc(cutoff * distance) * kaiser(distance / half);
      sum += values[k];
    }
    for (int k = 0; k < values.length; k++) {
      filter[p * values.length + k] = (float) (values[k] / sum);
    }
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }

  private static double kaiser(double x) {
    return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
  }

  /// The modified Bessel function of the first kind and order 0, by its series.
  private static double bessel(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) {
      term *= x * x / (4.0 * k * k);
      sum += term;
    }
    return sum;
  }

  @Override
  public int read(float[] samples, int from, int count) throws IOException {
    int n = 0;
    while (n < count && advance()) {
      int offset = (int) (at - (half - 1) - first);
      int row = phase * 2 * half;
      float sum = 0;
      for (int k = 0; k < 2 * half; k++) {
        sum += filter[row + k] * window[offset + k];
      }
      samples[from + n++] = sum;
      phase += down % up;
      at += down / up + phase / up;
      phase %= up;
    }
    return n;
  }

  /// Sees to it that all samples around the next new one are there.
  ///
  /// @return whether there is a next one
  private boolean advance() throws IOException {
    while (at + half >= first + filled) {
      if (at >= end) {
        return false;
      }
      int unused = (int) Math.min(filled, at - (half - 1) - first);
      System.arraycopy(window, unused, window, 0, filled - unused);
      first += unused;
      filled -= unused;
      if (end == Long.MAX_VALUE) {
        int n = source.read(window, filled, window.length - filled);
        if (n < window.length - filled) {
          end = first + filled + n;
        }
        filled += n;
      } else { // silence behind the end
        Arrays.fill(window, filled, window.length, 0);
        filled = window.length;
      }
    }
    return at < end;
  }
}
