package io.kioku.bench.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.recurrent.RNN;

/// PyTorch through DJL: its functions lstm, gru and rnn, in float32; in bfloat16 they end the
/// process (DJL 0.36, PyTorch 2.7.1).
final class TorchLayer implements LayerContestant {
  private final NDManager manager;
  private final Layer layer;
  private final NDArray x;
  private final NDList zero;
  private final NDList weights;
  private NDList last; // y, then h and, of an LSTM, c

  private TorchLayer(Layer layer, NDList shared) {
    this.layer = layer;
    manager = NDManager.newBaseManager("PyTorch");
    io.kioku.bench.layer.Shape shape = layer.shape();
    long rows = (long) shape.gates() * shape.hidden();
    x = array(layer.x(), shape.steps(), shape.batch(), shape.input());
    NDArray none = manager.zeros(new Shape(1, shape.batch(), shape.hidden()), DataType.FLOAT32);
    zero = shape.cell().equals("LSTM") ? new NDList(none, none) : new NDList(none);
    weights =
        shared != null
            ? shared
            : new NDList(
                array(layer.inputWeights(), rows, shape.input()),
                array(layer.recurrentWeights(), rows, shape.hidden()),
                array(layer.inputBias(), rows),
                array(layer.recurrentBias(), rows));
  }

  /// @param threads of a call; the first one in a process counts
  static TorchLayer open(Layer layer, int threads) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    return new TorchLayer(layer, null);
  }

  private NDArray array(float[] values, long... dims) {
    return manager.create(values, new Shape(dims));
  }

  @Override
  public void run() {
    boolean isContinued = layer.shape().isStep() && last != null;
    NDList result = call(isContinued ? last.subNDList(1) : zero);
    if (last != null) {
      last.close();
    }
    last = result;
  }

  private NDList call(NDList state) {
    NDArray h = state.head();
    return switch (layer.shape().cell()) {
      case "LSTM" ->
          x.getNDArrayInternal().lstm(x, state, weights, true, 1, 0, false, false, false);
      case "GRU" -> x.getNDArrayInternal().gru(x, h, weights, true, 1, 0, false, false, false);
      default ->
          x.getNDArrayInternal()
              .rnn(x, h, weights, true, 1, RNN.Activation.TANH, 0, false, false, false);
    };
  }

  @Override
  public float[] output() {
    return last.head().toFloatArray();
  }

  @Override
  public LayerContestant another() {
    return new TorchLayer(layer, weights);
  }

  @Override
  public void close() {
    manager.close();
  }
}
