package io.kioku.internal.onnx.stream;

import java.util.ArrayList;
import java.util.List;

/// The axes over which nodes go step by step: what time is.
final class Seeds {
  private final List<Axis> steps = new ArrayList<>();
  private final List<Axis> windows = new ArrayList<>();

  /// Something is carried along it.
  void steps(Axis axis) {
    steps.add(axis);
  }

  /// A window moves along it, and along no other.
  void window(Axis axis) {
    windows.add(axis);
  }

  /// Those that say what time is: windows do where nothing else does.
  List<Axis> all() {
    return steps.isEmpty() ? windows : steps;
  }
}
