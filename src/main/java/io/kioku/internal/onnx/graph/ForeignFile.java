package io.kioku.internal.onnx.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  private static final int HEAD = 512;
  private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

  /// Of a ZIP file's directory and its end, in bytes; see [APPNOTE
  /// 4.3](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
  private static final int ZIP_END = 22;

  private static final int ZIP_ENTRY = 46;
  private static final int ZIP_LONGEST_COMMENT = 65_535;
  private static final int ZIP_MOST_NAMES = 1_000;

  /// What a file is; empty if it may be an ONNX model.
  public static Optional<ForeignFile> of(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(bytes.length, HEAD), StandardCharsets.ISO_8859_1);
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
  private static List<String> zipNames(byte[] bytes) {
    List<String> names = new ArrayList<>();
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.length - ZIP_END;
    int last = Math.max(0, end - ZIP_LONGEST_COMMENT);
    while (end >= last && zip.getInt(end) != 0x06054B50) {
      end--;
    }
    long at = end < last ? bytes.length : Integer.toUnsignedLong(zip.getInt(end + 16));
    while (at + ZIP_ENTRY <= bytes.length
        && zip.getInt((int) at) == 0x02014B50
        && names.size() < ZIP_MOST_NAMES) {
      int length = Short.toUnsignedInt(zip.getShort((int) at + 28));
      int extra = Short.toUnsignedInt(zip.getShort((int) at + 30));
      int comment = Short.toUnsignedInt(zip.getShort((int) at + 32));
      if (at + ZIP_ENTRY + length > bytes.length) {
        break;
      }
      names.add(new String(bytes, (int) at + ZIP_ENTRY, length, StandardCharsets.UTF_8));
      at += ZIP_ENTRY + length + extra + comment;
    }
    return names;
  }

  /// The length of a JSON object, and the object.
  private static boolean isSafetensors(byte[] bytes) {
    if (bytes.length < Long.BYTES + 2 || bytes[Long.BYTES] != '{') {
      return false;
    }
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return length > 1 && length <= bytes.length - Long.BYTES;
  }
}
