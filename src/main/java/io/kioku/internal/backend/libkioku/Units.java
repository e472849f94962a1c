package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Node;
import io.kioku.internal.backend.LayerSpec;

/// How many units and blocks the values of a layer have. Where states have periods, the units of a
/// value form modules, each computed by itself; else all units are one module.
///
/// @param modules of each value
/// @param width units of a block
record Units(LayerSpec spec, int modules, int width) {
  static Units of(LayerSpec spec, int width) {
    return new Units(spec, Math.max(1, spec.cell().periods().size()), width);
  }

  /// The units of a value, in each module.
  int of(Node node) {
    return spec.size(node) / modules;
  }

  /// The first unit of a module.
  int first(Node node, int module) {
    return of(node) * module;
  }

  /// The period of a module.
  int period(int module) {
    return modules == 1 && spec.cell().periods().isEmpty() ? 1 : spec.cell().periods().get(module);
  }

  /// The blocks of so many units.
  int blocks(int units) {
    return Math.ceilDiv(units, width);
  }
}
