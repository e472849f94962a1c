package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import java.util.List;

/// What is known of a value.
///
/// @param axes null: not even how many there are
/// @param varies whether it depends on the steps; where it has no axis of time, it is what is known
///   after the last of them
/// @param sizes its elements, where they are sizes of other values; else null
/// @param fill what it is filled with, by broadcasting, where that is known
record Fact(List<Axis> axes, boolean varies, List<Axis> sizes, Constant fill) {
  /// What nobody can follow; it has been refused.
  static final Fact LOST = new Fact(null, true, null, null);

  static Fact of(List<Axis> axes) {
    return new Fact(axes, false, null, null);
  }

  Fact withSizes(List<Axis> all) {
    return new Fact(axes, varies, all, fill);
  }

  Fact withFill(Constant constant) {
    return new Fact(axes, varies, sizes, constant);
  }

  Fact varying() {
    return new Fact(axes, true, sizes, fill);
  }

  boolean hasTime(Labels labels) {
    return axes != null && axes.stream().anyMatch(labels::hasTime);
  }

  boolean countsTime(Labels labels) {
    return sizes != null && sizes.stream().anyMatch(labels::hasTime);
  }
}
