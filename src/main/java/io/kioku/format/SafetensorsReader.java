package io.kioku.format;

import io.kioku.format.SafetensorsHeader.Entry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads a Safetensors file from its first byte to its last. Nothing is allocated for a length that
/// was not checked against the real size of the file before.
///
/// The data are copied, not mapped: whoever truncates a mapped file turns a later access, far from
/// here and perhaps in native code, into a JVM error or a crash. Backends pack the weights anyhow.
final class SafetensorsReader {
  /// The most bytes one read is asked for; a [ByteBuffer] cannot hold 2^31.
  private static final long CHUNK = 1L << 30;

  private final ReadableByteChannel in;
  private final String source;

  SafetensorsReader(ReadableByteChannel in, String source) {
    this.in = in;
    this.source = source;
  }

  /// Reads the file, whose size is given in bytes.
  Safetensors read(long size) throws IOException {
    int length = headerLength(size);
    byte[] json = new byte[length];
    fill(MemorySegment.ofArray(json));
    SafetensorsHeader header = SafetensorsHeader.parse(json, source);

    Map<String, Tensor> tensors = new LinkedHashMap<>();
    header.entries().forEach(entry -> tensors.put(entry.name(), null)); // fixes their order
    // The data have neither holes nor overlaps, so reading them in order needs no seeking.
    for (Entry entry : covering(header.entries(), size - Long.BYTES - length)) {
      tensors.put(entry.name(), tensor(entry));
    }
    return new Safetensors(tensors, header.metadata());
  }

  private int headerLength(long size) throws IOException {
    if (size < Long.BYTES) {
      throw new FormatException(
          source, "expected 8 bytes with the length of the header, but the file has " + size);
    }
    byte[] prefix = new byte[Long.BYTES];
    fill(MemorySegment.ofArray(prefix));
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    long most = Math.min(size - Long.BYTES, SafetensorsHeader.MAX_LENGTH);
    if (length < 2 || length > most) {
      throw new FormatException(
          source,
          "the first 8 bytes give a header length of %s; expected 2 to %d, as the file has %d bytes"
              .formatted(Long.toUnsignedString(length), most, size));
    }
    return (int) length;
  }

  /// Sorts tensors by their offsets and checks that they cover the data, each byte once.
  private List<Entry> covering(List<Entry> entries, long dataLength) throws FormatException {
    List<Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort((a, b) ->
        a.begin() != b.begin()
            ? Long.compare(a.begin(), b.begin())
            : Long.compare(a.end(), b.end()));
    long covered = 0;
    for (Entry entry : inOrder) {
      if (entry.begin() != covered) {
        throw new FormatException(
            source,
            "tensor %s: its data begin at %d, but the tensors before it end at %d: %s"
                .formatted(
                    SafetensorsHeader.quote(entry.name()),
                    entry.begin(),
                    covered,
                    entry.begin() < covered ? "they overlap" : "there is a hole"));
      }
      covered = entry.end();
    }
    if (covered != dataLength) {
      throw new FormatException(
          source,
          "the tensors need %d bytes of data, but %d follow the header: %s"
              .formatted(
                  covered,
                  dataLength,
                  covered < dataLength ? "some belong to no tensor" : "the file is cut off"));
    }
    return inOrder;
  }

  private Tensor tensor(Entry entry) throws IOException {
    MemorySegment floats = Tensor.allocate(entry.elements());
    fill(floats.asSlice(floats.byteSize() - (entry.end() - entry.begin())));
    entry.dtype().widen(floats);
    return new Tensor(floats, entry.shape());
  }

  private void fill(MemorySegment target) throws IOException {
    long filled = 0;
    while (filled < target.byteSize()) {
      long length = Math.min(CHUNK, target.byteSize() - filled);
      int n = in.read(target.asSlice(filled, length).asByteBuffer());
      if (n < 0) {
        throw new FormatException(
            source, "the file became shorter while it was read; is someone writing to it?");
      }
      filled += n;
    }
  }
}
