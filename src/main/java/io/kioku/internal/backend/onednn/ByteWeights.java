package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/// A layer's weights as signed bytes, each gate and unit with a factor that makes 127 of its
/// largest weight.
///
/// oneDNN knows one scale of the data and one factor for a row of both matrices, so that weights of
/// `x` are first multiplied by what one unit of `x` is in units of `h`. Then `x` and `h` both use
/// all their bytes, and a row's weights are rounded by no more than the product that contributes
/// most to it; a common scale of `x` and `h` would round the smaller of both more coarsely, and
/// gain nothing.
final class ByteWeights {
  private static final int LARGEST = 127;

  /// Weights below are none: their factor would overflow.
  private static final float SMALLEST = 0x1p-100f;

  private final RnnCell cell;
  private final Parameters parameters;
  private final int hidden;
  private final float ratio;
  private final float[] factors;

  private ByteWeights(LayerSpec spec, RnnCell cell, Parameters parameters) {
    this.cell = cell;
    this.parameters = parameters;
    this.hidden = spec.hidden();
    this.ratio = spec.quantization().inputScale() / spec.quantization().stateScale();
    this.factors = new float[cell.gates() * hidden];
    for (int row = 0; row < factors.length; row++) {
      float input = largest(cell.inputMatrices(), row) * ratio;
      factors[row] =
          LARGEST / Math.max(SMALLEST, Math.max(input, largest(cell.recurrentMatrices(), row)));
    }
  }

  /// Of a layer with scales; empty if a weight or bias is not finite, which bytes cannot be.
  static Optional<ByteWeights> of(LayerSpec spec, RnnCell cell, Parameters parameters) {
    ByteWeights weights = new ByteWeights(spec, cell, parameters);
    for (float factor : weights.factors) {
      if (!(factor > 0)) { // of an infinity or NaN
        return Optional.empty();
      }
    }
    return cell.biases().stream().allMatch(name -> isFinite(parameters.get(name)))
        ? Optional.of(weights)
        : Optional.empty();
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private float largest(List<String> matrices, int row) {
    float[] matrix = parameters.get(matrices.get(row / hidden));
    int columns = matrix.length / hidden;
    int begin = row % hidden * columns;
    float largest = 0;
    for (int k = begin; k < begin + columns; k++) {
      largest = Math.max(largest, Math.abs(matrix[k])); // NaN, if one is
    }
    return largest;
  }

  /// (gates, H).
  MemorySegment factors(Arena arena) {
    return arena.allocateFrom(ValueLayout.JAVA_FLOAT, factors);
  }

  /// (I, gates, H).
  MemorySegment input(Arena arena) {
    return turned(cell.inputMatrices(), ratio, arena);
  }

  /// (H, gates, H).
  MemorySegment recurrent(Arena arena) {
    return turned(cell.recurrentMatrices(), 1, arena);
  }

  private MemorySegment turned(List<String> matrices, float multiplier, Arena arena) {
    int columns = parameters.get(matrices.getFirst()).length / hidden;
    MemorySegment turned = arena.allocate(Math.multiplyExact((long) factors.length, columns));
    for (int row = 0; row < factors.length; row++) {
      float[] matrix = parameters.get(matrices.get(row / hidden));
      for (int k = 0; k < columns; k++) {
        float weight = matrix[row % hidden * columns + k] * multiplier * factors[row];
        turned.set(
            ValueLayout.JAVA_BYTE, (long) k * factors.length + row, (byte) Math.round(weight));
      }
    }
    return turned;
  }
}
