package io.kioku.bench.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.recurrent.RNN;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// PyTorch through DJL: its functions lstm, gru and rnn.
final class TorchLayer implements LayerContestant {
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final String cell;
  private final NDArray x;
  private final NDArray zero;
  private final NDList weights;
  private NDArray y;

  TorchLayer(Layer layer) {
    io.kioku.bench.layer.Shape shape = layer.shape();
    cell = shape.cell();
    long rows = (long) shape.gates() * shape.hidden();
    x = array(layer.x(), shape.steps(), shape.batch(), shape.input());
    zero = manager.zeros(new Shape(1, shape.batch(), shape.hidden()), DataType.FLOAT32);
    weights =
        new NDList(
            array(layer.inputWeights(), rows, shape.input()),
            array(layer.recurrentWeights(), rows, shape.hidden()),
            array(layer.inputBias(), rows),
            array(layer.recurrentBias(), rows));
  }

  private NDArray array(float[] values, long... dims) {
    return manager.create(values, new Shape(dims));
  }

  @Override
  public void run() {
    if (y != null) {
      y.close();
    }
    try (NDManager call = manager.newSubManager()) {
      NDList result =
          switch (cell) {
            case "LSTM" ->
                x.getNDArrayInternal()
                    .lstm(x, new NDList(zero, zero), weights, true, 1, 0, false, false, false);
            case "GRU" ->
                x.getNDArrayInternal().gru(x, zero, weights, true, 1, 0, false, false, false);
            default ->
                x.getNDArrayInternal()
                    .rnn(x, zero, weights, true, 1, RNN.Activation.TANH, 0, false, false, false);
          };
      y = result.removeFirst();
      y.attach(manager);
      result.attach(call);
    }
  }

  @Override
  public float[] output() {
    float[] values = new float[Math.toIntExact(y.size())];
    ByteBuffer bytes = y.toByteBuffer();
    bytes.order(ByteOrder.nativeOrder()).asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() {
    manager.close();
  }
}
