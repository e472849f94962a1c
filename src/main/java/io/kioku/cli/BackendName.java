package io.kioku.cli;

import io.kioku.Backend;

/// A backend as users write it: `onednn`, or in any other case.
final class BackendName extends ConstantName<Backend> {
  BackendName() {
    super(Backend.values());
  }
}
