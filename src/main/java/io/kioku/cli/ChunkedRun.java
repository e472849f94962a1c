package io.kioku.cli;

import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.OnnxStream;
import io.kioku.onnx.OnnxValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Runs a model that was loaded for streaming chunk by chunk, as a stream of live data would.
///
/// @param chunk the steps of each chunk; the last one has what is left
record ChunkedRun(OnnxModel model, Map<String, NdArray> inputs, long chunk) {
  /// The outputs: along time one chunk's behind the other's; what has no time is the last chunk's.
  ///
  /// @throws UserError if the inputs differ in length
  Map<String, NdArray> run() {
    long steps = steps();
    Map<String, List<NdArray>> outputs = new LinkedHashMap<>();
    try (OnnxSession session = model.newSession()) {
      List<OnnxStream> streams = new ArrayList<>();
      for (int n = 0; n < batch(); n++) {
        streams.add(model.newStream());
      }
      for (long at = 0; at == 0 || at < steps; at += chunk) {
        long begin = at;
        long end = Math.min(steps, at + chunk);
        inputs.forEach((name, value) -> {
          OptionalInt axis = model.timeAxis(name);
          session.set(name, axis.isPresent() ? value.slice(axis.getAsInt(), begin, end) : value);
        });
        session.run(streams);
        for (OnnxValue output : model.outputs()) {
          NdArray value = session.get(output.name());
          outputs.computeIfAbsent(output.name(), name -> new ArrayList<>()).add(value);
        }
      }
    }
    Map<String, NdArray> joined = new LinkedHashMap<>();
    outputs.forEach((name, parts) -> {
      OptionalInt axis = model.timeAxis(name);
      joined.put(name, axis.isPresent() ? NdArray.concat(axis.getAsInt(), parts) : parts.getLast());
    });
    return joined;
  }

  /// How many steps the inputs have; some input has time.
  private long steps() {
    long steps = -1;
    for (var input : inputs.entrySet()) {
      OptionalInt axis = model.timeAxis(input.getKey());
      if (axis.isPresent()) {
        long own = input.getValue().shape()[axis.getAsInt()];
        if (steps >= 0 && own != steps) {
          throw new UserError(
              "input '%s' has %d steps, another has %d".formatted(input.getKey(), own, steps));
        }
        steps = own;
      }
    }
    return steps;
  }

  /// How many streams there are side by side: the batch of the inputs.
  private int batch() {
    for (OnnxValue input : model.inputs()) {
      OptionalInt axis = model.batchAxis(input.name());
      if (axis.isPresent()) {
        return Math.toIntExact(inputs.get(input.name()).shape()[axis.getAsInt()]);
      }
    }
    return 1;
  }
}
