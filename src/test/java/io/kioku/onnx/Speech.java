package io.kioku.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/// Speech by espeak-ng with noise and silence.
public final class Speech {
  private static final int HEADER = 44;
  private static final int ESPEAK_RATE = 22_050;

  private static final String TEXT =
      "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my"
          + " purse, and nothing particular to interest me on shore, I thought I would sail about a little"
          + " and see the watery part of the world.";

  private Speech() {}

  /// Some seconds of speech, of silence, of noise, and of speech in noise.
  ///
  /// @param rate samples a second
  public static float[] samples(int rate) throws IOException {
    float[] speech = resampled(espeak(TEXT), rate);
    float[] all = new float[2 * speech.length + 4 * rate];
    SplittableRandom random = new SplittableRandom(1);
    System.arraycopy(speech, 0, all, 0, speech.length);
    int noise = speech.length + 2 * rate; // before it there is silence
    System.arraycopy(speech, 0, all, noise + 2 * rate, speech.length);
    for (int i = noise; i < all.length; i++) {
      all[i] += 0.02f * (float) random.nextGaussian();
    }
    return all;
  }

  private static short[] espeak(String text) throws IOException {
    Process process =
        new ProcessBuilder(Needs.program("espeak-ng").toString(), "--stdout", text)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    byte[] wav = process.getInputStream().readAllBytes();
    short[] samples = new short[(wav.length - HEADER) / Short.BYTES];
    ByteBuffer.wrap(wav, HEADER, samples.length * Short.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asShortBuffer()
        .get(samples);
    return samples;
  }

  /// Linear interpolation: the models need something like speech, not fidelity.
  private static float[] resampled(short[] samples, int rate) {
    int length = (int) ((samples.length - 1L) * rate / ESPEAK_RATE);
    float[] result = new float[length];
    for (int i = 0; i < length; i++) {
      double at = (double) i * ESPEAK_RATE / rate;
      int before = (int) at;
      double part = at - before;
      result[i] = (float) (((1 - part) * samples[before] + part * samples[before + 1]) / 32_768);
    }
    return result;
  }
}
