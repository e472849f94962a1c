package io.kioku.format;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;

/// Writes a Safetensors file.
final class SafetensorsWriter {
  /// The reference implementation pads the header with spaces to a multiple of this.
  private static final int PADDING = 8;

  /// The most bytes one write is given; a [ByteBuffer] cannot hold 2^31.
  private static final long CHUNK = 1L << 30;

  private static final JsonFactory JSON = new JsonFactory();

  private SafetensorsWriter() {}

  static void write(Safetensors file, Map<String, Dtype> dtypes, Path path) throws IOException {
    byte[] header = header(file, dtypes);
    if (header.length > SafetensorsHeader.MAX_LENGTH) {
      throw new IOException(
          "%s: the header would have %d bytes; at most %d are allowed"
              .formatted(path, header.length, SafetensorsHeader.MAX_LENGTH));
    }
    ByteBuffer prefix = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    prefix.putLong(header.length).flip();
    AtomicFile.write(
        path,
        out -> {
          drain(MemorySegment.ofBuffer(prefix), out);
          drain(MemorySegment.ofArray(header), out);
          for (var tensor : file.tensors().entrySet()) {
            drain(dtypes.get(tensor.getKey()).narrow(tensor.getValue().data()), out);
          }
        });
  }

  /// Encodes the header of tensors whose data follow each other in the order of the map.
  private static byte[] header(Safetensors file, Map<String, Dtype> dtypes) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes, JsonEncoding.UTF8)) {
      json.writeStartObject();
      if (!file.metadata().isEmpty()) {
        json.writeObjectFieldStart(Safetensors.METADATA);
        for (var entry : file.metadata().entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (var entry : file.tensors().entrySet()) {
        Dtype dtype = dtypes.get(entry.getKey());
        long end = Math.addExact(begin, entry.getValue().size() * dtype.bytes());
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", dtype.name());
        writeLongs(json, "shape", entry.getValue().shape());
        writeLongs(json, "data_offsets", begin, end);
        json.writeEndObject();
        begin = end;
      }
      json.writeEndObject();
    }
    while (bytes.size() % PADDING != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private static void writeLongs(JsonGenerator json, String field, long... values)
      throws IOException {
    json.writeFieldName(field);
    json.writeArray(values, 0, values.length);
  }

  private static void drain(MemorySegment bytes, FileChannel out) throws IOException {
    long written = 0;
    while (written < bytes.byteSize()) {
      long length = Math.min(CHUNK, bytes.byteSize() - written);
      written += out.write(bytes.asSlice(written, length).asByteBuffer());
    }
  }
}
