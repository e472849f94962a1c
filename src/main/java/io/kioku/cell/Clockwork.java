package io.kioku.cell;

import java.util.Arrays;
import java.util.List;

/// Writes clockwork networks with periods of choice: Koutník et al., *A Clockwork RNN*, 2014.
/// Immutable; see [OtherCells#CLOCKWORK].
///
/// @param periods one for each module, none smaller than the one before; their number must divide H
public record Clockwork(List<Integer> periods) {
  /// @throws EquationException if there are no periods, or one is below 1 or smaller than the one
  ///   before
  public Clockwork {
    periods = List.copyOf(periods);
    cell(periods);
  }

  /// A network with these periods.
  public static Clockwork of(int... periods) {
    return new Clockwork(Arrays.stream(periods).boxed().toList());
  }

  /// The cell.
  public Cell cell() {
    return cell(periods);
  }

  private static Cell cell(List<Integer> periods) {
    return Cell.of(
        "CLOCKWORK",
        "# Koutník et al. 2014\nh'%s = tanh(W_h x + R_h h + b_h)\n".formatted(periods));
  }
}
