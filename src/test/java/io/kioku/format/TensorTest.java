package io.kioku.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class TensorTest {

  @Test
  void holdsWhatItWasGiven() {
    Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertArrayEquals(new long[] {2, 3}, tensor.shape());
    assertEquals(2, tensor.rank());
    assertEquals(3, tensor.dim(1));
    assertEquals(6, tensor.size());
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, tensor.toArray());
    assertEquals("float32[2, 3]", tensor.toString());
  }

  @Test
  void rankZeroIsAScalar() {
    Tensor scalar = Tensor.of(new float[] {7});
    assertEquals(0, scalar.rank());
    assertEquals(1, scalar.size());
    assertArrayEquals(new float[] {7}, scalar.toArray());
    assertEquals("float32[]", scalar.toString());
  }

  @Test
  void aDimensionOfZeroHoldsNothing() {
    Tensor empty = Tensor.of(new float[0], 3, 0, 2);
    assertEquals(0, empty.size());
    assertEquals(0, empty.toArray().length);
    assertEquals("float32[3, 0, 2]", empty.toString());
  }

  @Test
  void nobodyCanChangeIt() {
    float[] values = {1, 2};
    long[] shape = {2};
    Tensor tensor = Tensor.of(values, shape);
    values[0] = 9;
    shape[0] = 9;
    tensor.shape()[0] = 9;
    tensor.toArray()[1] = 9;
    assertEquals(Tensor.of(new float[] {1, 2}, 2), tensor);
    assertThrows(
        IllegalArgumentException.class,
        () -> tensor.data().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 9f));
  }

  @Test
  void dataAreNativeAlignedLittleEndian() {
    Tensor tensor = Tensor.of(new float[] {0, 1.5f}, 2);
    assertTrue(tensor.data().isNative());
    assertTrue(tensor.data().isReadOnly());
    assertEquals(0, tensor.data().address() % 64);
    assertEquals(8, tensor.data().byteSize());
    var floats = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
    assertEquals(1.5f, tensor.data().getAtIndex(floats, 1));
    assertEquals(0x3F, tensor.data().get(ValueLayout.JAVA_BYTE, 7));
  }

  @Test
  void equalityComparesShapeAndBits() {
    Tensor tensor = Tensor.of(new float[] {Float.NaN, 0}, 2);
    assertEquals(Tensor.of(new float[] {Float.NaN, 0}, 2), tensor);
    assertEquals(Tensor.of(new float[] {Float.NaN, 0}, 2).hashCode(), tensor.hashCode());
    assertNotEquals(Tensor.of(new float[] {Float.NaN, -0f}, 2), tensor);
    assertNotEquals(Tensor.of(new float[] {Float.NaN, 0}, 1, 2), tensor);
  }

  @Test
  void refusesAShapeThatDoesNotFit() {
    assertRefused("shape [2, 2] has 4 elements, but 3 values were given", 2, 2);
    assertRefused("shape [] has 1 elements, but 3 values were given");
  }

  @Test
  void refusesANegativeDimension() {
    assertRefused("shape [-3, -1] has a negative dimension", -3, -1);
  }

  @Test
  void refusesAProductThatOverflows() {
    assertRefused("too many elements", 1L << 32, 1L << 32);
    assertRefused("too many elements", Long.MAX_VALUE, 2);
    assertRefused("too many elements", 1L << 61); // fits a long, but its bytes do not
  }

  @Test
  void refusesTooManyDimensions() {
    assertRefused("shape has 65 dimensions; at most 64 are allowed", new long[65]);
  }

  @Test
  void refusesAnAxisThatIsNot() {
    Tensor tensor = Tensor.of(new float[] {1}, 1);
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.dim(1));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.dim(-1));
  }

  private static void assertRefused(String message, long... shape) {
    var e = assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[3], shape));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
