package io.kioku.nn;

import io.kioku.format.Tensor;

/// The approximate posteriors of T steps, one after the other.
final class LatentTrace {
  private final int steps;
  private final int batch;
  private final int size;
  private final float[] mean; // (T, N, Z)
  private final float[] logVariance; // (T, N, Z)
  private final float[] divergence; // (T, N)
  private int step;

  LatentTrace(int steps, int batch, int size) {
    this.steps = steps;
    this.batch = batch;
    this.size = size;
    mean = Rows.of(steps, Math.multiplyExact(batch, size));
    logVariance = mean.clone();
    divergence = Rows.of(steps, batch);
  }

  /// @param prior null for the standard normal distribution
  void add(Gaussian.Run posterior, Gaussian.Run prior) {
    int row = batch * size;
    System.arraycopy(posterior.mean(), 0, mean, step * row, row);
    System.arraycopy(posterior.logVariance(), 0, logVariance, step * row, row);
    for (int n = 0; n < batch; n++) {
      divergence[step * batch + n] = posterior.divergence(prior, n);
    }
    step++;
  }

  /// @param output the reconstruction
  /// @param logLikelihood of what was shown
  Inference inference(Tensor output, Tensor logLikelihood) {
    return new Inference(
        Tensor.of(mean, steps, batch, size),
        Tensor.of(logVariance, steps, batch, size),
        Tensor.of(divergence, steps, batch),
        output,
        logLikelihood);
  }
}
