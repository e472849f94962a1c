package io.kioku.internal.onnx.op.recurrent;

import io.kioku.Model;
import io.kioku.Session;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The sessions of a node in one context. Where the weights are values of the context, they are
/// compared with those of the run before, byte by byte, and compiled anew if they have changed.
final class LayerSessions implements AutoCloseable {
  private final LayerModels models;
  private final Value[] weights; // by input; null: left out or no weight
  private final Value[] last; // copies of them
  private final List<Session> sessions = new ArrayList<>();
  private List<Model> own = List.of();
  private int batch;

  LayerSessions(LayerModels models, KernelContext context) {
    this.models = models;
    int[] inputs = models.inputs();
    weights = new Value[inputs[inputs.length - 1] + 1];
    last = new Value[weights.length];
    for (int input : inputs) {
      weights[input] = context.in(input);
      last[input] = weights[input] == null ? null : context.scratch();
    }
  }

  /// The session of a model, ready for a run.
  Session get(int model) {
    return sessions.get(model);
  }

  /// Makes the sessions fit the weights and a batch. Allocates nothing while both stay the same.
  ///
  /// @param newBatch at least 1
  void refresh(int newBatch) {
    if (models.shared() != null) {
      if (sessions.isEmpty()) {
        open(models.shared(), newBatch);
      }
    } else if (sessions.isEmpty() || isChanged()) {
      compile(newBatch);
    }
    if (newBatch != batch) {
      for (Session session : sessions) {
        session.resize(newBatch);
      }
      batch = newBatch;
    }
  }

  private boolean isChanged() {
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] != null && !isSame(weights[i], last[i])) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSame(Value a, Value b) {
    return a.type() == b.type()
        && Arrays.equals(a.dims(), b.dims())
        && a.data().mismatch(b.data()) < 0;
  }

  private void compile(int newBatch) {
    close();
    Constant[] constants = new Constant[weights.length];
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] != null) {
        last[i].copy(weights[i]);
        constants[i] = new Constant(weights[i].type(), weights[i].dims(), weights[i].data());
      }
    }
    own = models.compile(constants);
    open(own, newBatch);
  }

  private void open(List<Model> all, int newBatch) {
    batch = newBatch;
    for (Model model : all) {
      sessions.add(model.newSession(newBatch));
    }
  }

  @Override
  public void close() {
    for (Session session : sessions) {
      session.close();
    }
    sessions.clear();
    for (Model model : own) {
      model.close();
    }
    own = List.of();
  }
}
