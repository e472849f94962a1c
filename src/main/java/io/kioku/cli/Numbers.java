package io.kioku.cli;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxValue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// Values that are written out: a number, or several with commas between them.
final class Numbers {
  private static final Pattern COMMA = Pattern.compile(",");

  private Numbers() {}

  /// The values in the shape that an input declares. 16-bit floats come as float32: a session
  /// rounds them.
  ///
  /// @throws NumberFormatException if they are no numbers
  /// @throws UserError if a number is none of the type, or the input has another shape
  static NdArray array(String text, ElementType type, OnnxValue declared) {
    List<String> numbers = COMMA.splitAsStream(text).map(String::strip).toList();
    ElementType storage = type.storage();
    MemorySegment data = MemorySegment.ofArray(new byte[numbers.size() * storage.bytes()]);
    for (int i = 0; i < numbers.size(); i++) {
      set(data.asSlice((long) i * storage.bytes()), storage, numbers.get(i));
    }
    return NdArray.copyOf(storage, data, shape(numbers.size(), declared));
  }

  /// One number goes wherever one has room; several are a list.
  private static long[] shape(int count, OnnxValue declared) {
    List<String> dims = declared.shape().orElse(count == 1 ? List.of() : List.of("?"));
    long[] shape = new long[dims.size()];
    Arrays.fill(shape, 1);
    if (count > 1 && shape.length > 0) {
      shape[shape.length - 1] = count;
    }
    boolean fits = count == 1 || shape.length > 0;
    for (int axis = 0; axis < shape.length; axis++) {
      String dim = dims.get(axis);
      fits &= !dim.matches("\\d+") || dim.equals(Long.toString(shape[axis]));
    }
    if (!fits) {
      throw new UserError(
          "input %s is given %d number%s: use a file"
              .formatted(declared, count, count == 1 ? "" : "s"));
    }
    return shape;
  }

  private static void set(MemorySegment element, ElementType type, String text) {
    switch (type) {
      case FLOAT -> element.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, Float.parseFloat(text));
      case DOUBLE -> element.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, Double.parseDouble(text));
      case BOOL -> element.set(ValueLayout.JAVA_BYTE, 0, (byte) (bool(text) ? 1 : 0));
      default -> {
        long value = integer(type, text);
        for (int b = 0; b < type.bytes(); b++) { // little-endian
          element.set(ValueLayout.JAVA_BYTE, b, (byte) (value >> (b * Byte.SIZE)));
        }
      }
    }
  }

  private static boolean bool(String text) {
    return switch (text) {
      case "1", "true" -> true;
      case "0", "false" -> false;
      default -> throw new UserError("'%s' is no bool, expected true or false".formatted(text));
    };
  }

  private static long integer(ElementType type, String text) {
    BigDecimal value = new BigDecimal(text);
    int bits = type.bytes() * Byte.SIZE - (type.isUnsigned() ? 0 : 1);
    BigInteger end = BigInteger.ONE.shiftLeft(bits);
    BigDecimal least = new BigDecimal(type.isUnsigned() ? BigInteger.ZERO : end.negate());
    if (value.compareTo(least) < 0
        || value.compareTo(new BigDecimal(end)) >= 0
        || value.stripTrailingZeros().scale() > 0) {
      throw new UserError("'%s' is no %s".formatted(text, type));
    }
    return value.toBigInteger().longValue();
  }
}
