package io.kioku.onnx;

import io.kioku.format.FormatException;
import io.kioku.format.NdArray;
import io.kioku.internal.onnx.graph.ExternalData;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.TensorReader;
import io.kioku.internal.onnx.proto.TensorMessage;
import io.kioku.internal.onnx.proto.WireException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/// Files that hold one tensor each, as `input_0.pb` of ONNX's backend tests.
public final class OnnxTensors {
  private OnnxTensors() {}

  /// Reads a file with a `TensorProto`.
  ///
  /// @throws FormatException if it is damaged, or of an element type that is not supported
  /// @throws IOException if it cannot be read
  public static NdArray read(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(path));
      ExternalData external = new ExternalData(path.toAbsolutePath().getParent(), arena);
      return new TensorReader(external, arena).array(TensorMessage.read(bytes));
    } catch (WireException | Refusal e) {
      throw new FormatException(path.toString(), e.getMessage(), e);
    }
  }
}
