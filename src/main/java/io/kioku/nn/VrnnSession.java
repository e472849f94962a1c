package io.kioku.nn;

import io.kioku.Session;
import io.kioku.State;
import io.kioku.format.Tensor;
import java.util.Objects;
import java.util.random.RandomGenerator;

/// N sequences that a [Vrnn] has seen or generated; the state stays in the session, so that
/// generation can go on from what was seen.
///
/// All randomness is the caller's: noise is what [RandomGenerator#nextGaussian()] gives, in each
/// step N · Z numbers for z, row by row, then, in generation, N · X for x. Equal numbers give equal
/// results.
///
/// May move between threads but serves one caller at a time; a second one gets an
/// [IllegalStateException]. A session that is open keeps its model's memory.
public final class VrnnSession implements AutoCloseable {
  private final Vrnn model;
  private final int batch;
  private final Guard guard;
  private final Session recurrent;
  private final Perceptron.Run dataFeatures;
  private final Perceptron.Run latentFeatures;
  private final Gaussian.Run prior;
  private final Gaussian.Run encoder;
  private final Gaussian.Run decoder;
  private final float[] h; // (N, H)
  private final float[] x; // (N, X)
  private final float[] z; // (N, Z)
  private final float[] seen; // (N, phi_x + H)
  private final float[] drawn; // (N, phi_z + H)
  private final float[] input; // (N, phi_x + phi_z)

  VrnnSession(Vrnn model, int batch) {
    this.model = model;
    this.batch = Args.positive("batch", batch);
    this.guard = new Guard("variational session", model.parts());
    Parts parts = guard.parts();
    try {
      recurrent = parts.add(model.recurrent().newSession(batch), Session::close);
      dataFeatures = model.dataFeatures().newRun(batch, parts);
      latentFeatures = model.latentFeatures().newRun(batch, parts);
      prior = model.prior().newRun(batch, parts);
      encoder = model.encoder().newRun(batch, parts);
      decoder = model.decoder().newRun(batch, parts);
      int hidden = model.recurrent().network().outputSize();
      h = Rows.of(batch, hidden);
      x = Rows.of(batch, model.dataSize());
      z = Rows.of(batch, model.latentSize());
      seen = Rows.of(batch, model.dataFeatures().outputSize() + hidden);
      drawn = Rows.of(batch, model.latentFeatures().outputSize() + hidden);
      input = Rows.of(batch, model.recurrent().network().inputSize());
    } catch (RuntimeException | Error e) {
      guard.close();
      throw e;
    }
  }

  /// Reads T steps, drawing z from the approximate posterior.
  ///
  /// @param data (T, N, X), at least one step
  /// @throws IllegalArgumentException if the size is wrong
  /// @throws IllegalStateException if the session, its model or engine is closed, or the session is
  ///   in use
  public Inference infer(float[] data, RandomGenerator random) {
    Objects.requireNonNull(random, "random");
    guard.enter();
    try {
      int steps = Args.steps("data", data.length, "N · X", batch, model.dataSize());
      LatentTrace trace = new LatentTrace(steps, batch, model.latentSize());
      float[] outputs = Rows.of(steps, x.length);
      float[] logs = Rows.of(steps, batch);
      begin();
      for (int t = 0; t < steps; t++) {
        System.arraycopy(data, t * x.length, x, 0, x.length);
        float[] features = dataFeatures.run(x);
        prior.run(h);
        Rows.join(features, h, seen, batch);
        encoder.run(seen);
        encoder.sample(random, z);
        decode();
        recur(features);
        trace.add(encoder, prior);
        System.arraycopy(decoder.mean(), 0, outputs, t * x.length, x.length);
        for (int n = 0; n < batch; n++) {
          logs[t * batch + n] = decoder.logDensity(x, n);
        }
      }
      return trace.inference(
          Tensor.of(outputs, steps, batch, model.dataSize()), Tensor.of(logs, steps, batch));
    } finally {
      guard.exit();
    }
  }

  /// Generates T steps, drawing z from the prior and x from what follows of it.
  ///
  /// @param steps T, at least 1
  /// @return (T, N, X)
  /// @throws IllegalStateException if the session, its model or engine is closed, or the session is
  ///   in use
  public Tensor generate(int steps, RandomGenerator random) {
    Objects.requireNonNull(random, "random");
    Args.positive("steps", steps);
    guard.enter();
    try {
      float[] all = Rows.of(steps, x.length);
      begin();
      for (int t = 0; t < steps; t++) {
        prior.run(h);
        prior.sample(random, z);
        decode();
        decoder.sample(random, x);
        System.arraycopy(x, 0, all, t * x.length, x.length);
        recur(dataFeatures.run(x));
      }
      return Tensor.of(all, steps, batch, model.dataSize());
    } finally {
      guard.exit();
    }
  }

  /// The last layer's output of the step before is in its state.
  private void begin() {
    float[] all = recurrent.state().get("h"); // (layers, N, H)
    System.arraycopy(all, all.length - h.length, h, 0, h.length);
  }

  private void decode() {
    float[] features = latentFeatures.run(z);
    Rows.join(features, h, drawn, batch);
    decoder.run(drawn);
    Rows.paste(features, input, (input.length - features.length) / batch, batch);
  }

  private void recur(float[] features) {
    Rows.paste(features, input, 0, batch);
    recurrent.step(input, h);
  }

  /// What the sequences have seen or generated, as the recurrent network remembers it: N rows.
  /// Clear it to begin anew.
  public State state() {
    return recurrent.state();
  }

  /// Ends the use of this session and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the session is in use
  @Override
  public void close() {
    guard.close();
  }
}
