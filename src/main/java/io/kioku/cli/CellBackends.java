package io.kioku.cli;

import io.kioku.internal.backend.DirectedLayer;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Planner;
import io.kioku.internal.backend.Tuner;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.backend.onednn.OnednnBackend;
import io.kioku.internal.backend.reference.ReferenceBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which backends run a layer, and which one the planner takes.
final class CellBackends {
  /// The batches for which plans are shown: one stream, and many.
  static final List<Integer> BATCHES = List.of(1, 32);

  /// A call that is no single step.
  private static final int MANY_STEPS = 50;

  private static final LayerBackend ONEDNN = new OnednnBackend();
  private static final LayerBackend LIBKIOKU = new LibkiokuBackend();

  /// What the planner chooses from, as [io.kioku.Engine#open()].
  private static final List<LayerBackend> PLANNED = List.of(ONEDNN, LIBKIOKU);

  /// All, and what each computes with.
  private static final List<Way> WAYS =
      List.of(
          new Way(new ReferenceBackend(), "in plain Java, in double"),
          new Way(ONEDNN, "with its primitive for these equations"),
          new Way(LIBKIOKU, "with packed products and what follows them from the equations"));

  private record Way(LayerBackend backend, String means) {
    String verdict(LayerSpec spec) {
      Optional<String> refusal = Planner.refusal(backend, spec);
      if (refusal.isPresent()) {
        return "no: " + refusal.get();
      }
      Optional<String> missing = backend.unavailable();
      return missing.isPresent()
          ? "yes, but not here: " + missing.get()
          : "yes, "
              + backend
                  .drawback(spec)
                  .map(drawback -> "but not the planner's choice: " + drawback)
                  .orElse(means);
    }
  }

  private CellBackends() {}

  /// The names of the backends that run a layer, whether this machine has them or not.
  static List<String> names(LayerSpec spec) {
    return WAYS.stream()
        .map(Way::backend)
        .filter(b -> b.refusal(spec).isEmpty())
        .map(LayerBackend::name)
        .toList();
  }

  /// Each backend, whether it runs a layer here, and why.
  static List<List<String>> verdicts(LayerSpec spec) {
    return WAYS.stream().map(way -> List.of(way.backend.name(), way.verdict(spec))).toList();
  }

  /// For each of [#BATCHES] the planner's choice and its reason.
  static List<List<String>> plans(LayerSpec spec) {
    return BATCHES.stream()
        .map(batch -> List.of("N = %d:".formatted(batch), plan(spec, MANY_STEPS, batch)))
        .toList();
  }

  /// Measures which backend is the fastest for a layer here, and keeps that for all planners.
  static void tune(LayerSpec spec, Parameters parameters) throws IOException {
    Tuner.tune(spec, parameters, PLANNED);
  }

  /// The planner's choice for a batch and its reason.
  static String plan(LayerSpec spec, int steps, int batch) {
    if (LIBKIOKU.unavailable().isPresent()) {
      return "none, for want of native libraries; reference runs if asked for by name";
    }
    try {
      return new Planner(spec, PLANNED).explain(steps, batch);
    } catch (IllegalArgumentException e) { // none runs it
      return e.getMessage();
    }
  }

  /// The native memory of a layer's packed weights, in bytes.
  static long packedBytes(LayerSpec spec, Parameters parameters) {
    DirectedLayer layer = new DirectedLayer(spec, 0, false);
    try (PackedNetwork packed =
        new PackedNetwork(List.of(layer), List.of(parameters), PLANNED, 1)) {
      return packed.bytes();
    }
  }

  /// The backends that cannot be used here, by the reason.
  static Map<String, List<String>> missing() {
    Map<String, List<String>> missing = new LinkedHashMap<>();
    for (Way way : WAYS) {
      way.backend
          .unavailable()
          .ifPresent(
              why -> missing.computeIfAbsent(why, w -> new ArrayList<>()).add(way.backend.name()));
    }
    return missing;
  }
}
