package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cells;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// DRAW's recurrent core: an LSTM looks at an image step by step, another one draws it step by step
/// on a canvas. Gregor, Danihelka, Graves, Rezende & Wierstra, *DRAW: A Recurrent Neural Network For
/// Image Generation*, 2015.
///
///     try (Draw draw = Draw.load(engine, 28, 28, weights);
///         DrawSession session = draw.newSession(16)) {
///       Tensor images = session.generate(64, random);               // (16, 28, 28)
///       Inference seen = session.infer(images.toArray(), 64, random);
///     }
///
/// An image x has B rows and A columns. In step t, `[…]` being vectors side by side,
///
///     x^     = x - sigmoid(c_(t-1))
///     r_t    = read(x, x^, h_dec_(t-1))
///     h_enc  = LSTM_enc([r_t, h_dec_(t-1)])
///     z_t    ~ q(z | h_enc); when generating, from the standard normal distribution
///     h_dec  = LSTM_dec(z_t)
///     c_t    = c_(t-1) + write(h_dec)
///
/// Without attention, read is `[x, x^]` and write a linear layer. With attention both go through a
/// grid of Gaussian filters that the decoder places (section 3.3 of the paper).
///
/// Shared by all threads, each with sessions of its own. Closing it ends its use; its memory is
/// freed when its last session is closed.
public final class Draw implements AutoCloseable {
  private final Parts parts = new Parts("DRAW model");
  private final int height;
  private final int width;
  private final Model encoder;
  private final Model decoder;
  private final Gaussian latent;
  private final Linear write;
  private final Linear readWindow; // null: no attention
  private final Linear writeWindow; // null: no attention

  private Draw(Engine engine, int height, int width, Weights weights) {
    this.height = Args.positive("height", height);
    this.width = Args.positive("width", width);
    Matrices.checkPrefixes(
        weights,
        Set.of("encoder.", "decoder.", "latent.", "write.", "read_window.", "write_window."));
    int seeing = Matrices.columns(Matrices.find(weights, "encoder.weight_hh_l0"));
    int drawing = Matrices.columns(Matrices.find(weights, "decoder.weight_hh_l0"));
    int latentSize = Matrices.rows(Matrices.find(weights, "latent.mean.weight"));
    int input = Matrices.columns(Matrices.find(weights, "encoder.weight_ih_l0"));
    try {
      readWindow = window(engine, weights, "read_window.", drawing);
      writeWindow = window(engine, weights, "write_window.", drawing);
      checkPatch("encoder.weight_ih_l0 without h_dec", input - drawing, 2, readWindow);
      latent = new Gaussian(engine, weights.under("latent."), seeing, latentSize, parts);
      int written = Matrices.rows(Matrices.find(weights, "write.weight"));
      weights.get("write.weight", written, drawing);
      checkPatch("write.weight transposed", written, 1, writeWindow);
      write = parts.add(Linear.load(engine, weights.under("write.")), Linear::close);
      Network see = Network.of(Cells.LSTM, input, seeing);
      encoder = parts.add(engine.compile(see, weights.under("encoder.")), Model::close);
      Network draw = Network.of(Cells.LSTM, latentSize, drawing);
      decoder = parts.add(engine.compile(draw, weights.under("decoder.")), Model::close);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private Linear window(Engine engine, Weights weights, String prefix, int size) {
    if (weights.names().stream().noneMatch(name -> name.startsWith(prefix))) {
      return null;
    }
    weights.get(prefix + "weight", FilterGrid.PARAMETERS, size);
    return parts.add(Linear.load(engine, weights.under(prefix)), Linear::close);
  }

  /// Whether that many values are whole images, or square patches if there is a window.
  private void checkPatch(String name, int size, int images, Linear window) {
    long pixels = (long) height * width;
    if (window == null && size != images * pixels) {
      throw new IllegalArgumentException(
          "%s has %d columns, expected %d: %d of %d · %d pixels"
              .formatted(name, size, images * pixels, images, height, width));
    }
    int side = FilterGrid.side(size / images);
    if (window != null && (size < 1 || side * side * images != size)) {
      throw new IllegalArgumentException(
          "%s has %d columns, expected %d square patches".formatted(name, size, images));
    }
  }

  /// Makes a model of named tensors, for images of B · A pixels. The sizes of the LSTMs, of z and
  /// of patches follow from the tensors; biases of linear layers are optional.
  ///
  /// - `encoder.weight_ih_l0`, … and `decoder.weight_ih_l0`, …: PyTorch's `nn.LSTM`
  /// - `latent.mean.weight` (Z, H_enc) and `latent.log_variance.weight` (Z, H_enc): q(z | h_enc)
  /// - `write.weight` (B · A, H_dec), or (N · N, H_dec) with attention, N being the side of a patch
  /// - for attention when reading, `read_window.weight` (5, H_dec); r_t is then N · N values of x
  ///   and as many of x^. For attention when writing, `write_window.weight` (5, H_dec). The rows
  ///   are the paper's `g_X, g_Y, log variance, log stride, log intensity`
  ///
  /// @param height B, at least 1
  /// @param width A, at least 1
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of these
  /// @throws IllegalStateException if the engine is closed
  public static Draw load(Engine engine, int height, int width, Weights weights) {
    Objects.requireNonNull(engine, "engine");
    return new Draw(engine, height, width, weights);
  }

  /// B, the rows of an image.
  public int height() {
    return height;
  }

  /// A, the columns of an image.
  public int width() {
    return width;
  }

  /// Z, the elements of the random variable of a step.
  public int latentSize() {
    return decoder.network().inputSize();
  }

  /// A session of N images side by side.
  ///
  /// @param batch N, at least 1
  /// @throws IllegalStateException if this or its engine is closed
  public DrawSession newSession(int batch) {
    return new DrawSession(this, batch);
  }

  Parts parts() {
    return parts;
  }

  Model encoder() {
    return encoder;
  }

  Model decoder() {
    return decoder;
  }

  Gaussian latent() {
    return latent;
  }

  Linear write() {
    return write;
  }

  Optional<Linear> readWindow() {
    return Optional.ofNullable(readWindow);
  }

  Optional<Linear> writeWindow() {
    return Optional.ofNullable(writeWindow);
  }

  /// Ends the use of this model. May be called twice.
  @Override
  public void close() {
    parts.close();
  }
}
