package io.kioku.format;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// NumPy's `.npz` files: named arrays in a ZIP archive of `.npy` files.
///
///     Map<String, NdArray> arrays = Npz.read(Path.of("state.npz"));
///     Npz.write(Path.of("copy.npz"), arrays);
public final class Npz {
  /// The most bytes of arrays that are read: a small archive can hold any number of zeros.
  public static final long DEFAULT_LIMIT = 4L << 30;

  private static final String NPY = ".npy";

  /// The earliest time that ZIP knows: equal arrays give equal files.
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private Npz() {}

  /// Reads an archive, compressed or not.
  ///
  /// @return the arrays by their names, in the file's order
  /// @throws FormatException if it is damaged, has something else than arrays in it or two of one
  ///   name, or its arrays have more than [#DEFAULT_LIMIT] bytes
  /// @throws IOException if it cannot be read
  public static Map<String, NdArray> read(Path path) throws IOException {
    return read(path, DEFAULT_LIMIT);
  }

  /// The same with another limit.
  ///
  /// @param limit the most bytes that all arrays may have together
  public static Map<String, NdArray> read(Path path, long limit) throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(path.toFile())) {
      long left = limit;
      for (Iterator<? extends ZipEntry> i = zip.entries().asIterator(); i.hasNext(); ) {
        ZipEntry entry = i.next();
        String name = name(path, entry);
        NdArray array = array(zip, entry, "%s: %s".formatted(path, entry.getName()), left);
        left -= array.data().byteSize();
        if (arrays.put(name, array) != null) {
          throw new FormatException(path.toString(), "has two arrays of name '%s'".formatted(name));
        }
      }
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      // the last one: a name that is no UTF-8
      throw new FormatException(path.toString(), "is no .npz file: " + e.getMessage(), e);
    }
    return Collections.unmodifiableMap(arrays);
  }

  private static String name(Path path, ZipEntry entry) throws FormatException {
    String name = entry.getName();
    if (!name.endsWith(NPY)) {
      throw new FormatException(
          path.toString(), "has an entry '%s', expected names that end in .npy".formatted(name));
    }
    return name.substring(0, name.length() - NPY.length());
  }

  /// The size that the archive states may be a lie: what counts is what comes out of it.
  private static NdArray array(ZipFile zip, ZipEntry entry, String source, long limit)
      throws IOException {
    try (var in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
      NdArray array = new NpyReader(in, source, -1).read(limit);
      if (entry.getCrc() != in.getChecksum().getValue()) {
        throw new FormatException(source, "is damaged: it has another check sum than it should");
      }
      return array;
    } catch (FormatException e) {
      throw e;
    } catch (IOException e) { // damaged compressed data
      throw new FormatException(source, "cannot be read: " + e.getMessage(), e);
    }
  }

  /// Writes an archive or replaces it, whole or not at all. It is not compressed: floats hardly
  /// become smaller.
  ///
  /// @param arrays by their names, in the order of the file
  /// @throws IllegalArgumentException if elements are bfloat16, which NumPy does not have, or a
  ///   name is too long for ZIP
  /// @throws IOException if it cannot be written
  public static void write(Path path, Map<String, NdArray> arrays) throws IOException {
    AtomicFile.write(
        path,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(out));
          zip.setLevel(Deflater.NO_COMPRESSION);
          for (Map.Entry<String, NdArray> array : arrays.entrySet()) {
            ZipEntry entry = new ZipEntry(array.getKey() + NPY);
            entry.setTimeLocal(TIME);
            zip.putNextEntry(entry);
            Npy.write(zip, Npy.header(array.getValue()), array.getValue());
            zip.closeEntry();
          }
          zip.finish(); // not closed: the file is AtomicFile's
        });
  }
}
