package io.kioku.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// NumPy's `.npy` files: one array each.
///
///     NdArray x = Npy.read(Path.of("x.npy"));
///     Npy.write(Path.of("copy.npy"), x);
///
/// Versions 1 to 3 are read, in either byte order, row-major or Fortran's order; the elements are
/// Booleans, integers or floats of 16, 32 or 64 bits. Written is version 1, row-major,
/// little-endian.
///
/// Source: [NumPy's description of the
/// format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
public final class Npy {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /// The data begin on a multiple of it, so that the file can be mapped.
  private static final int ALIGNMENT = 64;

  private static final int CHUNK = 1 << 16;

  private Npy() {}

  /// Reads a file.
  ///
  /// @throws FormatException if it is damaged, longer than its array, or of an element type that is
  ///   none of [ElementType]
  /// @throws IOException if it cannot be read
  public static NdArray read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return new NpyReader(in, path.toString(), Files.size(path)).read(Long.MAX_VALUE);
    }
  }

  /// Writes a file or replaces it, whole or not at all.
  ///
  /// @throws IllegalArgumentException if the elements are bfloat16, which NumPy does not have
  /// @throws IOException if it cannot be written
  public static void write(Path path, NdArray array) throws IOException {
    byte[] header = header(array);
    AtomicFile.write(path, out -> write(Channels.newOutputStream(out), header, array));
  }

  /// What a file begins with.
  static byte[] header(NdArray array) {
    String text = NpyHeader.text(array);
    int before = MAGIC.length + 2 + Short.BYTES;
    int length = Math.ceilDiv(before + text.length() + 1, ALIGNMENT) * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (length - before));
    header.put(
        (text + " ".repeat(length - before - text.length() - 1) + "\n")
            .getBytes(StandardCharsets.US_ASCII));
    return header.array();
  }

  static void write(OutputStream out, byte[] header, NdArray array) throws IOException {
    out.write(header);
    MemorySegment data = array.data();
    byte[] buffer = new byte[(int) Math.min(CHUNK, data.byteSize())];
    for (long written = 0; written < data.byteSize(); ) {
      int n = (int) Math.min(buffer.length, data.byteSize() - written);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, written, buffer, 0, n);
      out.write(buffer, 0, n);
      written += n;
    }
  }
}
