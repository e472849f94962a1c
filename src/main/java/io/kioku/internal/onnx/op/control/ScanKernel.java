package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.KernelContext.Subgraph;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.control.Scan.Sweep;

/// Runs a graph for each slice.
final class ScanKernel implements Kernel {
  private final KernelContext context;
  private final Subgraph step;
  private final Carried values;
  private final SliceReader[] readers;
  private final SliceWriter[] writers;
  private final Value first; // of the inputs that are taken apart
  private final Sweep sweep;
  private long steps;

  ScanKernel(
      KernelContext context,
      Body body,
      int carried,
      Sweep[] taken,
      Sweep[] made,
      ValueInfo[] slices) {
    this.context = context;
    step = context.subgraph(body);
    values = new Carried(context, step, 0, 0, 0, carried);
    first = context.in(carried);
    sweep = taken[0];
    readers = new SliceReader[taken.length];
    for (int k = 0; k < taken.length; k++) {
      readers[k] =
          new SliceReader(taken[k], context.in(carried + k), step.inputs().get(carried + k));
    }
    writers = new SliceWriter[Math.max(0, context.outputs() - carried)];
    for (int k = 0; k < writers.length; k++) {
      writers[k] =
          new SliceWriter(
              made[k], slices[k], step.outputs().get(carried + k), context.out(carried + k));
    }
  }

  @Override
  public void prepare() {
    steps = first.dim(sweep.axis(first.rank()));
    for (SliceReader reader : readers) {
      reader.prepare();
    }
    for (SliceWriter writer : writers) {
      writer.prepare(steps);
    }
  }

  @Override
  public void run() {
    values.start();
    for (long t = 0; t < steps; t++) {
      context.countLoopStep();
      for (int k = 0; k < readers.length; k++) {
        readers[k].read(t);
      }
      step.run();
      for (int k = 0; k < writers.length; k++) {
        writers[k].write(t);
      }
      values.step();
    }
    values.finish(context);
  }
}
