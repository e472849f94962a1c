package io.kioku.internal.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Chooses the backend of a layer for each call's sizes, and says why.
public final class Planner {
  private final LayerSpec spec;
  private final LayerBackend onednn; // null if it is no choice
  private final LayerBackend other; // null if oneDNN is the only choice
  private final int from; // the batch from which oneDNN is the fastest
  private final String drawback; // why oneDNN is to be avoided; null if there is no reason
  private volatile String
      unavailable; // why oneDNN cannot be used; empty if it can; null until that is known

  /// A planner among one or two backends, of which one may be oneDNN's.
  ///
  /// @throws IllegalArgumentException if no backend runs the layer; the message has each one's
  ///   reason
  public Planner(LayerSpec spec, List<LayerBackend> backends) {
    this.spec = spec;
    List<String> refusals = new ArrayList<>();
    LayerBackend first = null;
    LayerBackend second = null;
    for (LayerBackend backend : backends) {
      Optional<String> refusal = backend.refusal(spec);
      if (refusal.isPresent()) {
        refusals.add("backend " + backend.name() + ": " + refusal.get());
      } else if (backend.name().equals("onednn")) {
        first = backend;
      } else {
        second = backend;
      }
    }
    if (first == null && second == null) {
      throw new IllegalArgumentException(
          "no backend runs the cell " + spec.cell() + "; " + String.join("; ", refusals));
    }
    this.onednn = first;
    this.other = second;
    this.from = first == null ? Integer.MAX_VALUE : first.fastestFrom(spec);
    this.drawback = first == null ? null : first.drawback(spec).orElse(null);
  }

  /// What the planner plans for.
  public LayerSpec spec() {
    return spec;
  }

  /// How many backends may be chosen.
  int choices() {
    return onednn == null || other == null ? 1 : 2;
  }

  /// The backend for a batch of N.
  ///
  /// @param ragged whether the batch's sequences have different lengths
  public LayerBackend choose(int batch, boolean ragged) {
    if (choices() == 1) {
      return onednn == null ? other : onednn;
    }
    boolean fast = batch >= from && !ragged && drawback == null;
    return fast && unavailable().isEmpty() ? onednn : other;
  }

  /// oneDNN is large, so it is loaded when it would first be chosen; where it cannot be, its layers
  /// run elsewhere.
  private String unavailable() {
    if (unavailable == null) {
      unavailable = onednn.unavailable().orElse("");
    }
    return unavailable;
  }

  /// The name of the choice and its reason, in one line.
  public String explain(int batch, boolean ragged) {
    return choose(batch, ragged).name() + ": " + reason(batch, ragged);
  }

  private String reason(int batch, boolean ragged) {
    if (choices() == 1) {
      return "the only backend of this engine that runs the cell";
    }
    if (drawback != null) {
      return drawback;
    }
    if (ragged) {
      return "with different lengths the batch shrinks from step to step, and oneDNN needs a"
          + " primitive for each size";
    }
    if (from == Integer.MAX_VALUE) {
      return "faster than oneDNN with H=%d, whatever the batch".formatted(spec.hidden());
    }
    if (batch < from) {
      return "faster below N=%d with H=%d, where oneDNN overtakes it"
          .formatted(from, spec.hidden());
    }
    return unavailable().isEmpty()
        ? "its blocked products are the fastest from N=%d on with H=%d"
            .formatted(from, spec.hidden())
        : "oneDNN would be faster, but " + unavailable();
  }
}
