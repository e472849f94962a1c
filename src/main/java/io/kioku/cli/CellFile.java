package io.kioku.cli;

import io.kioku.cell.Cell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A cell that a user has written into a file: its equations in UTF-8.
final class CellFile {
  private static final int LARGEST = 64 * 1024;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private CellFile() {}

  /// Reads the cell.
  ///
  /// @throws UserError if the file cannot be read or is no text
  /// @throws io.kioku.cell.EquationException if the text is no cell
  static Cell read(Path file) {
    String text = text(file, bytes(file));
    if (text.isBlank()) {
      throw new UserError(
          file + ": is empty, expected equations, as h' = tanh(W_h x + R_h h + b_h)");
    }
    return Cell.of(file.getFileName().toString(), text);
  }

  private static byte[] bytes(Path file) {
    if (Files.isDirectory(file)) {
      throw new UserError(file + ": is a directory, expected a file of equations");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new UserError(
            "%s: is larger than %d bytes, expected the equations of one cell"
                .formatted(file, LARGEST));
      }
      return bytes;
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }

  private static String text(Path file, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    boolean isUtf8 = decoder.decode(in, out, true).isUnderflow();
    String text = out.flip().toString();
    int zero = text.indexOf('\0');
    if (!isUtf8 || zero >= 0) {
      throw new UserError(
          "%s: is no text in UTF-8, as byte %d shows; expected the equations of one cell"
              .formatted(file, zero >= 0 ? offset(text, zero) : in.position()));
    }
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  private static int offset(String text, int at) {
    return text.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
  }
}
