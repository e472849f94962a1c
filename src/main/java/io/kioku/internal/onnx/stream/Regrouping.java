package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The axes of a value whose elements keep their order under another shape: the same factors,
/// grouped otherwise.
final class Regrouping {
  private final Labels labels;
  private final List<Atom> left; // not yet part of a new axis

  private Regrouping(Labels labels, List<Axis> axes) {
    this.labels = labels;
    this.left = new ArrayList<>();
    axes.forEach(axis -> left.addAll(axis.atoms()));
  }

  /// The axes of a shape.
  ///
  /// @param sizes of the new axes; null for one that is what is left
  /// @throws Refusal if they are not products of the old ones' factors
  static List<Axis> of(Labels labels, List<Axis> axes, List<Axis> sizes) {
    Regrouping regrouping = new Regrouping(labels, axes);
    List<Axis> result = new ArrayList<>(Collections.nCopies(sizes.size(), Axis.ONE));
    int open = sizes.indexOf(null);
    int end = open < 0 ? sizes.size() : open;
    for (int i = 0; i < end; i++) {
      result.set(i, regrouping.take(sizes.get(i), false));
    }
    for (int i = sizes.size() - 1; i > end; i--) {
      result.set(i, regrouping.take(sizes.get(i), true));
    }
    if (open >= 0) {
      result.set(open, Axis.of(regrouping.left));
    } else if (!Axis.of(regrouping.left).isOne()) {
      throw refusal();
    }
    return result;
  }

  private static Refusal refusal() {
    return new Refusal("its new shape does not keep time as one axis");
  }

  /// Takes an axis from the outermost factors, or the innermost.
  private Axis take(Axis size, boolean fromEnd) {
    List<Atom> wanted = new ArrayList<>(size.atoms());
    List<Atom> taken = new ArrayList<>();
    while (!wanted.isEmpty()) {
      if (left.isEmpty()) {
        throw refusal();
      }
      Atom have = fromEnd ? left.removeLast() : left.removeFirst();
      Atom want = wanted.remove(next(wanted, have, fromEnd));
      Atom common = fromEnd ? innermost(have, want) : outermost(have, want);
      put(left, rest(have, common, fromEnd), fromEnd);
      put(wanted, rest(want, common, fromEnd), fromEnd);
      put(taken, common, !fromEnd);
    }
    return Axis.of(taken);
  }

  /// Which of a size's factors is met next: they are in no order.
  private int next(List<Atom> wanted, Atom have, boolean fromEnd) {
    for (int i = 0; i < wanted.size(); i++) {
      Atom want = wanted.get(i);
      if (want.isNumber() == have.isNumber()
          && (want.isNumber() || labels.same(want.label(), have.label()))) {
        return i;
      }
    }
    return fromEnd ? wanted.size() - 1 : 0;
  }

  private static void put(List<Atom> atoms, Atom atom, boolean atEnd) {
    if (atom.isNumber() && atom.times() == 1) {
      return;
    }
    if (atEnd) {
      atoms.addLast(atom);
    } else {
      atoms.addFirst(atom);
    }
  }

  /// The factor that both begin with.
  private Atom outermost(Atom have, Atom want) {
    if (have.isNumber() && want.isNumber()) {
      return dividing(have, want);
    }
    if (have.isNumber() || want.isNumber() || !labels.same(have.label(), want.label())) {
      throw refusal();
    }
    if (have.extra() == want.extra()
        && have.times() == want.times()
        && have.over() == want.over()) {
      return have;
    }
    if (!have.isPlain() || want.extra() != 0) {
      throw refusal();
    }
    // one of them is the other, times a number that lies inside of it
    boolean haveIsLess =
        Math.multiplyExact(have.times(), want.over())
            < Math.multiplyExact(want.times(), have.over());
    return haveIsLess ? have : want.with(0, 0);
  }

  /// The factor that both end with: a number, or they are the same.
  private Atom innermost(Atom have, Atom want) {
    if (have.isNumber() && want.isNumber()) {
      return dividing(have, want);
    }
    if (!have.isNumber() && !want.isNumber()) {
      boolean isSame =
          labels.same(have.label(), want.label())
              && have.extra() == want.extra()
              && have.times() == want.times()
              && have.over() == want.over();
      if (isSame) {
        return have;
      }
      throw refusal();
    }
    return have.isNumber() ? have : want;
  }

  private static Atom dividing(Atom a, Atom b) {
    boolean isFirstLess = a.times() <= b.times();
    Atom less = isFirstLess ? a : b;
    Atom more = isFirstLess ? b : a;
    if (less.times() < 1 || more.times() % less.times() != 0) {
      throw refusal();
    }
    return less;
  }

  /// What is left of a factor without a part of it.
  private Atom rest(Atom atom, Atom part, boolean fromEnd) {
    if (atom.isNumber()) {
      return Atom.number(atom.times() / part.times());
    }
    if (part.isNumber()) { // the end of n times as much
      if (!fromEnd || !atom.isPlain()) {
        throw refusal();
      }
      Atom rest = atom.scaled(1, part.times());
      labels.divide(rest);
      return rest;
    }
    if (part.times() == atom.times() && part.over() == atom.over()) {
      return Atom.number(1);
    }
    long top = Math.multiplyExact(atom.times(), part.over());
    long bottom = Math.multiplyExact(atom.over(), part.times());
    if (top % bottom != 0) {
      throw refusal();
    }
    labels.divide(part);
    return Atom.number(top / bottom);
  }
}
