package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Runs models chunk by chunk, and compares with the whole.
public final class Chunks {
  private Chunks() {}

  /// Loads a model to be streamed.
  public static OnnxModel load(TinyModel model) {
    return OnnxModel.builder().streaming().load(MemorySegment.ofArray(model.bytes()));
  }

  /// The outputs of chunks of these lengths: along time one behind the other, others of the last
  /// chunk.
  public static Map<String, NdArray> run(
      OnnxSession session,
      OnnxModel model,
      List<OnnxStream> streams,
      Map<String, NdArray> inputs,
      int... lengths) {
    Map<String, List<NdArray>> outputs = new LinkedHashMap<>();
    long at = 0;
    for (int length : lengths) {
      for (var input : inputs.entrySet()) {
        OptionalInt axis = model.timeAxis(input.getKey());
        NdArray whole = input.getValue();
        session.set(
            input.getKey(),
            axis.isPresent() ? whole.slice(axis.getAsInt(), at, at + length) : whole);
      }
      at += length;
      session.run(streams);
      for (OnnxValue output : model.outputs()) {
        NdArray value = session.get(output.name());
        outputs.computeIfAbsent(output.name(), name -> new ArrayList<>()).add(value);
      }
    }
    Map<String, NdArray> joined = new LinkedHashMap<>();
    outputs.forEach((name, values) -> {
      OptionalInt axis = model.timeAxis(name);
      joined.put(
          name, axis.isPresent() ? NdArray.concat(axis.getAsInt(), values) : values.getLast());
    });
    return joined;
  }

  /// Checks that chunks of all of these lengths give what the whole gives.
  public static void assertSame(
      TinyModel model, Map<String, NdArray> inputs, int batch, int[]... lengths) {
    Map<String, NdArray> expected = Oracle.actual(model, inputs);
    try (OnnxModel loaded = load(model);
        OnnxSession session = loaded.newSession()) {
      List<OnnxStream> streams = new ArrayList<>();
      for (int n = 0; n < batch; n++) {
        streams.add(loaded.newStream());
      }
      for (int[] chunks : lengths) {
        streams.forEach(OnnxStream::clear);
        Map<String, NdArray> actual = run(session, loaded, streams, inputs, chunks);
        expected.forEach((name, value) -> {
          assertArrayEquals(value.shape(), actual.get(name).shape(), name);
          assertArrayEquals(value.toFloats(), actual.get(name).toFloats(), 2e-5f, name);
        });
      }
    }
  }

  /// Checks that a model cannot be streamed, and that its message has these parts.
  public static void assertRefused(TinyModel model, String... parts) {
    OnnxException refusal = assertThrows(OnnxException.class, () -> load(model).close());
    for (String part : parts) {
      assertEquals(true, refusal.getMessage().contains(part), refusal.getMessage());
    }
  }
}
