package io.kioku.internal.onnx.op.shape;

/// Where in an array the slices begin that indices name, one after the other.
interface NamedPlaces {
  /// How many slices there are.
  long count();

  /// The elements of one.
  long size();

  /// Back to the first slice.
  void reset();

  /// Where the next slice begins.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if the array has no such index
  long next();
}
