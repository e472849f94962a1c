package io.kioku.internal.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The fields of one protobuf message, one after the other, over the file's bytes.
///
///     while (wire.next()) {
///       switch (wire.field()) {
///         case 1 -> name = wire.text();
///         default -> wire.skip();
///       }
///     }
///
/// Tensors are not copied: they are slices of the file. The classes that protobuf generates for
/// ONNX are large and many: loading them took a fifth of the time from the start of a program to
/// its first output.
///
/// Source: [the wire format](https://protobuf.dev/programming-guides/encoding/).
final class Wire {
  /// Messages in messages, and groups in groups, as protobuf has it.
  private static final int DEEPEST = 100;

  private static final int LONGEST_VARINT = 10; // bytes of 7 bits that 64 bits need

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int GROUP_START = 3;
  private static final int GROUP_END = 4;
  private static final int FIXED32 = 5;

  private final Window window;
  private final int depth;
  private long place;
  private long end;
  private Wire more; // what is to be read behind; null: nothing
  private Wire last = this; // of all that is
  private int field;
  private int type;

  private Wire(Window window, long from, long to, int depth) throws WireException {
    if (depth > DEEPEST) {
      throw new WireException("messages are nested deeper than %d", DEEPEST);
    }
    this.window = window;
    this.place = from;
    this.end = to;
    this.depth = depth;
  }

  /// The fields of the message that the bytes are. They must not change while they are read.
  static Wire of(MemorySegment bytes) throws WireException {
    return new Wire(new Window(bytes), 0, bytes.byteSize(), 1);
  }

  /// Goes on to the next field; false at the end.
  boolean next() throws WireException {
    while (place == end) {
      if (more == null) {
        return false;
      }
      place = more.place;
      end = more.end;
      more = more.more;
    }
    readTag();
    if (type == GROUP_END) {
      throw new WireException("a group ends at byte %d that has not begun", place);
    }
    return true;
  }

  private void readTag() throws WireException {
    long tag = varint();
    if (tag >>> 3 == 0 || tag >>> Integer.SIZE != 0) {
      throw new WireException("there is no field %d, before byte %d", tag >>> 3, place);
    }
    field = (int) (tag >>> 3);
    type = (int) (tag & 7);
  }

  /// The number of the field.
  int field() {
    return field;
  }

  /// Passes over the field.
  void skip() throws WireException {
    int[] groups = {}; // that have begun
    int open = 0;
    do {
      switch (type) {
        case VARINT -> varint();
        case FIXED64 -> advance(Long.BYTES);
        case LENGTH_DELIMITED -> content();
        case FIXED32 -> advance(Integer.BYTES);
        case GROUP_START -> {
          if (open == DEEPEST) {
            throw new WireException("groups are nested deeper than %d", DEEPEST);
          }
          groups = open == groups.length ? Arrays.copyOf(groups, DEEPEST) : groups;
          groups[open++] = field;
        }
        case GROUP_END -> {
          if (groups[--open] != field) {
            throw new WireException("group %d ends as group %d", groups[open], field);
          }
        }
        default -> throw new WireException("field %d has wire type %d", field, type);
      }
      if (open > 0) {
        readTag();
      }
    } while (open > 0);
  }

  String text() throws WireException {
    check(LENGTH_DELIMITED);
    long from = content();
    return window.text(from, place);
  }

  /// The content of a field of bytes: a part of the file.
  MemorySegment bytes() throws WireException {
    check(LENGTH_DELIMITED);
    long from = content();
    return window.slice(from, place);
  }

  /// The fields of the message that the field is.
  Wire message() throws WireException {
    check(LENGTH_DELIMITED);
    long from = content();
    return new Wire(window, from, place, depth + 1);
  }

  /// The same of a message that there can be only one of. If there are more, protobuf takes them
  /// for one that was cut in parts.
  ///
  /// @param earlier what this has given before; null: nothing
  /// @return to be read when all parts have been met
  Wire message(Wire earlier) throws WireException {
    Wire next = message();
    if (earlier == null) {
      return next;
    }
    earlier.last.more = next;
    earlier.last = next;
    return earlier;
  }

  long whole() throws WireException {
    check(VARINT);
    return varint();
  }

