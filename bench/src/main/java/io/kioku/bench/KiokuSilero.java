package io.kioku.bench;

import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.OnnxStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// Kioku: a session and its streams.
final class KiokuSilero implements Contestant {
  private final OnnxModel model;
  private final OnnxSession session;
  private final List<OnnxStream> streams;
  private final MemorySegment input;
  private final int batch;

  KiokuSilero(Path file, int batch) {
    try {
      model = OnnxModel.builder().state("state", "stateN", 1).load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.batch = batch;
    session = model.newSession();
    streams = IntStream.range(0, batch).mapToObj(n -> model.newStream()).toList();
    session.set("sr", new long[] {SileroBenchmark.RATE});
    input = session.input("input", batch, SileroBenchmark.SAMPLES);
  }

  @Override
  public float chunk(float[] x) {
    MemorySegment.copy(x, 0, input, ValueLayout.JAVA_FLOAT, 0, x.length);
    session.run(streams);
    return session.output("output").getAtIndex(ValueLayout.JAVA_FLOAT, batch - 1);
  }

  @Override
  public float[] probabilities() {
    return session.floats("output");
  }

  @Override
  public void close() {
    session.close();
    model.close();
  }
}
