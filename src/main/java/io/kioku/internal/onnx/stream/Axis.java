package io.kioku.internal.onnx.stream;

import java.util.ArrayList;
import java.util.List;

/// An axis of a value as a product, the outermost factor first; or a number that is a size.
///
/// @param atoms none: it is 1. No number follows another atom: what is n times as large has n in
///   its `times`
record Axis(List<Atom> atoms) {
  static final Axis ONE = new Axis(List.of());

  static Axis of(long number) {
    return of(List.of(Atom.number(number)));
  }

  static Axis of(Atom atom) {
    return of(List.of(atom));
  }

  /// The product of atoms.
  static Axis of(List<Atom> atoms) {
    List<Atom> merged = new ArrayList<>();
    for (Atom atom : atoms) {
      boolean isOne = atom.isNumber() && atom.times() == 1;
      if (atom.isNumber() && !merged.isEmpty()) {
        merged.add(merged.removeLast().scaled(atom.times(), 1));
      } else if (!isOne) {
        merged.add(atom);
      }
    }
    return new Axis(List.copyOf(merged));
  }

  boolean isOne() {
    return atoms.isEmpty();
  }

  /// Whether it is the same in all runs.
  boolean isNumber() {
    return atoms.isEmpty() || (atoms.size() == 1 && atoms.getFirst().isNumber());
  }

  /// The number, if it is one.
  long number() {
    return atoms.isEmpty() ? 1 : atoms.getFirst().times();
  }

  /// The one dimension that it is; null if it is a number or several.
  Atom single() {
    return atoms.size() == 1 && !atoms.getFirst().isNumber() ? atoms.getFirst() : null;
  }
}
