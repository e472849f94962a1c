package io.kioku.cli.vad;

import java.util.Arrays;

/// Floats whose number is not known before.
final class FloatList {
  private float[] values = new float[1 << 10];
  private int size;

  void add(float value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  float[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
