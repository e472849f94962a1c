package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Activation;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Gru;
import io.kioku.cell.Lstm;
import io.kioku.cell.Rnn;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.List;
import java.util.Locale;

/// The attributes of a recurrent operator, and the cells that they make.
///
/// @param isReverse whether the one direction runs backwards; false if there are two
/// @param directions D, 1 or 2
/// @param hiddenSize H; -1 if R decides
/// @param isBatchFirst layout 1: X is (N, T, I), Y (N, T, D, H), states (N, D, H); else X is (T, N,
///   I), Y (T, D, N, H), states (D, N, H)
/// @param activations ONNX's f, g, h of one direction after the other
/// @param clip infinite for none
public record Options(
    Kind kind,
    boolean isReverse,
    int directions,
    int hiddenSize,
    boolean isBatchFirst,
    List<Activation> activations,
    double clip,
    boolean isInputForget,
    boolean isLinearBeforeReset) {
  /// Reads them.
  ///
  /// @throws Refusal if one cannot be
  public static Options of(Kind kind, Attributes attributes) {
    String direction = attributes.text("direction", "forward").toLowerCase(Locale.ROOT);
    int directions =
        switch (direction) {
          case "forward", "reverse" -> 1;
          case "bidirectional" -> 2;
          default ->
              throw new Refusal(
                  "attribute direction is '%s', expected forward, reverse or bidirectional"
                      .formatted(direction));
        };
    int hidden = attributes.small("hidden_size", -1);
    if (attributes.has("hidden_size") && hidden < 1) {
      throw new Refusal("attribute hidden_size is %d, expected at least 1".formatted(hidden));
    }
    long layout = attributes.integer("layout", 0);
    if (layout != 0 && layout != 1) {
      throw new Refusal("attribute layout is %d, expected 0 or 1".formatted(layout));
    }
    return new Options(
        kind,
        direction.equals("reverse"),
        directions,
        hidden,
        layout == 1,
        Activations.read(kind, attributes, directions),
        clip(kind, attributes),
        kind == Kind.LSTM && attributes.flag("input_forget", false),
        kind == Kind.GRU && attributes.flag("linear_before_reset", false));
  }

  private static double clip(Kind kind, Attributes attributes) {
    float clip = attributes.real("clip", Float.POSITIVE_INFINITY);
    if (kind == Kind.RNN && clip < 0) {
      return Double.POSITIVE_INFINITY; // ONNX Runtime's RNN says so "none"
    }
    if (!(clip > 0)) {
      throw new Refusal("attribute clip is %s, expected a number above 0".formatted(clip));
    }
    return clip;
  }

  /// One direction's cell. What most models have is a known cell, which need not be written.
  ///
  /// @param hasPeepholes whether P is given
  public Cell cell(int direction, boolean hasPeepholes) {
    List<Activation> f = activations(direction);
    boolean isUsual =
        f.equals(kind.activations()) && Double.isInfinite(clip) && !hasPeepholes && !isInputForget;
    if (isUsual) {
      return switch (kind) {
        case LSTM -> Cells.LSTM;
        case GRU -> isLinearBeforeReset ? Cells.GRU : Cells.GRU_RESET_BEFORE;
        case RNN -> Cells.RNN_TANH;
      };
    }
    return switch (kind) {
      case LSTM -> lstm(direction, hasPeepholes).cell();
      case GRU -> new Gru(isLinearBeforeReset, f.get(0), f.get(1), clip).cell();
      case RNN -> new Rnn(f.getFirst(), clip).cell();
    };
  }

  private List<Activation> activations(int direction) {
    int each = kind.activations().size();
    return activations.subList(direction * each, (direction + 1) * each);
  }

  /// One direction's LSTM. The text of the operator has the clip on "the input of activations",
  /// which the memory is one of. ONNX Runtime does not limit the memory, and what it computes is
  /// what models were tested with.
  public Lstm lstm(int direction, boolean hasPeepholes) {
    List<Activation> f = activations(direction);
    Lstm lstm = Lstm.plain().activations(f.get(0), f.get(1), f.get(2));
    lstm = hasPeepholes ? lstm.peepholes("ifo") : lstm;
    lstm = Double.isInfinite(clip) ? lstm : lstm.clipGates(clip);
    return isInputForget ? lstm.coupled(Lstm.Coupling.FORGET_FROM_INPUT) : lstm;
  }
}
