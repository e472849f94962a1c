package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;
import java.util.List;

/// What is known of a node's inputs, and where the operator says what that makes of its outputs.
/// Dimensions below 0 are unknown; equal ones below -1 are the same one.
public interface Inference {
  /// The number of inputs, those left out at the end not counted.
  int inputs();

  /// The number of outputs.
  int outputs();

  /// Whether an input is given.
  boolean has(int input);

  /// Whether somebody reads an output.
  boolean wants(int output);

  /// An input's element type; null if it is unknown.
  ElementType type(int input);

  /// An input's shape; null if it is unknown. Not to be changed.
  long[] dims(int input);

  /// The values of an input of integers, which decide the outputs' shapes; null if they are unknown
  /// or left out. In a context the shapes are inferred anew when these values change.
  long[] longs(int input);

  /// Says an output's type and shape; either null if it is unknown. May be called for outputs that
  /// nobody wants.
  void out(int output, ElementType type, long... dims);

  /// Says that an output is an input's data under another shape.
  void view(int output, int input, long... dims);

  /// Refuses the node unless an input is given.
  default void need(int input, String name) {
    if (!has(input)) {
      throw new Refusal("input %s is missing".formatted(name));
    }
  }

  /// Refuses the node unless an input's type is one of these, or unknown.
  default void types(int input, ElementType... allowed) {
    ElementType type = type(input);
    if (type != null && !Arrays.asList(allowed).contains(type)) {
      throw new Refusal(
          "input %d has type %s, expected %s"
              .formatted(
                  input,
                  type,
                  String.join(", ", List.of(allowed).stream().map(Object::toString).toList())));
    }
  }

  /// Refuses the node unless an input has floating-point numbers, or its type is unknown.
  default void real(int input) {
    types(input, ElementType.FLOAT, ElementType.DOUBLE, ElementType.FLOAT16, ElementType.BFLOAT16);
  }

  /// Refuses the node unless an input's rank is this, or unknown.
  default void rank(int input, int rank) {
    long[] dims = dims(input);
    if (dims != null && dims.length != rank) {
      throw new Refusal(
          "input %d has shape %s, expected %d dimensions"
              .formatted(input, Arrays.toString(dims), rank));
    }
  }
}
