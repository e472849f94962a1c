package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;
import java.util.List;

/// What is known of a node's inputs, and where the operator says what that makes of its outputs.
/// Dimensions below 0 are unknown; equal ones below -1 are the same one.
public interface ShapeInference {
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

  /// Whether an input is a list of tensors.
  boolean isSequence(int input);

  /// Type and shape of an input, or what there is of them.
  default Known known(int input) {
    return new Known(type(input), dims(input), null, isSequence(input));
  }

  /// The values of an input of integers, which decide the outputs' shapes; null if they are unknown
  /// or left out. In a context the shapes are inferred anew when these values change.
  long[] longs(int input);

  /// Says an output's type and shape; either null if it is unknown. May be called for outputs that
  /// nobody wants.
  void out(int output, ElementType type, long... dims);

  /// Says that an output is an input's data under another shape.
  void view(int output, int input, long... dims);

  /// Says what an output will hold, as far as it is known; in a context the kernel gives the output
  /// its type and shape whenever it runs. A node of which all outputs are constants is not run at
  /// all.
  void later(int output, Known known);

  /// Says what an output of int64, whose shape has been told, holds: something that follows from
  /// the inputs' shapes. The kernel computes it nevertheless.
  void holds(int output, long... values);

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

  /// Refuses the node unless an input is a list of tensors, or nothing is known of it.
  default void sequence(int input, String name) {
    need(input, name);
    if (!isSequence(input) && dims(input) != null) {
      throw new Refusal("input %d is a tensor, expected a sequence".formatted(input));
    }
  }

  /// Refuses the node unless an input has floating-point numbers, or its type is unknown.
  default void real(int input) {
    types(input, ElementType.FLOAT, ElementType.DOUBLE, ElementType.FLOAT16, ElementType.BFLOAT16);
  }

  /// Refuses the node unless an input has indices or sizes, int64 or int32, or its type is unknown.
  default void indices(int input) {
    types(input, ElementType.INT64, ElementType.INT32);
  }

  /// Refuses the node unless an input has one element, or it is unknown how many.
  default void single(int input) {
    long[] dims = dims(input);
    if (dims != null && Arrays.stream(dims).anyMatch(dim -> dim >= 0 && dim != 1)) {
      throw new Refusal("input %d has shape %s, expected one value", input, new Dims(dims));
    }
  }

  /// Refuses the node unless an input's rank is this, or unknown.
  default void rank(int input, int rank) {
    long[] dims = dims(input);
    if (dims != null && dims.length != rank) {
      throw new Refusal(
          "input %d has shape %s, expected %d dimensions", input, new Dims(dims), rank);
    }
  }

  /// Refuses the node unless an input has these dimensions, as far as both are known.
  ///
  /// @param expected null if it is unknown
  default void same(int input, long[] expected) {
    long[] dims = dims(input);
    boolean fits = dims == null || expected == null || dims.length == expected.length;
    for (int axis = 0; fits && dims != null && expected != null && axis < dims.length; axis++) {
      fits = dims[axis] == expected[axis] || dims[axis] < 0 || expected[axis] < 0;
    }
    if (!fits) {
      throw new Refusal(
          "input %d has shape %s, expected %s", input, new Dims(dims), new Dims(expected));
    }
  }

  /// Refuses an input that decides shapes and has absurdly many values.
  static void checkCount(int input, long count) {
    if (count > 1 << 16) {
      throw new Refusal(
          "input %d decides a shape and has %d values, expected at most %d"
              .formatted(input, count, 1 << 16));
    }
  }
}
