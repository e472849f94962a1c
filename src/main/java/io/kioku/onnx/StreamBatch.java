package io.kioku.onnx;

import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.plan.Execution;
import io.kioku.internal.onnx.plan.ModelFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The streams of a session's run: row n of each state is stream n's. Nobody else has them until
/// they are released. Allocates nothing while batches are as large as before.
final class StreamBatch {
  private final OnnxModel model;
  private final Execution execution;
  private final List<OnnxStream> streams = new ArrayList<>();

  StreamBatch(OnnxModel model, Execution execution) {
    this.model = model;
    this.execution = execution;
  }

  /// Makes a stream the next row.
  ///
  /// @throws IllegalArgumentException if it is of another model
  /// @throws IllegalStateException if another caller has it, or it is a row already
  void add(OnnxStream stream) {
    if (!Objects.requireNonNull(stream, "stream").isOf(model)) {
      throw new IllegalArgumentException("stream %d is of another model".formatted(streams.size()));
    }
    try {
      stream.enter();
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "stream %d is in use: another caller has it, or it stands twice in this batch"
              .formatted(streams.size()),
          e);
    }
    streams.add(stream);
  }

  /// Gives all streams back.
  void release() {
    for (int n = 0; n < streams.size(); n++) { // no iterator: runs allocate nothing
      streams.get(n).exit();
    }
    streams.clear();
  }

  /// Copies the states into the inputs.
  ///
  /// @throws IllegalArgumentException if there is no stream, or the model has no batch and there
  ///   are several
  void load() {
    int count = streams.size();
    if (count == 0) {
      throw new IllegalArgumentException("no streams, expected at least one");
    }
    List<StateBinding> states = model.states();
    for (int i = 0; i < states.size(); i++) {
      resize(states.get(i), count);
    }
    for (int n = 0; n < count; n++) {
      streams.get(n).load(execution.inputs(), n, count);
    }
  }

  private void resize(StateBinding part, int count) {
    Value value = execution.inputs().get(part.input());
    if (part.axis() < 0 && count > 1) {
      throw new IllegalArgumentException(
          "state input '%s' has no batch: its streams run one by one".formatted(value.name()));
    }
    boolean same =
        value.shape() != null
            && (part.axis() < 0 || value.dim(part.axis()) == rows(part, count))
            && value.rank() == part.dims().length;
    if (!same) {
      long[] dims = part.dims().clone();
      if (part.axis() >= 0) {
        dims[part.axis()] = rows(part, count);
      }
      try {
        value.resize(part.info().type(), dims);
      } catch (ModelFailure e) {
        throw OnnxException.of(e);
      }
    }
  }

  private static long rows(StateBinding part, int count) {
    return Math.multiplyExact(part.dims()[part.axis()], (long) count);
  }

  /// Copies the states out of the outputs.
  ///
  /// @throws OnnxException if an output has not its input's type and shape; no stream has changed
  void store() {
    List<StateBinding> states = model.states();
    for (int i = 0; i < states.size(); i++) {
      check(states.get(i));
    }
    for (int n = 0; n < streams.size(); n++) {
      streams.get(n).store(execution.outputs(), n, streams.size());
    }
  }

  private void check(StateBinding part) {
    Value in = execution.inputs().get(part.input());
    Value out = execution.outputs().get(part.output());
    if (in.type() != out.type() || !Arrays.equals(in.dims(), out.dims())) {
      throw new OnnxException(
          "output '%s' is %s, it cannot carry the state of input '%s', %s"
              .formatted(out.name(), out.shape(), in.name(), in.shape()));
    }
  }
}
