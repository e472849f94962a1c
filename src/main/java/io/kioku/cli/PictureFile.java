package io.kioku.cli;

import io.kioku.format.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import javax.imageio.ImageIO;

/// A PNG file that a command draws.
final class PictureFile {
  private static final String PNG = ".png";

  private PictureFile() {}

  /// Whether it could be written, before anything long is computed.
  ///
  /// @param out may be null: no picture is wanted
  /// @throws UserError if the name is not that of a PNG file
  static void check(Path out) {
    if (out == null) {
      return;
    }
    if (!out.toString().toLowerCase(Locale.ROOT).endsWith(PNG)) {
      throw new UserError("--out is %s, expected a name that ends in %s".formatted(out, PNG));
    }
    if (Files.isDirectory(out)) {
      throw new UserError(out + ": is a directory, expected the name of a file to write");
    }
  }

  /// Draws and writes it.
  ///
  /// @return its name and size, without a line's end
  /// @throws UserError if there are no fonts, or the file cannot be written
  static String write(Path out, Supplier<BufferedImage> drawing) {
    System.setProperty("java.awt.headless", "true"); // before anything of AWT is used
    Pen.checkFonts();
    BufferedImage image = drawing.get();
    try {
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.setUseCache(false); // of a temporary file
      ImageIO.write(image, "png", png);
      ByteBuffer bytes = ByteBuffer.wrap(png.toByteArray());
      AtomicFile.write(
          out,
          file -> {
            while (bytes.hasRemaining()) {
              file.write(bytes);
            }
          });
    } catch (IOException e) {
      throw UserError.writing(out, e);
    }
    return "%s: %d × %d pixels".formatted(out, image.getWidth(), image.getHeight());
  }
}
