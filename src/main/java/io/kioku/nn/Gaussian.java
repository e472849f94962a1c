package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Session;
import io.kioku.Weights;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// A normal distribution with independent elements, whose means and logarithms of variances a
/// [Perceptron] and a linear layer for each compute: tensors `0.weight`, …, `mean.weight`,
/// `mean.bias`, `log_variance.weight`, `log_variance.bias`.
final class Gaussian {
  private final Perceptron hidden;
  private final Linear mean;
  private final Linear logVariance;

  /// @param weights its tensors and no others
  /// @param size the elements
  /// @param parts closes what is opened here
  Gaussian(Engine engine, Weights weights, int inputSize, int size, Parts parts) {
    hidden = new Perceptron(engine, weights, inputSize, parts);
    Set<String> names = new HashSet<>(hidden.names());
    names.addAll(List.of("mean.weight", "mean.bias", "log_variance.weight", "log_variance.bias"));
    Matrices.checkNames(weights, names);
    mean = linear(engine, weights, "mean.", size, parts);
    logVariance = linear(engine, weights, "log_variance.", size, parts);
  }

  private Linear linear(Engine engine, Weights weights, String prefix, int size, Parts parts) {
    weights.get(prefix + "weight", size, hidden.outputSize());
    return parts.add(Linear.load(engine, weights.under(prefix)), Linear::close);
  }

  /// The distributions of N vectors side by side.
  ///
  /// @param parts closes what is opened here
  Run newRun(int batch, Parts parts) {
    return new Run(this, batch, parts);
  }

  static final class Run {
    private final Perceptron.Run hidden;
    private final Session meanMap;
    private final Session logVarianceMap;
    private final int batch;
    private final float[] mean;
    private final float[] logVariance;

    private Run(Gaussian gaussian, int batch, Parts parts) {
      this.batch = batch;
      hidden = gaussian.hidden.newRun(batch, parts);
      meanMap = parts.add(gaussian.mean.newSession(batch), Session::close);
      logVarianceMap = parts.add(gaussian.logVariance.newSession(batch), Session::close);
      mean = new float[Math.multiplyExact(batch, gaussian.mean.outputSize())];
      logVariance = mean.clone();
    }

    /// Computes the distributions of (N, in).
    void run(float[] x) {
      float[] y = hidden.run(x);
      meanMap.step(y, mean);
      logVarianceMap.step(y, logVariance);
    }

    /// (N, size), valid until the next run.
    float[] mean() {
      return mean;
    }

    /// (N, size), valid until the next run.
    float[] logVariance() {
      return logVariance;
    }

    /// `mean + exp(log variance / 2) · noise`, with one number for each element, row by row.
    void sample(RandomGenerator random, float[] to) {
      for (int i = 0; i < mean.length; i++) {
        to[i] = (float) (mean[i] + Math.exp(0.5 * logVariance[i]) * random.nextGaussian());
      }
    }

    /// `KL(this || prior)` of a row: `(log v_p - log v_q + (v_q + (m_q - m_p)^2) / v_p - 1) / 2`,
    /// summed over the elements.
    ///
    /// @param prior null for the standard normal distribution
    float divergence(Run prior, int row) {
      int size = mean.length / batch;
      double sum = 0;
      for (int i = row * size; i < (row + 1) * size; i++) {
        double priorLog = prior == null ? 0 : prior.logVariance[i];
        double distance = mean[i] - (prior == null ? 0 : prior.mean[i]);
        double relative = (Math.exp(logVariance[i]) + distance * distance) / Math.exp(priorLog);
        sum += priorLog - logVariance[i] + relative - 1;
      }
      return (float) (0.5 * sum);
    }

    /// The logarithm of a row's density at x (N, size).
    float logDensity(float[] x, int row) {
      int size = mean.length / batch;
      double sum = 0;
      for (int i = row * size; i < (row + 1) * size; i++) {
        double logs = logVariance[i];
        double distance = x[i] - mean[i];
        sum += Math.log(2 * Math.PI) + logs + distance * distance / Math.exp(logs);
      }
      return (float) (-0.5 * sum);
    }
  }
}
