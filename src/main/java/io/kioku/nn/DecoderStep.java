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
    embedded = matrix(model.target().size());
    input = matrix(layout.decoder().inputSize());
    context = matrix(layout.encoder().outputSize());
    joined = matrix(layout.joinedSize());
    logs = matrix(model.vocabulary());
    output = matrix(layout.decoder().hiddenSize());
    attentional = matrix(model.attentionalSize());
  }

  private float[] matrix(int columns) {
    return new float[Math.multiplyExact(rows, columns)];
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
    paste(embedded, input, 0);
    switch (model.layout().feeding()) {
      case NONE -> {}
      case CONTEXT -> {
        attention.attend(output, context);
        paste(context, input, model.target().size());
      }
      case ATTENTIONAL -> paste(attentional, input, model.target().size());
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
    paste(context, both, 0);
    paste(output, both, context.length / rows);
    if (combine != null) {
      combine.run(joined, attentional);
      for (int i = 0; i < attentional.length; i++) {
        attentional[i] = (float) Math.tanh(attentional[i]);
      }
    }
  }

  /// Copies each row of a matrix into the same row of a wider one.
  private void paste(float[] from, float[] to, int column) {
    int size = from.length / rows;
    int width = to.length / rows;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(from, row * size, to, row * width + column, size);
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
