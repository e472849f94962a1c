package io.kioku.internal.onnx.proto;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The fields of one protobuf message, one after the other. The classes that protobuf generates for
/// ONNX are large and many: loading them took a fifth of the time from the start of a program to
/// its first output.
///
///     while (wire.next()) {
///       switch (wire.field()) {
///         case 1 -> name = wire.text();
///         default -> wire.skip();
///       }
///     }
final class Wire {
  /// Messages in messages, as protobuf has it.
  private static final int DEEPEST = 100;

  private final CodedInputStream in;
  private final int depth;
  private int tag;

  private Wire(CodedInputStream in, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new InvalidProtocolBufferException("messages are nested deeper than " + DEEPEST);
    }
    this.in = in;
    this.depth = depth;
    in.enableAliasing(true); // tensors' bytes are not copied
  }

  /// The fields of the message that the bytes are. They must not change afterwards.
  static Wire of(byte[] bytes) throws IOException {
    return new Wire(CodedInputStream.newInstance(bytes), 1);
  }

  /// Goes on to the next field; false at the end.
  boolean next() throws IOException {
    tag = in.readTag();
    return tag != 0;
  }

  /// The number of the field.
  int field() {
    return WireFormat.getTagFieldNumber(tag);
  }

  /// Passes over the field.
  void skip() throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that has not begun");
    }
  }

  String text() throws IOException {
    check(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readString();
  }

  /// The content of a field of bytes, read-only.
  ByteBuffer bytes() throws IOException {
    check(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readByteBuffer().asReadOnlyBuffer();
  }

  /// The fields of the message that the field is.
  Wire message() throws IOException {
    check(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return new Wire(CodedInputStream.newInstance(in.readByteBuffer()), depth + 1);
  }

  long whole() throws IOException {
    check(WireFormat.WIRETYPE_VARINT);
    return in.readInt64();
  }

  float real() throws IOException {
    check(WireFormat.WIRETYPE_FIXED32);
    return in.readFloat();
  }

  /// Adds the number that the field is, or all if it is many.
  void wholes(Wholes to) throws IOException {
    if (!isPacked()) {
      to.add(whole());
      return;
    }
    CodedInputStream packed = CodedInputStream.newInstance(in.readByteBuffer());
    while (!packed.isAtEnd()) {
      to.add(packed.readInt64());
    }
  }

  /// Adds the bytes of the number that the field is, or of all if it is many.
  ///
  /// @param size of one, 4 or 8
  void reals(int size, Bytes to) throws IOException {
    if (isPacked()) {
      to.add(in.readByteBuffer());
      return;
    }
    check(size == Float.BYTES ? WireFormat.WIRETYPE_FIXED32 : WireFormat.WIRETYPE_FIXED64);
    to.add(size == Float.BYTES ? in.readFixed32() : in.readFixed64(), size);
  }

  private boolean isPacked() {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  private void check(int type) throws IOException {
    if (WireFormat.getTagWireType(tag) != type) {
      throw new InvalidProtocolBufferException(
          "field " + field() + " has wire type " + WireFormat.getTagWireType(tag));
    }
  }

  /// Whole numbers, more and more of them.
  static final class Wholes {
    private long[] values = {};
    private int count;

    void add(long value) {
      if (count == values.length) {
        values = Arrays.copyOf(values, Math.max(8, 2 * count));
      }
      values[count++] = value;
    }

    long[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }

  /// Bytes, more and more of them.
  static final class Bytes {
    private byte[] values = {};
    private int count;

    void add(ByteBuffer more) {
      reserve(more.remaining());
      int size = more.remaining();
      more.get(values, count, size);
      count += size;
    }

    /// Adds the lowest bytes of a number, the lowest first.
    void add(long value, int size) {
      reserve(size);
      for (int i = 0; i < size; i++) {
        values[count++] = (byte) (value >>> (i * Byte.SIZE));
      }
    }

    private void reserve(int size) {
      if (size > values.length - count) {
        values = Arrays.copyOf(values, Math.max(Math.addExact(count, size), 2 * count));
      }
    }

    byte[] toArray() {
      return count == values.length ? values : Arrays.copyOf(values, count);
    }
  }
}