  float real() throws WireException {
    check(FIXED32);
    return Float.intBitsToFloat((int) fixed(Integer.BYTES));
  }

  /// Adds the number that the field is, or all if it is many.
  void wholes(Wholes to) throws WireException {
    if (type != LENGTH_DELIMITED) {
      to.add(whole());
      return;
    }
    long from = content();
    long outer = end;
    end = place;
    place = from;
    while (place < end) {
      to.add(varint());
    }
    end = outer;
  }

  /// Adds the bytes of the number that the field is, or of all if it is many.
  ///
  /// @param size of one, 4 or 8
  void reals(int size, Bytes to) throws WireException {
    if (type != LENGTH_DELIMITED) {
      check(size == Float.BYTES ? FIXED32 : FIXED64);
      to.add(fixed(size), size);
      return;
    }
    long from = content();
    if ((place - from) % size != 0) {
      throw new WireException("%d bytes are no numbers of %d bytes", place - from, size);
    }
    to.add(window.slice(from, place));
  }

  /// Passes over a length and as many bytes; gives where they begin.
  private long content() throws WireException {
    long length = varint();
    long from = place;
    advance(length);
    return from;
  }

  /// A number of 7 bits a byte, the lowest first; all bytes but the last have the highest bit set.
  /// What the tenth has beyond the 64th bit does not count, as protobuf has it.
  private long varint() throws WireException {
    long value = 0;
    for (int shift = 0; shift < LONGEST_VARINT * 7; shift += 7) {
      if (place == end) {
        throw new WireException("a number is cut off at byte %d", place);
      }
      byte next = window.at(place++);
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new WireException("the number before byte %d has more than 10 bytes", place);
  }

  /// A number of 4 or 8 bytes, the lowest first.
  private long fixed(int size) throws WireException {
    long from = place;
    advance(size);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (window.at(from + i) & 0xFFL) << (i * Byte.SIZE);
    }
    return value;
  }

  private void advance(long bytes) throws WireException {
    if (bytes < 0 || bytes > end - place) {
      throw new WireException(
          "field %d has %s bytes, there are %d left",
          field, Long.toUnsignedString(bytes), end - place);
    }
    place += bytes;
  }

  private void check(int expected) throws WireException {
    if (type != expected) {
      throw new WireException("field %d has wire type %d", field, type);
    }
  }

  /// Whole numbers, more and more of them.
  static final class Wholes {
    private long[] values = {};
    private int count;

    void add(long value) throws WireException {
      if (count == values.length) {
        values = Arrays.copyOf(values, grown(count, 1));
      }
      values[count++] = value;
    }

    long[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }

  /// Bytes, more and more of them; those of a single field are left where they are.
  static final class Bytes {
    private MemorySegment only = MemorySegment.NULL;
    private byte[] values = {};
    private int count;

    void add(MemorySegment more) throws WireException {
      if (count == 0 && only.byteSize() == 0) {
        only = more;
      } else {
        collect();
        append(more);
      }
    }

    /// Adds the lowest bytes of a number, the lowest first.
    void add(long value, int size) throws WireException {
      collect();
      reserve(size);
      for (int i = 0; i < size; i++) {
        values[count++] = (byte) (value >>> (i * Byte.SIZE));
      }
    }

    private void collect() throws WireException {
      MemorySegment first = only;
      only = MemorySegment.NULL;
      append(first);
    }

    private void append(MemorySegment more) throws WireException {
      if (more.byteSize() > 0) {
        reserve(more.byteSize());
        int size = (int) more.byteSize();
        MemorySegment.copy(more, 0, MemorySegment.ofArray(values), count, size);
        count += size;
      }
    }

    private void reserve(long size) throws WireException {
      if (size > values.length - count) {
        values = Arrays.copyOf(values, grown(count, size));
      }
    }

    MemorySegment toSegment() {
      return count == 0 ? only : MemorySegment.ofArray(values).asSlice(0, count);
    }
  }

  /// The length of an array that has room for some more, and then some.
  private static int grown(int count, long more) throws WireException {
    if (more > Integer.MAX_VALUE - 8 - count) {
      throw new WireException("a list has more than %d numbers", count);
    }
    return (int) Math.min(Integer.MAX_VALUE - 8, Math.max(8, count + Math.max(more, count / 2)));
  }
}
