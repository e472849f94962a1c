package io.kioku.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What stands before the samples of a WAV file: how they are stored, and how many there are.
///
/// @param isFloat whether samples are floating-point numbers
/// @param width bytes of a sample
/// @param channels at least 1
/// @param sampleRate frames a second
/// @param begin where the samples begin, in bytes from the file's beginning
/// @param dataBytes how many bytes of samples there should be; [#UNKNOWN] if it was written while
///   nobody knew
record WavHeader(
    boolean isFloat, int width, int channels, int sampleRate, long begin, long dataBytes) {
  static final long UNKNOWN = Long.MAX_VALUE;

  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;

  /// Of the identifiers of formats, all but the first two bytes, which are the format.
  private static final byte[] GUID_REST = {
    0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0, (byte) 0xAA, 0, 0x38, (byte) 0x9B, 0x71
  };

  private static final long MAX_UINT = 0xFFFF_FFFFL;

  /// How many bytes of a chunk have a meaning here, at most.
  private static final int MOST = 64;

  /// Bytes of one sample of all channels.
  int frame() {
    return width * channels;
  }

  /// Reads up to the first sample.
  static WavHeader read(InputStream in, String source) throws IOException {
    return new Reader(in, source).read();
  }

  /// Goes through the chunks before the samples.
  private static final class Reader {
    private final InputStream in;
    private final String source;
    private long at;

    Reader(InputStream in, String source) {
      this.in = in;
      this.source = source;
    }

    WavHeader read() throws IOException {
      String riff = name(bytes(4));
      bytes(4); // the file's size, which many get wrong
      boolean is64 = riff.equals("RF64") || riff.equals("BW64");
      if (!(is64 || riff.equals("RIFF")) || !name(bytes(4)).equals("WAVE")) {
        throw problem("is no WAV file: it does not begin with RIFF and WAVE");
      }
      WavHeader format = null;
      long longSize = UNKNOWN;
      while (true) {
        String name = name(bytes(4));
        long size = ByteBuffer.wrap(bytes(4)).order(ByteOrder.LITTLE_ENDIAN).getInt() & MAX_UINT;
        if (name.equals("data")) {
          if (format == null) {
            throw problem("has no 'fmt ' chunk before its samples");
          }
          return withData(format, size == MAX_UINT && is64 ? longSize : size);
        }
        ByteBuffer chunk = chunk(size);
        if (name.equals("fmt ")) {
          format = format(chunk);
        } else if (name.equals("ds64") && chunk.remaining() >= 16) {
          longSize = chunk.getLong(8) < 0 ? UNKNOWN : chunk.getLong(8);
        }
      }
    }

    /// Who writes into a pipe leaves 0 or the largest number.
    private WavHeader withData(WavHeader format, long size) {
      return new WavHeader(
          format.isFloat,
          format.width,
          format.channels,
          format.sampleRate,
          at,
          size == 0 || size == MAX_UINT ? UNKNOWN : size);
    }

    private WavHeader format(ByteBuffer chunk) throws FormatException {
      if (chunk.remaining() < 16) {
        throw problem(
            "its 'fmt ' chunk has %d bytes, expected at least 16".formatted(chunk.remaining()));
      }
      int tag = Short.toUnsignedInt(chunk.getShort(0));
      int channels = Short.toUnsignedInt(chunk.getShort(2));
      int sampleRate = chunk.getInt(4);
      int frame = Short.toUnsignedInt(chunk.getShort(12));
      int bits = Short.toUnsignedInt(chunk.getShort(14));
      if (tag == EXTENSIBLE) {
        tag = extended(chunk);
      }
      int width = Math.ceilDiv(bits, Byte.SIZE);
      boolean isKnown =
          tag == FLOAT ? bits == 32 || bits == 64 : tag == PCM && bits >= 1 && bits <= 32;
      if (!isKnown) {
        throw problem(
            "its samples are of format %s with %d bits, expected PCM of up to 32 bits or floats of 32 or 64"
                .formatted(formatName(tag), bits));
      }
      if (channels == 0 || frame != channels * width) {
        throw problem(
            "it has %d channels of %d bits in frames of %d bytes".formatted(channels, bits, frame));
      }
      if (sampleRate <= 0) {
        throw problem("its sample rate is %s".formatted(Integer.toUnsignedString(sampleRate)));
      }
      return new WavHeader(tag == FLOAT, width, channels, sampleRate, 0, 0);
    }

    private int extended(ByteBuffer chunk) throws FormatException {
      if (chunk.remaining() < 40) {
        throw problem(
            "its extensible 'fmt ' chunk has %d bytes, expected 40".formatted(chunk.remaining()));
      }
      byte[] rest = new byte[GUID_REST.length];
      chunk.get(26, rest);
      return Arrays.equals(rest, GUID_REST) ? Short.toUnsignedInt(chunk.getShort(24)) : EXTENSIBLE;
    }

    private static String formatName(int tag) {
      return switch (tag) {
        case PCM -> "PCM";
        case FLOAT -> "float";
        case 2, 0x11 -> "ADPCM";
        case 6 -> "A-law";
        case 7 -> "µ-law";
        case 0x55 -> "MP3";
        default -> "0x%04X".formatted(tag);
      };
    }

    /// A chunk's beginning; the rest is skipped, as is the byte after an odd one.
    private ByteBuffer chunk(long size) throws IOException {
      byte[] begin = bytes((int) Math.min(size, MOST));
      long rest = size - begin.length + size % 2;
      try {
        in.skipNBytes(rest);
      } catch (java.io.EOFException e) {
        throw new FormatException(source, "ends in a chunk before its samples", e);
      }
      at += rest;
      return ByteBuffer.wrap(begin).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] bytes(int count) throws IOException {
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw problem("ends before its samples, after %d bytes".formatted(at + bytes.length));
      }
      at += count;
      return bytes;
    }

    private static String name(byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private FormatException problem(String text) {
      return new FormatException(source, text);
    }
  }
}
