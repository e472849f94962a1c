package io.kioku.nn;

/// DRAW's grid of N · N Gaussian filters over an image of B rows and A columns: equations 19 to 27
/// of Gregor et al. 2015. Pixels and filters are counted from 1, as there.
final class FilterGrid {
  /// What places a grid: `g_X, g_Y, log variance, log stride, log intensity`.
  static final int PARAMETERS = 5;

  private final int side;
  private final int height;
  private final int width;
  private final double[] across; // F_X (N, A)
  private final double[] down; // F_Y (N, B)
  private final double[] between; // (N, A)
  private double intensity;

  FilterGrid(int side, int height, int width) {
    this.side = side;
    this.height = height;
    this.width = width;
    across = new double[Math.multiplyExact(side, width)];
    down = new double[Math.multiplyExact(side, height)];
    between = new double[across.length];
  }

  /// The side of a square of that many values, rounded.
  static int side(int values) {
    return (int) Math.round(Math.sqrt(values));
  }

  /// Places the grid.
  ///
  /// @param p its parameters
  /// @param from where they begin
  void place(float[] p, int from) {
    double variance = Math.exp(p[from + 2]);
    // With one filter there is no stride, and the paper's formula divides by zero.
    double gaps = Math.max(1, side - 1);
    double stride = (Math.max(width, height) - 1) / gaps * Math.exp(p[from + 3]);
    intensity = Math.exp(p[from + 4]);
    fill(across, width, (width + 1) / 2.0 * (p[from] + 1), stride, variance);
    fill(down, height, (height + 1) / 2.0 * (p[from + 1] + 1), stride, variance);
  }

  /// Each filter is `exp(-(a - mu)^2 / (2 variance))` over the pixels, with a sum of 1.
  private void fill(double[] filters, int pixels, double centre, double stride, double variance) {
    for (int i = 1; i <= side; i++) {
      int row = (i - 1) * pixels;
      double mu = centre + (i - side / 2.0 - 0.5) * stride;
      // Relative to the nearest pixel, so that a filter outside the image does not divide by zero.
      double nearest = Math.clamp(Math.rint(mu), 1, pixels) - mu;
      double sum = 0;
      for (int a = 1; a <= pixels; a++) {
        double excess = (a - mu) * (a - mu) - nearest * nearest;
        filters[row + a - 1] = Math.exp(-excess / (2 * Math.max(variance, Double.MIN_NORMAL)));
        sum += filters[row + a - 1];
      }
      for (int a = 0; a < pixels; a++) {
        filters[row + a] /= sum;
      }
    }
  }

  /// `intensity · F_Y image F_X^T`.
  ///
  /// @param image (B, A) at a place in an array
  /// @param patch becomes (N, N) at a place in an array
  void read(float[] image, int imageFrom, float[] patch, int patchFrom) {
    for (int i = 0; i < side; i++) {
      for (int a = 0; a < width; a++) {
        double sum = 0;
        for (int b = 0; b < height; b++) {
          sum += down[i * height + b] * image[imageFrom + b * width + a];
        }
        between[i * width + a] = sum;
      }
      for (int j = 0; j < side; j++) {
        double sum = 0;
        for (int a = 0; a < width; a++) {
          sum += between[i * width + a] * across[j * width + a];
        }
        patch[patchFrom + i * side + j] = (float) (intensity * sum);
      }
    }
  }

  /// Adds `F_Y^T patch F_X / intensity` to an image.
  ///
  /// @param patch (N, N) at a place in an array
  /// @param image (B, A) at a place in an array
  void write(float[] patch, int patchFrom, float[] image, int imageFrom) {
    for (int i = 0; i < side; i++) {
      for (int a = 0; a < width; a++) {
        double sum = 0;
        for (int j = 0; j < side; j++) {
          sum += patch[patchFrom + i * side + j] * across[j * width + a];
        }
        between[i * width + a] = sum;
      }
    }
    for (int b = 0; b < height; b++) {
      for (int a = 0; a < width; a++) {
        double sum = 0;
        for (int i = 0; i < side; i++) {
          sum += down[i * height + b] * between[i * width + a];
        }
        image[imageFrom + b * width + a] += (float) (sum / intensity);
      }
    }
  }
}
