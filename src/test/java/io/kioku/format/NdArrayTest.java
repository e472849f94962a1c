package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class NdArrayTest {
  private static final NdArray X =
      NdArray.of(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2);

  @Test
  void partsAlongAnAxis() {
    NdArray part = X.slice(1, 1, 3);
    assertArrayEquals(new long[] {2, 2, 2}, part.shape());
    assertArrayEquals(new long[] {3, 4, 5, 6, 9, 10, 11, 12}, part.toLongs());
    assertEquals(X, X.slice(2, 0, 2));
    assertEquals(0, X.slice(0, 1, 1).size());
    assertThrows(IndexOutOfBoundsException.class, () -> X.slice(3, 0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> X.slice(1, 2, 4));
  }

  @Test
  void arraysBehindEachOther() {
    for (int axis = 0; axis < 3; axis++) {
      NdArray first = X.slice(axis, 0, 1);
      NdArray rest = X.slice(axis, 1, X.shape()[axis]);
      NdArray none = X.slice(axis, 1, 1);
      assertEquals(X, NdArray.concat(axis, List.of(first, none, rest)));
    }
    NdArray other = NdArray.of(new float[4], 2, 1, 2);
    assertThrows(IllegalArgumentException.class, () -> NdArray.concat(1, List.of(X, other)));
    assertThrows(
        IllegalArgumentException.class, () -> NdArray.concat(0, List.of(X, X.slice(1, 0, 1))));
    assertThrows(IllegalArgumentException.class, () -> NdArray.concat(0, List.of()));
  }
}
