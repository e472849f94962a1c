package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A tensor in one context. Its memory grows with need and belongs to it, or is another value's
/// that it is a view of.
///
/// 16-bit floats lie in memory as float32 (see [ElementType#storage()]); a Boolean is a byte of 0
/// or 1.
public final class Value {
  /// Gives a value memory; counts what it gives.
  public interface Memory {
    /// Memory that is zero.
    ///
    /// @throws io.kioku.internal.onnx.plan.ModelFailure if the context would hold too much
    MemorySegment allocate(long bytes);
  }

  private final String name;
  private final Memory memory;
  private final boolean constant;
  private boolean settled;
  private int version;
  private MemorySegment own = MemorySegment.NULL;
  private MemorySegment data = MemorySegment.NULL;
  private TensorShape shape; // of a sequence: its length
  private Sequence sequence; // null unless it has held one
  private boolean isSequence;

  /// A value without shape or memory.
  public Value(String name, Memory memory) {
    this.name = name;
    this.memory = memory;
    this.constant = false;
  }

  /// A value that is known when the model is loaded; shares the constant's memory.
  public Value(String name, Constant constant) {
    this.name = name;
    this.memory = null;
    this.constant = true;
    this.settled = true;
    this.data = constant.data();
    this.shape = new TensorShape(constant.type(), constant.dims());
  }

  /// The graph's name of it, or the node's whose scratch it is.
  public String name() {
    return name;
  }

  /// Whether it is the same in all runs.
  public boolean isConstant() {
    return constant;
  }

  /// Whether it follows from constants and shapes alone, so that it changes only when they do.
  public boolean isSettled() {
    return settled;
  }

  /// Says that it follows from constants and shapes alone.
  public void settle() {
    settled = true;
  }

  /// Changes whenever a settled value does.
  public int version() {
    return version;
  }

  /// Says that a settled value has changed.
  public void changed() {
    version++;
  }

  /// Type and dimensions; null before the first run.
  public TensorShape shape() {
    return shape;
  }

  /// The elements' type in the graph.
  public ElementType type() {
    return shape.type();
  }

  /// `type().storage()`: what the memory holds.
  public ElementType storage() {
    return shape.type().storage();
  }

  /// Not to be changed.
  public long[] dims() {
    return shape.dims();
  }

  /// The number of dimensions.
  public int rank() {
    return shape.rank();
  }

  /// One dimension.
  public long dim(int axis) {
    return shape.dim(axis);
  }

  /// The number of elements.
  public long size() {
    return shape.size();
  }

  /// The elements, exactly.
  public MemorySegment data() {
    return data;
  }

  /// Whether it is a list of tensors, which have its type.
  public boolean isSequence() {
    return isSequence;
  }

  /// The tensors of a list.
  public Sequence sequence() {
    return sequence;
  }

  /// Makes the value a list of tensors, which it shares with the given one.
  public void hold(ElementType type, Sequence tensors) {
    if (sequence == null) {
      sequence = new Sequence();
    }
    sequence.assign(tensors);
    data = MemorySegment.NULL;
    if (!isSequence || shape == null || shape.type() != type || shape.dim(0) != tensors.size()) {
      shape = new TensorShape(type, new long[] {tensors.size()});
    }
    isSequence = true;
  }

  private void holdNone() {
    if (isSequence) {
      isSequence = false;
      sequence.clear();
      shape = null;
    }
  }

  /// Gives the value a type, a shape and memory of its own; what it held is lost. Nothing happens
  /// if it has these already.
  public void resize(ElementType type, long... dims) {
    holdNone();
    if (shape == null || !shape.is(type, dims)) {
      shape = new TensorShape(type, dims);
    } else if (data.address() == own.address() && data.byteSize() == shape.bytes()) {
      return;
    }
    if (own.byteSize() < shape.bytes() || own.byteSize() == 0) {
      own = memory.allocate(Math.max(64, Math.max(shape.bytes(), growth())));
    }
    data = own.asSlice(0, shape.bytes());
  }

  /// A value that grows from step to step leaves memory behind, but not much more than it has.
  private long growth() {
    return own.byteSize() + own.byteSize() / 2;
  }

  /// Makes the value another's data under a shape.
  public void view(Value other, long... dims) {
    if (other.isSequence) {
      hold(other.type(), other.sequence);
      return;
    }
    holdNone();
    if (shape == null || !shape.is(other.type(), dims)) {
      shape = new TensorShape(other.type(), dims);
    }
    data = other.data;
  }

