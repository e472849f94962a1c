package io.kioku.internal.onnx.graph;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/// Files that are taken for ONNX models and are none, known by their first bytes. No protobuf
/// message of a model begins so.
///
/// @param text completes "the file …": what it is, and what to do
public record ForeignFile(String text) {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int HEAD = 512;
  private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

  /// Of a ZIP file's directory and its end, in bytes; see [APPNOTE
  /// 4.3](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
  private static final int ZIP_END = 22;

  private static final int ZIP_ENTRY = 46;
  private static final int ZIP_LONGEST_COMMENT = 65_535;
  private static final int ZIP_MOST_NAMES = 1_000;

  /// What a file is; empty if it may be an ONNX model.
  public static Optional<ForeignFile> of(MemorySegment bytes) {
    String head = text(bytes, 0, Math.min(bytes.byteSize(), HEAD), StandardCharsets.ISO_8859_1);
    String lower = head.strip().toLowerCase(Locale.ROOT);
    lower = lower.startsWith(BYTE_ORDER_MARK) ? lower.substring(BYTE_ORDER_MARK.length()) : lower;
    String text = null;
    if (head.startsWith("PK\u0003\u0004")) {
      text = zip(zipNames(bytes));
    } else if (head.startsWith("\u0089HDF\r\n")) {
      text =
          "is an HDF5 file, as Keras wrote models before version 3: convert it, as with python -m"
              + " tf2onnx.convert --keras FILE --output model.onnx";
    } else if (head.startsWith("TFL3", 4)) {
      text =
          "is a TensorFlow Lite model: convert it, as with python -m tf2onnx.convert --tflite FILE"
              + " --output model.onnx";
    } else if (head.startsWith("\u0080\u0002")) {
      text =
          "is a Python pickle, as torch.save wrote it before PyTorch 1.6: load it there and write"
              + " the model with torch.onnx.export";
    } else if (head.startsWith("\u001F\u008B")) {
      text = "is compressed with gzip: unpack it first, with gunzip";
    } else if (head.startsWith("\u0093NUMPY")) {
      text = "is a NumPy array, which can be a model's input but is no model";
    } else if (lower.startsWith("version https://git-lfs")) {
      text =
          "is a Git LFS pointer, which stands for the file: fetch the file itself with git lfs pull";
    } else if (lower.startsWith("<!doctype html") || lower.startsWith("<html")) {
      text =
          "is a web page, such as one that shows the file or an error: download the file itself"
              + " (on GitHub and Hugging Face, the raw one)";
    } else if (isSafetensors(bytes)) {
      text =
          "is a safetensors file, which has weights but no graph: export the model to ONNX where it"
              + " is defined, or read the weights with Weights.load";
    }
    return text == null ? Optional.empty() : Optional.of(new ForeignFile(text));
  }

  private static String zip(List<String> names) {
    Predicate<Predicate<String>> any = test -> names.stream().anyMatch(test);
    if (any.test(name -> name.endsWith("/data.pkl"))) {
      return any.test(name -> name.contains("/code/"))
          ? "is a TorchScript module: load it with torch.jit.load and write it with"
              + " torch.onnx.export"
          : "is a PyTorch checkpoint: load it there and write the model with torch.onnx.export";
    }
    if (any.test(name -> name.equals("model.weights.h5"))) {
      return "is a Keras model: load it there and write it with model.export('model.onnx',"
          + " format='onnx')";
    }
    if (!names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"))) {
      return "is an npz archive of NumPy arrays, which can be a model's inputs but is no model";
    }
    return names.stream()
        .filter(name -> name.endsWith(".onnx"))
        .findFirst()
        .map("is a ZIP archive that has '%s': unpack it first"::formatted)
        .orElse("is a ZIP archive: unpack it, if it holds an ONNX model");
  }

  /// The names in a ZIP archive, or those of them that can be read.
  private static List<String> zipNames(MemorySegment zip) {
    List<String> names = new ArrayList<>();
    long end = zip.byteSize() - ZIP_END;
    long last = Math.max(0, end - ZIP_LONGEST_COMMENT);
    while (end >= last && zip.get(INT, end) != 0x06054B50) {
      end--;
    }
    long at = end < last ? zip.byteSize() : Integer.toUnsignedLong(zip.get(INT, end + 16));
    while (at + ZIP_ENTRY <= zip.byteSize()
        && zip.get(INT, at) == 0x02014B50
        && names.size() < ZIP_MOST_NAMES) {
      int length = Short.toUnsignedInt(zip.get(SHORT, at + 28));
      int extra = Short.toUnsignedInt(zip.get(SHORT, at + 30));
      int comment = Short.toUnsignedInt(zip.get(SHORT, at + 32));
      if (at + ZIP_ENTRY + length > zip.byteSize()) {
        break;
      }
      names.add(text(zip, at + ZIP_ENTRY, length, StandardCharsets.UTF_8));
      at += ZIP_ENTRY + length + extra + comment;
    }
    return names;
  }

  private static String text(MemorySegment bytes, long from, long length, Charset charset) {
    return new String(bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE), charset);
  }

  /// The length of a JSON object, and the object.
  private static boolean isSafetensors(MemorySegment bytes) {
    if (bytes.byteSize() < Long.BYTES + 2 || bytes.get(ValueLayout.JAVA_BYTE, Long.BYTES) != '{') {
      return false;
    }
    long length = bytes.get(LONG, 0);
    return length > 1 && length <= bytes.byteSize() - Long.BYTES;
  }
}
