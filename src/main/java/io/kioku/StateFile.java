package io.kioku;

import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// How a file holds the states of a network: a tensor for each state if layers are alike, else one
/// for each state and layer, `h_l0`; and the names of the cells.
final class StateFile {
  private static final String CELL = "cell"; // in the file's metadata

  private final StateLayout layout;
  private final List<Part> parts;
  private final String cells;

  /// A state of all layers, or of one.
  private record Part(String tensor, int layer, String state) {}

  StateFile(Network network, StateLayout layout) {
    this.layout = layout;
    this.parts = parts(network);
    this.cells =
        network.isUniform()
            ? network.cell().name()
            : IntStream.range(0, network.layers())
                .mapToObj(layer -> network.layer(layer).cell().name())
                .collect(Collectors.joining(", "));
  }

  private static List<Part> parts(Network network) {
    if (network.isUniform()) {
      return network.cell().states().stream()
          .map(state -> new Part(state, StateLayout.ALL, state))
          .toList();
    }
    List<Part> parts = new ArrayList<>();
    for (int layer = 0; layer < network.layers(); layer++) {
      for (String state : network.layer(layer).cell().states()) {
        parts.add(new Part(state + "_l" + layer, layer, state));
      }
    }
    return parts;
  }

  /// What a file of these rows holds.
  Safetensors of(MemorySegment rows, int batch) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Part part : parts) {
      float[] values = layout.read(part.layer, part.state, rows, batch);
      tensors.put(part.tensor, Tensor.of(values, layout.shape(part.layer, part.state, batch)));
    }
    return new Safetensors(tensors, Map.of(CELL, cells));
  }

  /// Sets rows to what a file holds; says what is wrong if it does not fit, and changes nothing
  /// then.
  Optional<String> take(Safetensors file, MemorySegment rows, int batch) {
    Map<String, Tensor> tensors = file.tensors();
    String cell = file.metadata().get(CELL);
    List<String> names = parts.stream().map(Part::tensor).toList();
    if (!cells.equals(cell) || !tensors.keySet().equals(Set.copyOf(names))) {
      return Optional.of(
          "it holds %s of cell %s, expected %s of cell %s"
              .formatted(Weights.listed(tensors.keySet()), cell, names, cells));
    }
    for (Part part : parts) {
      Tensor tensor = tensors.get(part.tensor);
      if (!Arrays.equals(tensor.shape(), layout.shape(part.layer, part.state, batch))) {
        return Optional.of(
            "state %s is %s, expected float32%s"
                .formatted(part.tensor, tensor, layout.shapeText(part.layer, part.state, batch)));
      }
    }
    try {
      for (Part part : parts) {
        MemorySegment values = MemorySegment.ofArray(tensors.get(part.tensor).toArray());
        layout.checkClock(part.layer, part.state, values, batch);
      }
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
    for (Part part : parts) {
      layout.write(part.layer, part.state, tensors.get(part.tensor).toArray(), rows, batch);
    }
    return Optional.empty();
  }
}
