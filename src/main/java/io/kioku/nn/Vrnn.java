package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Weights;
import java.util.Objects;
import java.util.Set;

/// A variational recurrent network: a recurrent network with a random variable z in each step.
/// Chung, Kastner, Dinh, Goel, Courville & Bengio, *A Recurrent Latent Variable Model for Sequential
/// Data*, 2015.
///
///     try (Vrnn vrnn = Vrnn.load(engine, Network.of(Cells.GRU, 128, 256), weights);
///         VrnnSession session = vrnn.newSession(1)) {
///       Inference seen = session.infer(x, random);          // x (T, N, X)
///       Tensor more = session.generate(100, random);        // goes on from there: (100, N, X)
///     }
///
/// With h the last layer's output of the step before, all distributions normal with independent
/// elements, and `[…]` vectors side by side:
///
///     prior       z ~ p(z | h)
///     inference   z ~ q(z | [phi_x(x), h])
///     generation  x ~ p(x | [phi_z(z), h])
///     recurrence  [phi_x(x), phi_z(z)] is what the recurrent network reads
///
/// Shared by all threads, each with sessions of its own. Closing it ends its use; its memory is
/// freed when its last session is closed.
public final class Vrnn implements AutoCloseable {
  private final Parts parts = new Parts("variational network");
  private final int dataSize;
  private final int latentSize;
  private final Perceptron dataFeatures;
  private final Perceptron latentFeatures;
  private final Gaussian prior;
  private final Gaussian encoder;
  private final Gaussian decoder;
  private final Model recurrent;

  private Vrnn(Engine engine, Network network, Weights weights) {
    Matrices.checkPrefixes(
        weights, Set.of("phi_x.", "phi_z.", "prior.", "encoder.", "decoder.", "rnn."));
    Args.oneDirection("network", network);
    dataSize = Matrices.rows(Matrices.find(weights, "decoder.mean.weight"));
    latentSize = Matrices.rows(Matrices.find(weights, "encoder.mean.weight"));
    int h = network.outputSize();
    try {
      dataFeatures = features(engine, weights.under("phi_x."), dataSize);
      latentFeatures = features(engine, weights.under("phi_z."), latentSize);
      int x = dataFeatures.outputSize();
      int z = latentFeatures.outputSize();
      prior = new Gaussian(engine, weights.under("prior."), h, latentSize, parts);
      encoder =
          new Gaussian(engine, weights.under("encoder."), Math.addExact(x, h), latentSize, parts);
      decoder =
          new Gaussian(engine, weights.under("decoder."), Math.addExact(z, h), dataSize, parts);
      if (network.inputSize() != Math.addExact(x, z)) {
        throw new IllegalArgumentException(
            "network has inputSize %d, expected %d: %d of phi_x and %d of phi_z"
                .formatted(network.inputSize(), x + z, x, z));
      }
      recurrent = parts.add(engine.compile(network, weights.under("rnn.")), Model::close);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private Perceptron features(Engine engine, Weights weights, int size) {
    Perceptron features = new Perceptron(engine, weights, size, parts);
    Matrices.checkNames(weights, Set.copyOf(features.names()));
    return features;
  }

  /// Makes a model of named tensors; sizes follow from them. Biases are optional.
  ///
  /// - `phi_x.0.weight`, `phi_x.0.bias`, `phi_x.1.weight`, …: linear layers, a rectifier behind
  ///   each; without any, `phi_x(x) = x`. `phi_z.…` likewise
  /// - `prior.…`, `encoder.…` (that is q) and `decoder.…`: of each `0.weight`, … as above, then
  ///   `mean.weight` and `log_variance.weight`, linear layers for the means and the logarithms of
  ///   the variances
  /// - `rnn.…`: the network's tensors, as `rnn.weight_ih_l0`
  ///
  /// @param network the recurrence: one direction, time first; I is the size of `phi_x` and `phi_z`
  ///   together
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of these, or the
  ///   network does not fit
  /// @throws IllegalStateException if the engine is closed
  public static Vrnn load(Engine engine, Network network, Weights weights) {
    Objects.requireNonNull(engine, "engine");
    return new Vrnn(engine, network, weights);
  }

  /// X, the elements of what is seen or generated in a step.
  public int dataSize() {
    return dataSize;
  }

  /// Z, the elements of the random variable of a step.
  public int latentSize() {
    return latentSize;
  }

  /// A session of N sequences side by side, which have seen nothing yet.
  ///
  /// @param batch N, at least 1
  /// @throws IllegalStateException if this or its engine is closed
  public VrnnSession newSession(int batch) {
    return new VrnnSession(this, batch);
  }

  Parts parts() {
    return parts;
  }

  Perceptron dataFeatures() {
    return dataFeatures;
  }

  Perceptron latentFeatures() {
    return latentFeatures;
  }

  Gaussian prior() {
    return prior;
  }

  Gaussian encoder() {
    return encoder;
  }

  Gaussian decoder() {
    return decoder;
  }

  Model recurrent() {
    return recurrent;
  }

  /// Ends the use of this model. May be called twice.
  @Override
  public void close() {
    parts.close();
  }
}
