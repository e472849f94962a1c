package io.kioku.cli;

import io.kioku.Precision;

/// A precision as users write it: `bf16`, or in any other case.
final class PrecisionName extends ConstantName<Precision> {
  PrecisionName() {
    super(Precision.values());
  }
}
