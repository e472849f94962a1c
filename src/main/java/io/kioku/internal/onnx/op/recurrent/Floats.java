package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A value's elements as float32, which sessions compute with: the value's own memory, or a copy if
/// it is float64.
final class Floats {
  private final Value value;
  private final Value copy;

  Floats(Value value, KernelContext context) {
    this.value = value;
    this.copy = context.scratch();
  }

  /// Takes memory for the value's present type and shape.
  void prepare() {
    if (isCopied()) {
      copy.resize(ElementType.FLOAT, value.dims());
    }
  }

  private boolean isCopied() {
    return value.storage() == ElementType.DOUBLE;
  }

  /// The elements, to be read.
  MemorySegment read() {
    if (!isCopied()) {
      return value.data();
    }
    MemorySegment from = value.data();
    MemorySegment to = copy.data();
    long size = value.size();
    for (long i = 0; i < size; i++) {
      to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) from.getAtIndex(ValueLayout.JAVA_DOUBLE, i));
    }
    return to;
  }

  /// Where to write the elements; [#written] is to be called then.
  MemorySegment target() {
    return isCopied() ? copy.data() : value.data();
  }

  /// Brings what was written to the value.
  void written() {
    if (isCopied()) {
      MemorySegment from = copy.data();
      MemorySegment to = value.data();
      long size = value.size();
      for (long i = 0; i < size; i++) {
        to.setAtIndex(ValueLayout.JAVA_DOUBLE, i, from.getAtIndex(ValueLayout.JAVA_FLOAT, i));
      }
    }
  }

  /// Elements of a constant of real numbers.
  static float[] copy(Constant constant, long from, int count) {
    float[] values = new float[count];
    MemorySegment data = constant.data();
    if (constant.type().storage() == ElementType.FLOAT) {
      MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, from * Float.BYTES, values, 0, count);
    } else {
      for (int i = 0; i < count; i++) {
        values[i] = (float) data.getAtIndex(ValueLayout.JAVA_DOUBLE, from + i);
      }
    }
    return values;
  }
}
