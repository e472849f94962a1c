package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model of one node and its inputs, for a comparison with ONNX Runtime.
public final class NodeCase {
  /// How far a float16 that is computed in float32 may be from one that is not.
  private static final double FLOAT16_TOLERANCE = 2e-3;

  private final TinyModel model;
  private final Map<String, NdArray> inputs = new LinkedHashMap<>();
  private final List<String> names = new ArrayList<>();
  private String text = "";
  private boolean isOpen;

  /// @param version of ONNX's operator set
  public NodeCase(int version) {
    model = new TinyModel(version);
  }

  /// Declares the dimensions of the inputs that follow as open, those of one size by one name.
  public NodeCase open() {
    isOpen = true;
    return this;
  }

  private long[] declared(NdArray value) {
    long[] dims = value.shape();
    return isOpen ? Arrays.stream(dims).map(dim -> -1 - dim).toArray() : dims;
  }

  /// The next input of the node; null: it is left out.
  public NodeCase input(NdArray value) {
    if (value == null) {
      names.add("");
      return this;
    }
    String name = "x" + names.size();
    if (isForeign(value.type())) {
      NdArray longs = longs(value);
      model.input(name, longs.type(), declared(longs));
      model.node("Cast", List.of(name), List.of(name + "_cast"), Map.of("to", value.type().code()));
      inputs.put(name, longs);
      names.add(name + "_cast");
    } else {
      model.input(name, value.type(), declared(value));
      inputs.put(name, value);
      names.add(name);
    }
    text += " " + value;
    return this;
  }

  /// An input that the file gives.
  public NodeCase constant(NdArray value) {
    String name = "x" + names.size();
    model.constant(name, value);
    names.add(name);
    text += " constant " + value;
    return this;
  }

  private static boolean isForeign(ElementType type) {
    return type.isUnsigned() && type != ElementType.UINT8;
  }

  private static NdArray longs(NdArray value) {
    long[] longs = new long[Math.toIntExact(value.size())];
    for (int i = 0; i < longs.length; i++) {
      longs[i] = value.integer(i);
    }
    return NdArray.of(longs, value.shape());
  }

  /// The node.
  ///
  /// @param operator with its domain, unless it is ONNX's own
  /// @param results the outputs' types
  public NodeCase node(String operator, Map<String, Object> attributes, ElementType... results) {
    text = operator + attributes + text;
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      outputs.add("y" + i);
    }
    int dot = operator.lastIndexOf('.');
    String domain = dot < 0 ? "" : operator.substring(0, dot);
    model.node(domain, operator.substring(dot + 1), names, outputs, attributes);
    for (int i = 0; i < results.length; i++) {
      if (isForeign(results[i])) {
        model.node("Cast", List.of("y" + i), List.of("z" + i), Map.of("to", 7));
      }
      model.output(isForeign(results[i]) ? "z" + i : "y" + i);
    }
    return this;
  }

  /// Compares the outputs.
  ///
  /// @param tolerance of floats: absolute, and relative to larger ones
  /// @return false if ONNX Runtime does not take the model
  public boolean check(double tolerance) throws OrtException {
    Optional<Map<String, NdArray>> expected = Oracle.expected(model, inputs);
    if (expected.isEmpty()) {
      return false;
    }
    Map<String, NdArray> actual = Oracle.actual(model, inputs);
    expected.get().forEach((name, value) -> compare(value, actual.get(name), tolerance));
    return true;
  }

  /// Loads and runs it.
  ///
  /// @return false if it is refused
  /// @throws AssertionError if it fails otherwise
  public boolean runs() {
    try {
      Oracle.actual(model, inputs);
      return true;
    } catch (OnnxException e) {
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(text, e);
    }
  }

  private void compare(NdArray expected, NdArray actual, double tolerance) {
    assertEquals(expected.type(), actual.type(), text);
    assertArrayEquals(expected.shape(), actual.shape(), text);
    double allowed =
        expected.type() == ElementType.FLOAT16 ? Math.max(tolerance, FLOAT16_TOLERANCE) : tolerance;
    for (long i = 0; i < expected.size(); i++) {
      if (expected.type().isReal()) {
        double e = expected.real(i);
        double a = actual.real(i);
        boolean same = e == a || (Double.isNaN(e) && Double.isNaN(a));
        boolean near = Math.abs(e - a) <= allowed * Math.max(1, Math.abs(e));
        assertTrue(same || near, "%s [%d] is %s, expected %s".formatted(described(i), i, a, e));
      } else {
        assertEquals(expected.integer(i), actual.integer(i), "%s [%d]".formatted(described(i), i));
      }
    }
  }

  private String described(long i) {
    StringBuilder values = new StringBuilder(text);
    for (NdArray input : inputs.values()) {
      if (i < input.size()) {
        values.append(' ').append(input.type().isReal() ? input.real(i) : input.integer(i));
      }
    }
    return values.toString();
  }
}
