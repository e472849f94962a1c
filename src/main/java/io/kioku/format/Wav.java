package io.kioku.format;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalLong;

/// Reads the sound of a WAV file from its beginning to its end, mixed down to one channel. It takes
/// little memory, however long the file is.
///
///     try (Wav wav = Wav.open(Path.of("speech.wav"))) {
///       float[] samples = new float[512];
///       while ((n = wav.read(samples, 0, 512)) > 0) {
///         // n samples from -1 to 1, wav.sampleRate() of them a second
///       }
///     }
///
/// Samples may be PCM of 8 to 32 bits or floats of 32 or 64, in any number of channels, whose mean
/// is taken; RF64 files may be longer than 4 GiB. A file that is cut off is read up to its end, as common
/// tools do: see [#isCutOff()]. One thread at a time.
///
/// Source: Microsoft's "Multiple channel audio data and WAVE files"; EBU Tech 3306 for RF64.
public final class Wav implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final InputStream in;
  private final WavHeader header;
  private final OptionalLong frames;
  private final boolean isCutOff;
  private final ByteBuffer buffer;
  private long left; // bytes of samples that have not been read from the file

  private Wav(InputStream in, WavHeader header, long size) {
    this.in = in;
    this.header = header;
    long there = Math.max(0, size - header.begin());
    boolean isKnown = size > 0;
    long bytes = isKnown ? Math.min(there, header.dataBytes()) : header.dataBytes();
    left = bytes;
    isCutOff = isKnown && header.dataBytes() < WavHeader.UNKNOWN && there < header.dataBytes();
    frames =
        bytes < WavHeader.UNKNOWN ? OptionalLong.of(bytes / header.frame()) : OptionalLong.empty();
    buffer =
        ByteBuffer.allocate(Math.max(1, BUFFER / header.frame()) * header.frame())
            .order(ByteOrder.LITTLE_ENDIAN)
            .limit(0);
  }

  /// Opens a file and reads what stands before its samples.
  ///
  /// @throws FormatException if it is no WAV file, its samples are of another kind, or it ends
  ///   before they begin
  /// @throws IOException if it cannot be read
  public static Wav open(Path path) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER);
    try {
      return new Wav(in, WavHeader.read(in, path.toString()), Files.size(path));
    } catch (Throwable e) {
      in.close();
      throw e;
    }
  }

  /// Samples of one channel in a second; at least 1.
  public int sampleRate() {
    return header.sampleRate();
  }

  /// The channels of the file; at least 1.
  public int channels() {
    return header.channels();
  }

  /// The samples of one channel in the file; empty if it is a pipe whose writer did not know.
  public OptionalLong frames() {
    return frames;
  }

  /// Whether the file has fewer samples than it says.
  public boolean isCutOff() {
    return isCutOff;
  }

  /// Reads on: integers become -1 to 1, floats stay what they are.
  ///
  /// @param samples where they go
  /// @param from the first place
  /// @param count how many at most
  /// @return how many there were; fewer than the count at the end only
  /// @throws IndexOutOfBoundsException if the array has no such places
  /// @throws IOException if the file cannot be read
  public int read(float[] samples, int from, int count) throws IOException {
    Objects.checkFromIndexSize(from, count, samples.length);
    int n = 0;
    while (n < count && (buffer.hasRemaining() || fill())) {
      samples[from + n++] = mean();
    }
    return n;
  }

  /// Frames that are not whole are none.
  private boolean fill() throws IOException {
    int n = in.readNBytes(buffer.array(), 0, (int) Math.min(buffer.capacity(), left));
    left = n < buffer.capacity() ? 0 : left - n;
    buffer.clear().limit(n / header.frame() * header.frame());
    return buffer.hasRemaining();
  }

  private float mean() {
    double sum = 0;
    for (int channel = 0; channel < header.channels(); channel++) {
      sum += sample();
    }
    return (float) (sum / header.channels());
  }

  private double sample() {
    return switch (header.width()) {
      case 1 -> (Byte.toUnsignedInt(buffer.get()) - 128) * 0x1p-7;
      case 2 -> buffer.getShort() * 0x1p-15;
      case 3 -> (Byte.toUnsignedInt(buffer.get()) | buffer.getShort() << Byte.SIZE) * 0x1p-23;
      case 4 -> header.isFloat() ? buffer.getFloat() : buffer.getInt() * 0x1p-31;
      default -> buffer.getDouble();
    };
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
