package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Session;
import io.kioku.Weights;
import io.kioku.cell.Cells;
import io.kioku.format.Tensor;
import java.util.Set;

/// An affine map of each vector by itself, `nn.Linear` of PyTorch: `y = weight x + bias`.
///
///     try (Linear head = Linear.load(engine, weights.under("head."));
///         Session session = head.newSession(1)) {
///       session.run(h, logits);                           // h (T, N, in) -> logits (T, N, out)
///     }
///
/// It is the cell [Cells#LINEAR], so it runs as recurrent layers do; T · N vectors are one matrix
/// product. Shared by all threads; closing it ends its use, and frees its memory when its last
/// session is closed.
public final class Linear implements AutoCloseable {
  private final Model model;

  private Linear(Model model) {
    this.model = model;
  }

  /// The map of the tensors `weight` (out, in) and, if there is one, `bias` (out).
  ///
  /// @throws IllegalArgumentException if `weight` is missing or no matrix, `bias` is misshapen,
  ///   there are other tensors, or the engine's backend does not compute it
  /// @throws IllegalStateException if the engine is closed
  public static Linear load(Engine engine, Weights weights) {
    Matrices.checkNames(weights, Set.of("weight", "bias"));
    Tensor weight = Matrices.find(weights, "weight");
    Network network = Network.of(Cells.LINEAR, Matrices.columns(weight), Matrices.rows(weight));
    if (weights.find("bias").isPresent()) {
      weights.get("bias", network.hiddenSize());
    } else {
      network = network.withoutBias();
    }
    Weights named = weights.renamed("weight", "weight_ih_l0").renamed("bias", "bias_ih_l0");
    return new Linear(engine.compile(network, named));
  }

  /// Features of the input.
  public int inputSize() {
    return model.network().inputSize();
  }

  /// Features of the output.
  public int outputSize() {
    return model.network().outputSize();
  }

  /// A session that maps x (T, N, in) to y (T, N, out). Steps do not depend on each other.
  ///
  /// @param batch N, at least 1
  /// @throws IllegalStateException if this or its engine is closed
  public Session newSession(int batch) {
    return model.newSession(batch);
  }

  /// Ends the use of this map. May be called twice.
  @Override
  public void close() {
    model.close();
  }
}
