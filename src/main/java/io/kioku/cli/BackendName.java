package io.kioku.cli;

import io.kioku.Backend;
import java.util.List;

/// A backend as users write it: `onednn`, or in any other case.
final class BackendName extends ConstantName<Backend> {
  /// What [Backend#LIBKIOKU] was called when it was two.
  private static final List<String> OLD_NAMES = List.of("blas", "fused");

  BackendName() {
    super(Backend.values());
  }

  @Override
  public Backend convert(String value) {
    if (OLD_NAMES.stream().anyMatch(value::equalsIgnoreCase)) {
      System.err.println("kioku: backend " + value + " is called libkioku now");
      return Backend.LIBKIOKU;
    }
    return super.convert(value);
  }
}
