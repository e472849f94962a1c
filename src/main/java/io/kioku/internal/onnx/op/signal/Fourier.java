package io.kioku.internal.onnx.op.signal;

import java.util.Arrays;

/// The discrete Fourier transform of n complex numbers, in place: for powers of two by halving, for
/// other n as a convolution with a chirp (Bluestein, 1970), which takes a power of two above 2 n.
final class Fourier {
  private final int n;
  private final double[] cos; // of 2 pi k / n
  private final double[] sin;
  private final Fourier inner; // null: n is a power of two
  private double[] chirpRe;
  private double[] chirpIm;
  private double[] filterRe; // the transformed conjugate chirp
  private double[] filterIm;
  private double[] workRe;
  private double[] workIm;

  Fourier(int n) {
    this.n = n;
    boolean isPower = Integer.bitCount(n) == 1;
    cos = new double[isPower ? n : 0];
    sin = new double[cos.length];
    for (int k = 0; k < cos.length; k++) {
      cos[k] = Math.cos(2 * Math.PI * k / n);
      sin[k] = Math.sin(2 * Math.PI * k / n);
    }
    inner = isPower ? null : new Fourier(Integer.highestOneBit(Math.multiplyExact(n, 2)) * 2);
    if (!isPower) {
      chirp();
    }
  }

  private void chirp() {
    int m = inner.n;
    chirpRe = new double[n];
    chirpIm = new double[n];
    filterRe = new double[m];
    filterIm = new double[m];
    workRe = new double[m];
    workIm = new double[m];
    for (int k = 0; k < n; k++) {
      double angle = Math.PI * ((long) k * k % (2L * n)) / n; // k * k / n has lost its digits
      chirpRe[k] = Math.cos(angle);
      chirpIm[k] = -Math.sin(angle);
      filterRe[k] = chirpRe[k];
      filterIm[k] = -chirpIm[k];
      if (k > 0) {
        filterRe[m - k] = filterRe[k];
        filterIm[m - k] = filterIm[k];
      }
    }
    inner.forward(filterRe, filterIm);
  }

  /// `X_k = sum_t x_t exp(-2 pi i k t / n)`.
  void forward(double[] re, double[] im) {
    if (inner == null) {
      halving(re, im);
    } else {
      bluestein(re, im);
    }
  }

  /// `x_t = sum_k X_k exp(2 pi i k t / n)`, not divided by n.
  void backward(double[] re, double[] im) {
    forward(im, re); // real and imaginary part changed is the conjugate, turned by a quarter
  }

  private void halving(double[] re, double[] im) {
    for (int i = 1, j = 0; i < n; i++) {
      int bit = n >> 1;
      for (; (j & bit) != 0; bit >>= 1) {
        j ^= bit;
      }
      j ^= bit;
      if (i < j) {
        swap(re, i, j);
        swap(im, i, j);
      }
    }
    for (int half = 1; half < n; half *= 2) {
      int step = n / (2 * half);
      for (int first = 0; first < n; first += 2 * half) {
        for (int k = 0; k < half; k++) {
          int a = first + k;
          int b = a + half;
          double c = cos[k * step];
          double s = sin[k * step];
          double x = re[b] * c + im[b] * s;
          double y = im[b] * c - re[b] * s;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  }

  private static void swap(double[] values, int i, int j) {
    double value = values[i];
    values[i] = values[j];
    values[j] = value;
  }

  private void bluestein(double[] re, double[] im) {
    int m = inner.n;
    Arrays.fill(workRe, 0);
    Arrays.fill(workIm, 0);
    for (int k = 0; k < n; k++) {
      workRe[k] = re[k] * chirpRe[k] - im[k] * chirpIm[k];
      workIm[k] = re[k] * chirpIm[k] + im[k] * chirpRe[k];
    }
    inner.forward(workRe, workIm);
    for (int k = 0; k < m; k++) {
      double x = workRe[k] * filterRe[k] - workIm[k] * filterIm[k];
      workIm[k] = workRe[k] * filterIm[k] + workIm[k] * filterRe[k];
      workRe[k] = x;
    }
    inner.backward(workRe, workIm);
    for (int k = 0; k < n; k++) {
      double x = workRe[k] / m;
      double y = workIm[k] / m;
      re[k] = x * chirpRe[k] - y * chirpIm[k];
      im[k] = x * chirpIm[k] + y * chirpRe[k];
    }
  }
}