  /// Makes the value the same as another; its shape is a new object only if it differs.
  public void alias(Value other) {
    view(other, other.dims());
  }

  /// Makes the value the first elements of another, under a shape.
  public void beginning(Value other, long... dims) {
    holdNone();
    if (shape == null || !shape.is(other.type(), dims)) {
      shape = new TensorShape(other.type(), dims);
    }
    if (data.address() != other.data.address() || data.byteSize() != shape.bytes()) {
      data = other.data.asSlice(0, shape.bytes());
    }
  }

  /// Copies another value, with its shape.
  public void copy(Value other) {
    if (other.isSequence) {
      hold(other.type(), other.sequence);
      return;
    }
    resize(other.type(), other.dims());
    MemorySegment.copy(other.data, 0, data, 0, data.byteSize());
  }

  /// An element of a value whose storage is float32.
  public float f32(long index) {
    return data.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  /// Sets an element of a value whose storage is float32.
  public void f32(long index, float value) {
    data.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
  }

  /// An element of a value of float64.
  public double f64(long index) {
    return data.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
  }

  /// Sets an element of a value of float64.
  public void f64(long index, double value) {
    data.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
  }

  /// An element of a value of Booleans.
  public boolean bool(long index) {
    return data.get(ValueLayout.JAVA_BYTE, index) != 0;
  }

  /// Sets an element of a value of Booleans.
  public void bool(long index, boolean value) {
    data.set(ValueLayout.JAVA_BYTE, index, (byte) (value ? 1 : 0));
  }

  /// An element of any type as an integer; a float is truncated. uint64 keeps its bits.
  public long asLong(long i) {
    return switch (shape.type()) {
      case INT64, UINT64 -> data.getAtIndex(ValueLayout.JAVA_LONG, i);
      case INT32 -> data.getAtIndex(ValueLayout.JAVA_INT, i);
      case UINT32 -> Integer.toUnsignedLong(data.getAtIndex(ValueLayout.JAVA_INT, i));
      case INT16 -> data.getAtIndex(ValueLayout.JAVA_SHORT, i);
      case UINT16 -> Short.toUnsignedLong(data.getAtIndex(ValueLayout.JAVA_SHORT, i));
      case INT8 -> data.get(ValueLayout.JAVA_BYTE, i);
      case UINT8, BOOL -> Byte.toUnsignedLong(data.get(ValueLayout.JAVA_BYTE, i));
      case DOUBLE -> (long) f64(i);
      case FLOAT, FLOAT16, BFLOAT16 -> (long) f32(i);
    };
  }

  /// An element of any type as a real number.
  public double asDouble(long i) {
    return switch (shape.type()) {
      case FLOAT, FLOAT16, BFLOAT16 -> f32(i);
      case DOUBLE -> f64(i);
      case UINT64 -> unsigned(asLong(i));
      default -> asLong(i);
    };
  }

  private static double unsigned(long bits) {
    // the lowest bit is kept apart so that rounding happens once
    return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }

  /// Sets an element of any type: an integer to the truncated number, a Boolean to whether it is
  /// not 0.
  public void setDouble(long i, double value) {
    switch (shape.type()) {
      case FLOAT, FLOAT16, BFLOAT16 -> f32(i, (float) value);
      case DOUBLE -> f64(i, value);
      case BOOL -> bool(i, value != 0);
      case UINT64 -> setLong(i, unsigned(value));
      default -> setLong(i, (long) value);
    }
  }

  private static long unsigned(double value) {
    return value < 0x1p63 ? (long) value : (long) (value - 0x1p63) ^ Long.MIN_VALUE;
  }

  /// Sets an element of an integer or Boolean type; what does not fit loses its upper bits.
  public void setLong(long i, long value) {
    switch (shape.type()) {
      case INT64, UINT64 -> data.setAtIndex(ValueLayout.JAVA_LONG, i, value);
      case INT32, UINT32 -> data.setAtIndex(ValueLayout.JAVA_INT, i, (int) value);
      case INT16, UINT16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) value);
      case INT8, UINT8 -> data.set(ValueLayout.JAVA_BYTE, i, (byte) value);
      case BOOL -> bool(i, value != 0);
      case DOUBLE -> f64(i, (double) value);
      case FLOAT, FLOAT16, BFLOAT16 -> f32(i, (float) value);
    }
  }

  @Override
  public String toString() {
    return name + " " + shape;
  }
}
