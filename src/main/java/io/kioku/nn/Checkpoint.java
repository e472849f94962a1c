package io.kioku.nn;

import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What a language model's tensors say about its network. Names and layout are those of a PyTorch
/// module with `embedding`, `lstm` or `gru`, and `head`.
///
/// @param network the recurrent part
/// @param recurrent its tensors
record Checkpoint(Network network, Weights recurrent) {
  private static final Map<String, Cell> CELLS = Map.of("lstm.", Cells.LSTM, "gru.", Cells.GRU);
  private static final List<String> OTHERS = List.of("embedding.", "head.");
  private static final Pattern LAYER = Pattern.compile("weight_ih_l\\d+");

  /// @param inputSize the size of the embedding's vectors
  /// @throws IllegalArgumentException if the tensors are no such model's
  static Checkpoint of(Weights weights, int inputSize) {
    String prefix = prefix(weights);
    Weights recurrent = weights.under(prefix);
    int hiddenSize = Matrices.columns(Matrices.find(recurrent, "weight_hh_l0"));
    // The number of layers is how many there are, so that one that is missing in between is missed
    // below.
    long layers = recurrent.names().stream().filter(LAYER.asMatchPredicate()).count();
    Network network =
        Network.of(CELLS.get(prefix), inputSize, hiddenSize)
            .layers(Math.toIntExact(Math.max(1, layers)));
    if (recurrent.find("bias_ih_l0").isEmpty()) {
      network = network.withoutBias();
    }
    return new Checkpoint(network, recurrent);
  }

  /// The one of the prefixes that there is.
  private static String prefix(Weights weights) {
    List<String> found =
        CELLS.keySet().stream()
            .filter(p -> weights.names().stream().anyMatch(name -> name.startsWith(p)))
            .toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "%s: %s, expected a recurrent layer's tensors under lstm. or under gru."
              .formatted(weights, found.isEmpty() ? "there are none" : "there are both"));
    }
    String prefix = found.getFirst();
    for (String name : weights.names()) {
      if (!name.startsWith(prefix) && OTHERS.stream().noneMatch(name::startsWith)) {
        throw new IllegalArgumentException(
            "%s: unexpected tensor %s, expected embedding., %s and head."
                .formatted(weights, name, prefix));
      }
    }
    return prefix;
  }
}
