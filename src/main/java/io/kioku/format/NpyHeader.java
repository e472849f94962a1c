package io.kioku.format;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// What the header of an `.npy` file says: a Python dictionary with the element type, the order of
/// the elements and the shape.
///
/// @param order of the bytes of an element
/// @param isFortran whether the first dimension varies fastest
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the array
record NpyHeader(ElementType type, ByteOrder order, boolean isFortran, long[] shape) {
  private static final Set<String> KEYS = Set.of("descr", "fortran_order", "shape");

  // None of these patterns goes back where it was: a hostile header costs no more than its length.
  private static final Pattern ITEM =
      Pattern.compile(
          "\\G\\s*+'(\\w++)'\\s*+:\\s*+(?:'([^']*+)'|(?=[TF])(\\w++)|\\(\\s*+([^()]*+)\\))\\s*+(?:,|(?=\\}))");

  private static final Pattern DIM = // Python 2 wrote an L behind it
      Pattern.compile("\\G(\\d++)L?+\\s*+(?:,\\s*+|$)");

  /// Parses the dictionary.
  ///
  /// @throws FormatException if it is not what NumPy writes, or the element type is none of
  ///   [ElementType]
  static NpyHeader parse(String text, String source) throws FormatException {
    try {
      Map<String, String> items = items(text.strip().replace('"', '\''));
      String descr = items.get("descr");
      return new NpyHeader(
          type(descr),
          descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
          bool(items.get("fortran_order")),
          shape(items.get("shape")));
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          source, "%s, in the header %s".formatted(e.getMessage(), text.strip()), e);
    }
  }

  private static Map<String, String> items(String text) {
    Map<String, String> items = new HashMap<>();
    int at = text.startsWith("{") ? 1 : 0;
    for (Matcher item = ITEM.matcher(text).region(at, text.length());
        item.find();
        at = item.end()) {
      String value =
          item.group(2) != null
              ? item.group(2)
              : item.group(3) != null ? item.group(3) : item.group(4);
      items.put(item.group(1), value);
    }
    if (!items.keySet().equals(KEYS) || !text.substring(at).strip().equals("}")) {
      throw new IllegalArgumentException(
          "expected {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } or the like");
    }
    return items;
  }

  private static ElementType type(String descr) {
    String code = descr.matches("[<>|=].*") ? descr.substring(1) : descr;
    for (ElementType type : ElementType.values()) {
      if (type != ElementType.BFLOAT16 && code(type).equals(code)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "elements of NumPy's type '%s', expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 or f8"
            .formatted(descr));
  }

  private static boolean bool(String text) {
    if (!text.equals("True") && !text.equals("False")) {
      throw new IllegalArgumentException("expected True or False, got " + text);
    }
    return text.equals("True");
  }

  private static long[] shape(String tuple) {
    LongStream.Builder dims = LongStream.builder();
    int end = 0;
    for (Matcher dim = DIM.matcher(tuple); dim.find(); end = dim.end()) {
      dims.add(Long.parseLong(dim.group(1))); // too large: a NumberFormatException
    }
    if (end < tuple.length()) {
      throw new IllegalArgumentException("expected a shape, got (%s)".formatted(tuple));
    }
    return dims.build().toArray();
  }

  /// The dictionary of an array that NdArray holds: row-major and little-endian.
  ///
  /// @throws IllegalArgumentException if NumPy has no such element type
  static String text(NdArray array) {
    ElementType type = array.type();
    if (type == ElementType.BFLOAT16) {
      throw new IllegalArgumentException("NumPy has no bfloat16; cast it to float first");
    }
    long[] shape = array.shape();
    String dims = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "{'descr': '%s%s', 'fortran_order': False, 'shape': (%s%s), }"
        .formatted(type.bytes() == 1 ? "|" : "<", code(type), dims, shape.length == 1 ? "," : "");
  }

  /// NumPy's code of a type, such as `f4`.
  private static String code(ElementType type) {
    String kind =
        type == ElementType.BOOL ? "b" : type.isReal() ? "f" : type.isUnsigned() ? "u" : "i";
    return kind + type.bytes();
  }
}
