package io.kioku.internal.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Chooses the backend of a layer for each call's sizes, and says why: the first of its backends
/// that nothing speaks against, else the last; or the one that was measured on this machine to be
/// the fastest, if [Tuner] measured the layer.
public final class Planner {
  private final LayerSpec spec;
  private final List<Candidate> preferred = new ArrayList<>(); // all but the last
  private final LayerBackend last;
  private final LayerBackend[] tuned; // for each of TunedPlans.BATCHES; null if not measured

  /// A backend, and what the layer's size says of it.
  private static final class Candidate {
    private final LayerBackend backend;
    private final int from; // the batch from which it is the fastest
    private final int fromStep; // the same for single steps
    private final String drawback; // why it is to be avoided; null if there is no reason
    private final String raggedDrawback; // the same with different lengths
    private volatile String
        unavailable; // why it cannot be used; empty if it can; null until that is known

    Candidate(LayerBackend backend, LayerSpec spec) {
      this.backend = backend;
      this.from = backend.fastestFrom(spec, false);
      this.fromStep = backend.fastestFrom(spec, true);
      this.drawback = backend.drawback(spec).orElse(null);
      this.raggedDrawback = backend.raggedDrawback().orElse(null);
    }

    int from(int steps) {
      return steps == 1 ? fromStep : from;
    }

    boolean suits(int steps, int batch, boolean ragged) {
      return batch >= from(steps)
          && drawback == null
          && !(ragged && raggedDrawback != null)
          && unavailable().isEmpty();
    }

    /// A library is loaded when its backend would first be chosen; where it cannot be, its layers
    /// run elsewhere.
    private String unavailable() {
      if (unavailable == null) {
        unavailable = backend.unavailable().orElse("");
      }
      return unavailable;
    }

    /// Why it is passed over.
    String against(int steps, int batch, LayerSpec spec) {
      int from = from(steps);
      if (drawback != null) {
        return drawback;
      }
      if (from == Integer.MAX_VALUE) {
        return "faster than %s with H=%d, whatever the batch"
            .formatted(backend.name(), spec.hidden());
      }
      return batch < from
          ? "faster below N=%d with H=%d, where %s overtakes it"
              .formatted(from, spec.hidden(), backend.name())
          : "%s would be faster, but %s".formatted(backend.name(), unavailable());
    }
  }

  /// A planner among backends.
  ///
  /// @param backends in the order in which they are preferred
  /// @throws IllegalArgumentException if no backend runs the layer; the message has each one's
  ///   reason
  public Planner(LayerSpec spec, List<LayerBackend> backends) {
    this.spec = spec;
    List<String> refusals = new ArrayList<>();
    List<LayerBackend> able = new ArrayList<>();
    for (LayerBackend backend : backends) {
      Optional<String> refusal = refusal(backend, spec);
      if (refusal.isPresent()) {
        refusals.add("backend " + backend.name() + ": " + refusal.get());
      } else {
        able.add(backend);
      }
    }
    if (able.isEmpty()) {
      throw new IllegalArgumentException(
          "no backend runs the cell %s%s; %s"
              .formatted(
                  spec.cell(),
                  spec.quantization().isReduced() ? " in " + spec.quantization().format() : "",
                  String.join("; ", refusals)));
    }
    this.last = able.removeLast();
    for (LayerBackend backend : able) {
      preferred.add(new Candidate(backend, spec));
    }
    this.tuned = able.isEmpty() ? null : tuned(backends);
  }

  private LayerBackend[] tuned(List<LayerBackend> backends) {
    if (last.unavailable().isPresent()) {
      return null; // nothing was measured without the natives
    }
    Optional<List<String>> names = TunedPlans.of(spec);
    if (names.isEmpty()) {
      return null;
    }
    LayerBackend[] found =
        names.get().stream()
            .flatMap(name -> backends.stream().filter(b -> b.name().equals(name)))
            .filter(b -> refusal(b, spec).isEmpty() && b.unavailable().isEmpty())
            .toArray(LayerBackend[]::new);
    return found.length == TunedPlans.BATCHES.size() ? found : null;
  }

  /// Why a backend cannot run a layer; empty if it can.
  public static Optional<String> refusal(LayerBackend backend, LayerSpec spec) {
    return spec.quantization().isReduced() && !backend.isQuantizing()
        ? Optional.of("it computes in full precision only")
        : backend.refusal(spec);
  }

  /// What the planner plans for.
  public LayerSpec spec() {
    return spec;
  }

  /// The backend for T steps of a batch of N.
  ///
  /// @param ragged whether the batch's rows differ in length, mask or clock: if so, one that [takes
  ///   any rows][LayerBackend#takesAnyRows] in one call, if there is one
  public LayerBackend choose(int steps, int batch, boolean ragged) {
    if (tuned != null && !ragged) {
      return tuned[tunedIndex(batch)];
    }
    int chosen = ragged ? anyRows(steps, batch) : -1;
    chosen = chosen < 0 ? chosen(steps, batch, ragged) : chosen;
    return chosen == preferred.size() ? last : preferred.get(chosen).backend;
  }

  private static int tunedIndex(int batch) {
    int i = TunedPlans.BATCHES.size() - 1;
    while (TunedPlans.BATCHES.get(i) > batch) {
      i--;
    }
    return i;
  }

  /// An index into the preferred ones; their number if it is the last one.
  private int chosen(int steps, int batch, boolean ragged) {
    for (int i = 0; i < preferred.size(); i++) { // no iterator: runs allocate nothing
      if (preferred.get(i).suits(steps, batch, ragged)) {
        return i;
      }
    }
    return preferred.size();
  }

  /// The first that takes any rows; -1 if none does.
  private int anyRows(int steps, int batch) {
    for (int i = 0; i < preferred.size(); i++) {
      Candidate candidate = preferred.get(i);
      if (candidate.backend.takesAnyRows() && candidate.suits(steps, batch, true)) {
        return i;
      }
    }
    return last.takesAnyRows() ? preferred.size() : -1;
  }

  /// The name of the choice and its reason, in one line.
  public String explain(int steps, int batch) {
    return choose(steps, batch, false).name() + ": " + reason(steps, batch);
  }

  private String reason(int steps, int batch) {
    if (tuned != null) {
      return "measured on this machine to be the fastest from N=%d on"
          .formatted(TunedPlans.BATCHES.get(tunedIndex(batch)));
    }
    if (preferred.isEmpty()) {
      return "the only backend of this engine that runs the cell";
    }
    int chosen = chosen(steps, batch, false);
    if (chosen > 0) {
      return preferred.getFirst().against(steps, batch, spec);
    }
    int from = preferred.getFirst().from(steps);
    return from == 1
        ? "the fastest with H=%d, whatever the batch".formatted(spec.hidden())
        : "its blocked products are the fastest from N=%d on with H=%d"
            .formatted(from, spec.hidden());
  }
}
