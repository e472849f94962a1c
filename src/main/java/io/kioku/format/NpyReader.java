package io.kioku.format;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads one `.npy` file from its first byte to its last. However large an array the header claims,
/// memory is taken only for what has come, or is known to come.
final class NpyReader {
  private static final int BUFFER = 1 << 16;

  /// Longer headers describe structures with many fields.
  private static final int MAX_HEADER = 1 << 16;

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final InputStream in;
  private final String source;
  private final long size;

  /// @param size the bytes that the stream has; -1 if that is not known
  NpyReader(InputStream in, String source, long size) {
    this.in = in;
    this.source = source;
    this.size = size;
  }

  /// Reads the array.
  ///
  /// @param most the bytes that it may have
  NdArray read(long most) throws IOException {
    byte[] prefix = bytes(8);
    if (!Arrays.equals(prefix, 0, 6, Npy.MAGIC, 0, 6)) {
      throw problem("is no .npy file: it does not begin with \\x93NUMPY");
    }
    int version = prefix[6];
    if (version < 1 || version > 3) {
      throw problem("is of format version %d, expected 1 to 3".formatted(version));
    }
    int width = version == 1 ? Short.BYTES : Integer.BYTES;
    byte[] length = Arrays.copyOf(bytes(width), Integer.BYTES);
    int header = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (header < 0 || header > MAX_HEADER) {
      throw problem(
          "has a header of %s bytes, expected at most %d"
              .formatted(Integer.toUnsignedString(header), MAX_HEADER));
    }
    var charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    return array(
        NpyHeader.parse(new String(bytes(header), charset), source),
        size < 0 ? -1 : size - prefix.length - width - header,
        most);
  }

  /// @param rest the bytes after the header; -1 if unknown
  private NdArray array(NpyHeader header, long rest, long most) throws IOException {
    long bytes = checkedBytes(header);
    if (rest >= 0 && rest != bytes) {
      throw problem(
          "has %d bytes of data, but %s%s needs %d"
              .formatted(rest, header.type(), Arrays.toString(header.shape()), bytes));
    }
    if (bytes > most) {
      throw problem(
          "%s%s has %d bytes, more than the %d that are allowed"
              .formatted(header.type(), Arrays.toString(header.shape()), bytes, most));
    }
    MemorySegment data = data(bytes, rest >= 0 ? bytes : BUFFER);
    if (in.read() >= 0) {
      throw problem("goes on after the %d bytes of its array".formatted(bytes));
    }
    if (!header.order().equals(ByteOrder.nativeOrder())) {
      swap(data, header.type().bytes());
    }
    checkBooleans(header.type(), data);
    return NdArray.owning(
        header.type(),
        header.isFortran() ? rowMajor(data, header.type().bytes(), header.shape()) : data,
        header.shape());
  }

  private long checkedBytes(NpyHeader header) throws FormatException {
    try {
      return NdArray.bytes(header.type(), header.shape());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new FormatException(source, e.getMessage(), e);
    }
  }

  /// @param atOnce how many bytes to take memory for before any has come
  private MemorySegment data(long bytes, long atOnce) throws IOException {
    MemorySegment data = allocate(Math.min(bytes, atOnce));
    byte[] buffer = new byte[(int) Math.min(BUFFER, bytes)];
    for (long filled = 0; filled < bytes; ) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, bytes - filled));
      if (n < 0) {
        throw problem("is cut off: %d of %d bytes of data are there".formatted(filled, bytes));
      }
      if (filled + n > data.byteSize()) {
        MemorySegment more = allocate(Math.min(bytes, 2 * data.byteSize()));
        MemorySegment.copy(data, 0, more, 0, filled);
        data = more;
      }
      MemorySegment.copy(buffer, 0, data, ValueLayout.JAVA_BYTE, filled, n);
      filled += n;
    }
    return data;
  }

  private static MemorySegment allocate(long bytes) {
    return Arena.ofAuto().allocate(Math.max(1, bytes), NdArray.ALIGNMENT).asSlice(0, bytes);
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw problem("is cut off in its header");
    }
    return bytes;
  }

  private static void swap(MemorySegment data, int width) {
    for (long i = 0; width > 1 && i < data.byteSize(); i += width) {
      switch (width) {
        case 2 -> data.set(SHORT, i, Short.reverseBytes(data.get(SHORT, i)));
        case 4 -> data.set(INT, i, Integer.reverseBytes(data.get(INT, i)));
        default -> data.set(LONG, i, Long.reverseBytes(data.get(LONG, i)));
      }
    }
  }

  private void checkBooleans(ElementType type, MemorySegment data) throws FormatException {
    for (long i = 0; type == ElementType.BOOL && i < data.byteSize(); i++) {
      byte value = data.get(ValueLayout.JAVA_BYTE, i);
      if (value < 0 || value > 1) {
        throw problem("element %d is %d, but a Boolean is 0 or 1".formatted(i, value));
      }
    }
  }

  /// A copy where the last dimension varies fastest, not the first.
  private static MemorySegment rowMajor(MemorySegment data, int width, long[] shape) {
    if (shape.length < 2 || data.byteSize() == 0) {
      return data;
    }
    MemorySegment rows = allocate(data.byteSize());
    long[] strides = new long[shape.length];
    strides[0] = width;
    for (int axis = 1; axis < shape.length; axis++) {
      strides[axis] = strides[axis - 1] * shape[axis - 1];
    }
    long[] index = new long[shape.length];
    long from = 0;
    for (long to = 0; to < rows.byteSize(); to += width) {
      switch (width) {
        case 1 -> rows.set(ValueLayout.JAVA_BYTE, to, data.get(ValueLayout.JAVA_BYTE, from));
        case 2 -> rows.set(SHORT, to, data.get(SHORT, from));
        case 4 -> rows.set(INT, to, data.get(INT, from));
        default -> rows.set(LONG, to, data.get(LONG, from));
      }
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        from -= strides[axis] * shape[axis];
        index[axis] = 0;
      }
    }
    return rows;
  }

  private FormatException problem(String text) {
    return new FormatException(source, text);
  }
}
