package io.kioku.cli.vad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {
  private static final int TO = 16_000;

  private static Samples samples(float[] values) {
    int[] at = {0};
    return (samples, from, count) -> {
      int n = Math.min(count, values.length - at[0]);
      System.arraycopy(values, at[0], samples, from, n);
      at[0] += n;
      return n;
    };
  }

  private static float[] resampled(float[] values, int from) throws IOException {
    Resampler resampler = new Resampler(samples(values), from, TO);
    float[] result = new float[2 * (int) ((long) values.length * TO / from) + 100];
    int n = resampler.read(result, 0, result.length);
    assertEquals(0, resampler.read(result, 0, 1));
    return Arrays.copyOf(result, n);
  }

  private static float[] sine(double hertz, int rate, double seconds) {
    float[] values = new float[(int) (seconds * rate)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(2 * Math.PI * hertz * i / rate);
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1000, 8000, 11_025, 12_000, 22_050, 32_000, 44_100, 44_101, 48_000, 96_000, 384_000})
  void whatTheNewRateHoldsIsKept(int rate) throws IOException {
    double hertz = Math.min(0.4 * rate, 1000) * 0.9;
    float[] result = resampled(sine(hertz, rate, 0.5), rate);
    assertEquals(Math.ceilDiv((long) (rate / 2) * TO, rate), result.length);
    float[] expected = sine(hertz, TO, 0.5);
    for (int i = result.length / 4; i < result.length * 3 / 4; i++) { // both ends are cut off
      assertEquals(expected[i], result[i], 5e-4, "sample " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {22_050, 32_000, 44_100, 48_000, 96_000})
  void whatTheNewRateCannotHoldIsGone(int rate) throws IOException {
    for (double hertz : new double[] {8_600, 0.45 * rate}) {
      if (hertz > 8_550) {
        float[] result = resampled(sine(hertz, rate, 0.5), rate);
        for (int i = result.length / 4; i < result.length * 3 / 4; i++) {
          assertEquals(0, result[i], 5e-4, hertz + " Hz, sample " + i);
        }
      }
    }
  }

  @Test
  void piecesOfAnySizeGiveTheSame() throws IOException {
    float[] values = sine(700, 44_100, 2);
    float[] whole = resampled(values, 44_100);
    Resampler resampler = new Resampler(samples(values), 44_100, TO);
    float[] pieces = new float[whole.length];
    int n = 0;
    for (int size = 1; n < whole.length; size = size * 3 % 1009) {
      n += resampler.read(pieces, n, Math.min(size, whole.length - n));
    }
    assertArrayEquals(whole, pieces);
    assertEquals(0, resampler.read(pieces, 0, 1));
  }

  @Test
  void aConstantStaysAndNothingGivesNothing() throws IOException {
    assertEquals(0, resampled(new float[0], 48_000).length);
    assertEquals(1, resampled(new float[1], 48_000).length);
    float[] ones = new float[48_000];
    Arrays.fill(ones, 1);
    float[] result = resampled(ones, 48_000);
    assertEquals(16_000, result.length);
    assertEquals(1, result[8_000], 1e-5);
  }
}
