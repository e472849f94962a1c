package io.kioku.bench.layer;

import io.kioku.Backend;
import io.kioku.Precision;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/// Who may take part: `kioku`, or one of its backends as `kioku onednn`; the peers `onnxruntime`,
/// `pytorch` and `onednn (C)`; and `libkioku (C)`, Kioku's own kernels without Java.
record Candidate(String name, Precision precision) {
  /// The one that all others are compared with.
  static final Candidate JUDGE = new Candidate("onnxruntime", Precision.F32);

  /// Kioku with each backend of its native ones forced, whatever they are called.
  static List<String> backends() {
    return EnumSet.complementOf(EnumSet.of(Backend.REFERENCE)).stream()
        .map(backend -> "kioku " + backend.name().toLowerCase(Locale.ROOT))
        .toList();
  }

  /// By a name and a precision, as [#label] writes them: `kioku bf16`.
  static Candidate parse(String label) {
    int space = label.lastIndexOf(' ');
    return new Candidate(
        label.substring(0, space),
        Precision.valueOf(label.substring(space + 1).toUpperCase(Locale.ROOT)));
  }

  String label() {
    return name + " " + precisionName();
  }

  String precisionName() {
    return precision.name().toLowerCase(Locale.ROOT);
  }

  /// Whether it is none of Kioku's.
  boolean isPeer() {
    return !name.contains("kioku");
  }

  /// Whether it can be held to fewer instructions than the processor has.
  boolean canBeHeld() {
    return !name.equals("onnxruntime");
  }

  /// Whether it can compute a cell in its precision.
  boolean runs(Shape shape) {
    boolean isFloat = precision == Precision.F32;
    boolean isLstm = shape.cell().equals("LSTM");
    return switch (name) {
      case "onnxruntime" -> isFloat || precision == Precision.INT8 && isLstm;
      case "onednn (C)" ->
          precision != Precision.INT8 || isLstm || shape.cell().equals("GRU_RESET_BEFORE");
      case "pytorch" -> isFloat && !shape.cell().equals("GRU_RESET_BEFORE");
      default -> true;
    };
  }

  /// @param threads of a call, for those who can share one
  /// @throws IllegalArgumentException if it does not run such a layer
  /// @throws UnsupportedOperationException if it lacks the instructions or the precision here
  LayerContestant open(Layer layer, int threads) {
    if (!runs(layer.shape())) {
      throw new IllegalArgumentException("%s does not run %s".formatted(label(), layer.shape()));
    }
    return switch (name) {
      case "kioku" -> KiokuLayer.open(layer, precision, null, threads);
      case "onnxruntime" -> RuntimeLayer.open(layer, precision == Precision.INT8, threads);
      case "pytorch" -> TorchLayer.open(layer, threads);
      case "onednn (C)" -> new NativeLayer("onednn", precisionName(), layer.shape());
      case "libkioku (C)" -> new NativeLayer("libkioku", precisionName(), layer.shape());
      default -> {
        String backend = name.substring(name.indexOf(' ') + 1).toUpperCase(Locale.ROOT);
        try {
          yield KiokuLayer.open(layer, precision, Backend.valueOf(backend), threads);
        } catch (IllegalArgumentException e) { // a backend need not know every precision
          throw new UnsupportedOperationException(e.getMessage(), e);
        }
      }
    };
  }
}
