package io.kioku.nn;

import io.kioku.Session;
import io.kioku.format.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.random.RandomGenerator;

/// Looks at images and draws images with a [Draw], N at a time. Each call begins with an empty
/// canvas.
///
/// All randomness is the caller's: noise is what [RandomGenerator#nextGaussian()] gives, N · Z
/// numbers in each step, row by row. Equal numbers give equal results.
///
/// May move between threads but serves one caller at a time; a second one gets an
/// [IllegalStateException]. A session that is open keeps its model's memory.
public final class DrawSession implements AutoCloseable {
  private final Draw model;
  private final int batch;
  private final int pixels; // of an image
  private final Guard guard;
  private final Session encoder;
  private final Session decoder;
  private final Gaussian.Run latent;
  private final Session write;
  private final Window readWindow; // null: no attention
  private final Window writeWindow; // null: no attention
  private final float[] input; // (N, r + H_dec)
  private final float[] seen; // h_enc (N, H_enc)
  private final float[] z; // (N, Z)
  private final float[] drawn; // h_dec (N, H_dec)
  private final float[] written; // (N, B · A), or (N, patch)
  private final float[] canvas; // (N, B, A)
  private final float[] error; // x^ (N, B, A)

  /// Attention: what places a grid, and the grid.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Window(Session map, float[] placing, FilterGrid grid) {
    void place(float[] h) {
      map.step(h, placing);
    }

    FilterGrid of(int row) {
      grid.place(placing, row * FilterGrid.PARAMETERS);
      return grid;
    }
  }

  DrawSession(Draw model, int batch) {
    this.model = model;
    this.batch = Args.positive("batch", batch);
    this.pixels = Math.multiplyExact(model.height(), model.width());
    this.guard = new Guard("DRAW session", model.parts());
    Parts parts = guard.parts();
    try {
      encoder = parts.add(model.encoder().newSession(batch), Session::close);
      decoder = parts.add(model.decoder().newSession(batch), Session::close);
      latent = model.latent().newRun(batch, parts);
      write = parts.add(model.write().newSession(batch), Session::close);
      int hidden = model.decoder().network().outputSize();
      int read = model.encoder().network().inputSize() - hidden;
      readWindow = window(model.readWindow().orElse(null), read / 2);
      writeWindow = window(model.writeWindow().orElse(null), model.write().outputSize());
      input = Rows.of(batch, read + hidden);
      seen = Rows.of(batch, model.encoder().network().outputSize());
      z = Rows.of(batch, model.latentSize());
      drawn = Rows.of(batch, hidden);
      written = Rows.of(batch, model.write().outputSize());
      canvas = Rows.of(batch, pixels);
      error = Rows.of(batch, pixels);
    } catch (RuntimeException | Error e) {
      guard.close();
      throw e;
    }
  }

  private Window window(Linear map, int patch) {
    if (map == null) {
      return null;
    }
    return new Window(
        guard.parts().add(map.newSession(batch), Session::close),
        Rows.of(batch, FilterGrid.PARAMETERS),
        new FilterGrid(FilterGrid.side(patch), model.height(), model.width()));
  }

  /// Looks at images for T steps, drawing them from the approximate posterior.
  ///
  /// @param x (N, B, A), each pixel from 0 to 1
  /// @param steps T, at least 1
  /// @throws IllegalArgumentException if the size is wrong or a pixel is not from 0 to 1
  /// @throws IllegalStateException if the session, its model or engine is closed, or the session is
  ///   in use
  public Inference infer(float[] x, int steps, RandomGenerator random) {
    Objects.requireNonNull(random, "random");
    Args.positive("steps", steps);
    guard.enter();
    try {
      Args.length("x", x.length, "(N, B, A)", batch, model.height(), model.width());
      checkPixels(x);
      LatentTrace trace = new LatentTrace(steps, batch, model.latentSize());
      begin();
      for (int t = 0; t < steps; t++) {
        look(x);
        latent.sample(random, z);
        draw();
        trace.add(latent, null);
      }
      return trace.inference(image(), Tensor.of(logLikelihood(x), batch));
    } finally {
      guard.exit();
    }
  }

  private static void checkPixels(float[] x) {
    for (int i = 0; i < x.length; i++) {
      if (!(x[i] >= 0 && x[i] <= 1)) {
        throw new IllegalArgumentException("x[%d] is %s, expected 0 to 1".formatted(i, x[i]));
      }
    }
  }

  /// Draws images in T steps from the prior.
  ///
  /// @param steps T, at least 1
  /// @return (N, B, A), probabilities of each pixel
  /// @throws IllegalStateException if the session, its model or engine is closed, or the session is
  ///   in use
  public Tensor generate(int steps, RandomGenerator random) {
    Objects.requireNonNull(random, "random");
    Args.positive("steps", steps);
    guard.enter();
    try {
      begin();
      for (int t = 0; t < steps; t++) {
        for (int i = 0; i < z.length; i++) {
          z[i] = (float) random.nextGaussian();
        }
        draw();
      }
      return image();
    } finally {
      guard.exit();
    }
  }

  private void begin() {
    encoder.state().clear();
    decoder.state().clear();
    Arrays.fill(drawn, 0);
    Arrays.fill(canvas, 0);
  }

  /// From an image to q(z).
  private void look(float[] x) {
    for (int i = 0; i < x.length; i++) {
      error[i] = (float) (x[i] - sigmoid(canvas[i]));
    }
    int patch = (input.length - drawn.length) / batch / 2;
    if (readWindow != null) {
      readWindow.place(drawn);
    }
    for (int n = 0; n < batch; n++) {
      int row = n * (input.length / batch);
      if (readWindow == null) {
        System.arraycopy(x, n * pixels, input, row, pixels);
        System.arraycopy(error, n * pixels, input, row + pixels, pixels);
      } else {
        FilterGrid grid = readWindow.of(n);
        grid.read(x, n * pixels, input, row);
        grid.read(error, n * pixels, input, row + patch);
      }
    }
    Rows.paste(drawn, input, 2 * patch, batch);
    encoder.step(input, seen);
    latent.run(seen);
  }

  /// From z to the canvas.
  private void draw() {
    decoder.step(z, drawn);
    write.step(drawn, written);
    if (writeWindow == null) {
      for (int i = 0; i < canvas.length; i++) {
        canvas[i] += written[i];
      }
      return;
    }
    writeWindow.place(drawn);
    for (int n = 0; n < batch; n++) {
      writeWindow.of(n).write(written, n * (written.length / batch), canvas, n * pixels);
    }
  }

  private static double sigmoid(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  private Tensor image() {
    float[] image = new float[canvas.length];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) sigmoid(canvas[i]);
    }
    return Tensor.of(image, batch, model.height(), model.width());
  }

  /// `x log p + (1 - x) log(1 - p)`, summed over the pixels; log p is `c - log(1 + e^c)`.
  private float[] logLikelihood(float[] x) {
    float[] sums = new float[batch];
    for (int n = 0; n < batch; n++) {
      double sum = 0;
      for (int i = n * pixels; i < (n + 1) * pixels; i++) {
        double c = canvas[i];
        sum += x[i] * c - Math.max(c, 0) - Math.log1p(Math.exp(-Math.abs(c)));
      }
      sums[n] = (float) sum;
    }
    return sums;
  }

  /// Ends the use of this session and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the session is in use
  @Override
  public void close() {
    guard.close();
  }
}
