package io.kioku.cli;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxValue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// Makes up values of inputs: floats from -1 to 1, integers and Booleans 0 or 1.
final class RandomInputs {
  private final SplittableRandom random;
  private final Map<String, Long> dims;
  private final Set<String> unused;

  /// @param dims the sizes of open dimensions, by their names, or by input and axis as in `x.0`;
  ///   others are 1
  RandomInputs(long seed, Map<String, Long> dims) {
    this.random = new SplittableRandom(seed);
    this.dims = dims;
    this.unused = new HashSet<>(dims.keySet());
  }

  /// The values of an input.
  ///
  /// @throws UserError if the model declares no type or shape, or it would be too large
  NdArray of(OnnxValue input) {
    if (input.type().isEmpty() || input.shape().isEmpty()) {
      throw new UserError(
          "the model does not declare type and shape of input %s: give it with -i"
              .formatted(input));
    }
    ElementType type = input.type().get().storage();
    List<String> declared = input.shape().get();
    long[] shape = new long[declared.size()];
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = dim(input.name() + "." + axis, declared.get(axis));
    }
    return NdArray.copyOf(type, values(input, type, shape), shape);
  }

  private long dim(String place, String declared) {
    if (declared.matches("\\d+")) {
      return Long.parseLong(declared);
    }
    unused.remove(place);
    unused.remove(declared);
    return dims.getOrDefault(place, dims.getOrDefault(declared, 1L));
  }

  private MemorySegment values(OnnxValue input, ElementType type, long[] shape) {
    MemorySegment data;
    try {
      data = MemorySegment.ofArray(new byte[Math.toIntExact(NdArray.bytes(type, shape))]);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new UserError(
          "input %s cannot have such a size: %s".formatted(input, e.getMessage()), e);
    }
    for (long at = 0; at < data.byteSize(); at += type.bytes()) {
      double value = random.nextDouble(-1, 1);
      switch (type) {
        case FLOAT -> data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) value);
        case DOUBLE -> data.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
        default -> data.set(ValueLayout.JAVA_BYTE, at, (byte) (value < 0 ? 0 : 1)); // little-endian
      }
    }
    return data;
  }

  /// @throws UserError if a size was given that no input has asked for
  void checkAllUsed() {
    if (!unused.isEmpty()) {
      throw new UserError(
          "--dim %s: no input that was made up has it".formatted(String.join(", ", unused)));
    }
  }
}
