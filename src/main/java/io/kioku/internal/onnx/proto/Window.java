package io.kioku.internal.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// A file's bytes, seen through a small array: a look into an array is quick even in a program that
/// has just started, one into a segment is not.
final class Window {
  private static final int LENGTH = 4096;

  private final MemorySegment bytes;
  private final byte[] seen;
  private long start;
  private int count;

  Window(MemorySegment bytes) {
    this.bytes = bytes;
    this.seen = new byte[(int) Math.min(LENGTH, bytes.byteSize())];
  }

  /// The bytes themselves, from one place to another.
  MemorySegment slice(long from, long to) {
    return bytes.asSlice(from, to - from);
  }

  String text(long from, long to) throws WireException {
    long length = to - from;
    if (length > Integer.MAX_VALUE - 8) {
      throw new WireException("a text has %d bytes", length);
    }
    if (length > LENGTH) {
      byte[] text = slice(from, to).toArray(ValueLayout.JAVA_BYTE);
      return new String(text, StandardCharsets.UTF_8);
    }
    if (length == 0) {
      return "";
    }
    if (from < start || to > start + count) {
      move(from);
    }
    return new String(seen, (int) (from - start), (int) length, StandardCharsets.UTF_8);
  }

  /// The byte at a place below the size.
  byte at(long place) {
    if (place < start || place >= start + count) {
      move(place);
    }
    return seen[(int) (place - start)];
  }

  private void move(long place) {
    start = place;
    count = (int) Math.min(seen.length, bytes.byteSize() - place);
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, place, seen, 0, count);
  }
}
