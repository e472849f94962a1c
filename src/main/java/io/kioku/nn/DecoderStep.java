package io.kioku.nn;

import io.kioku.Session;
import io.kioku.State;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The decoder of an [EncoderDecoder] for some rows: width of them for each of N sources. What a
/// row remembers is its row of the recurrent state, its last output and its last attentional
/// vector.
final class DecoderStep {
  private final EncoderDecoder model;
  private final int batch;
  private final int rows;
  private final Session recurrent;
  private final State moved; // where rows are while they change places
  private final AttentionSession attention;
  private final Session combine; // null: [c; s] as it is
  private final HeadSession head;
  private final float[] embedded; // (rows, E)
  private final float[] input; // (rows, E + fed)
  private final float[] context; // (rows, M)
  private final float[] joined; // (rows, M + H)
  private final float[] logs; // (rows, V)
  private float[] output; // s (rows, H)
  private float[] attentional; // a (rows, A)

  /// @param parts closes what is opened here
  DecoderStep(EncoderDecoder model, int batch, int width, Parts parts) {
    this.model = model;
    this.batch = batch;
    this.rows = Math.multiplyExact(batch, width);
    var layout = model.layout();
    recurrent = parts.add(model.decoder().newSession(rows), Session::close);
    moved = model.decoder().newState(rows);
    attention = parts.add(model.attention().newSession(batch, width), AttentionSession::close);
    combine = model.combine().map(m -> parts.add(m.newSession(rows), Session::close)).orElse(null);
    head = parts.add(model.head().newSession(rows), HeadSession::close);
    embedded = Rows.of(rows, model.target().size());
    input = Rows.of(rows, layout.decoder().inputSize());
    context = Rows.of(rows, layout.encoder().outputSize());
    joined = Rows.of(rows, layout.joinedSize());
    logs = Rows.of(rows, model.vocabulary());
    output = Rows.of(rows, layout.decoder().outputSize());
    attentional = Rows.of(rows, model.attentionalSize());
  }

  /// Begins anew: the first row of each source in its state, the others at zero.
  ///
  /// @param memory (S, N, M)
  /// @param mask (N, S)
  /// @param start N rows
  void begin(float[] memory, boolean[] mask, State start) {
    attention.read(memory, mask);
    recurrent.state().clear();
    for (int n = 0; n < batch; n++) {
      start.copyRow(n, recurrent.state(), n * (rows / batch));
    }
    float[] h = recurrent.state().get("h"); // (layers, rows, H)
    System.arraycopy(h, h.length - output.length, output, 0, output.length);
    Arrays.fill(attentional, 0);
  }

  /// Reads a symbol in each row.
  ///
  /// @return (rows, V), log-probabilities of the symbol after it, valid until the next call
  float[] run(int[] symbols) {
    MemorySegment vectors = MemorySegment.ofArray(embedded);
    for (int row = 0; row < rows; row++) {
      model.target().lookup(symbols[row], vectors, row);
    }
    Rows.paste(embedded, input, 0, rows);
    switch (model.layout().feeding()) {
      case NONE -> {}
      case CONTEXT -> {
        attention.attend(output, context);
        Rows.paste(context, input, model.target().size(), rows);
      }
      case ATTENTIONAL -> Rows.paste(attentional, input, model.target().size(), rows);
    }
    recurrent.step(input, output);
    if (model.layout().feeding() != EncoderDecoder.Feeding.CONTEXT) {
      attention.attend(output, context);
    }
    combine();
    head.logProbabilities(attentional, logs);
    return logs;
  }

  private void combine() {
    float[] both = combine == null ? attentional : joined;
    Rows.join(context, output, both, rows);
    if (combine != null) {
      combine.run(joined, attentional);
      for (int i = 0; i < attentional.length; i++) {
        attentional[i] = (float) Math.tanh(attentional[i]);
      }
    }
  }

  /// Lets each row go on from what a row remembers.
  ///
  /// @param parents for each row the one that it becomes; negative: it forgets all
  void move(int[] parents) {
    State state = recurrent.state();
    for (int row = 0; row < rows; row++) {
      if (parents[row] < 0) {
        moved.clear(row);
      } else {
        state.copyRow(parents[row], moved, row);
      }
    }
    state.restore(moved);
    output = moved(output, parents);
    attentional = moved(attentional, parents);
  }

  private float[] moved(float[] matrix, int[] parents) {
    int size = matrix.length / rows;
    float[] result = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      if (parents[row] >= 0) {
        System.arraycopy(matrix, parents[row] * size, result, row * size, size);
      }
    }
    return result;
  }
}
