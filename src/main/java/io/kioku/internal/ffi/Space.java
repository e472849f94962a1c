package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;

/// The memory in which a slot of a layer lies: `kioku_space`.
public enum Space {
  GATES(kioku_h.KIOKU_SPACE_GATES()),
  VALUES(kioku_h.KIOKU_SPACE_VALUES()),
  VECTORS(kioku_h.KIOKU_SPACE_VECTORS()),
  NUMBERS(kioku_h.KIOKU_SPACE_NUMBERS()),
  SCRATCH(kioku_h.KIOKU_SPACE_SCRATCH()),
  STATE(kioku_h.KIOKU_SPACE_STATE()),
  HIDDEN(kioku_h.KIOKU_SPACE_HIDDEN()),
  INPUT(kioku_h.KIOKU_SPACE_INPUT()),
  OUTPUT(kioku_h.KIOKU_SPACE_OUTPUT()),
  SIDE(kioku_h.KIOKU_SPACE_SIDE()),
  ABOVE(kioku_h.KIOKU_SPACE_ABOVE()),
  TRACE(kioku_h.KIOKU_SPACE_TRACE());

  private final int code;

  Space(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
