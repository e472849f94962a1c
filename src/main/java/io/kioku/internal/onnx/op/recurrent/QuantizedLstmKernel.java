package io.kioku.internal.onnx.op.recurrent;

import io.kioku.Session;
import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// A quantized LSTM in one context: steps one at a time, since h is rounded before each. Directions
/// are computed one after the other, each with a session of its own.
final class QuantizedLstmKernel implements Kernel {
  private final Options options;
  private final QuantizedLstm operator;
  private final KernelContext context;
  private final LayerSessions sessions;
  private final Lengths lengths;
  private final Rounding rounding = new Rounding();
  private final Value forwards; // X, rounded
  private final Value backwards; // the same, turned round
  private final Value h; // (N, H) of one direction
  private final Value rounded;
  private final Value c;
  private final Value y;
  private MemorySegment[] forwardSteps;
  private MemorySegment[] backwardSteps;
  private int[] step = {}; // of each stream: 1, or 0 past its end
  private LayerSizes sizes;
  private int steps;
  private int batch;
  private long stateBytes;

  QuantizedLstmKernel(QuantizedLstm operator, KernelContext context) {
    this.options = operator.options();
    this.operator = operator;
    this.context = context;
    sessions = new LayerSessions(operator.models(), context);
    lengths = new Lengths(context.in(LayerSizes.LENGTHS));
    forwards = context.scratch();
    backwards = context.scratch();
    h = context.scratch();
    rounded = context.scratch();
    c = context.scratch();
    y = context.scratch();
  }

  @Override
  public void prepare() {
    sizes = operator.sizes(input -> context.in(input) == null ? null : context.in(input).dims());
    steps = Math.toIntExact(sizes.steps());
    batch = Math.toIntExact(sizes.batch());
    lengths.prepare(batch);
    step = new int[batch];
    for (Value state : new Value[] {h, rounded, c, y}) {
      state.resize(ElementType.FLOAT, batch, sizes.hidden());
    }
    stateBytes = batch * sizes.hidden() * Float.BYTES;
    forwardSteps = steps(forwards);
    if (options.isReverse() || options.directions() > 1) {
      backwardSteps = steps(backwards);
    }
  }

  private MemorySegment[] steps(Value x) {
    x.resize(ElementType.FLOAT, steps, batch, sizes.input());
    long bytes = batch * sizes.input() * Float.BYTES;
    MemorySegment[] all = new MemorySegment[steps];
    for (int t = 0; t < steps; t++) {
      all[t] = x.data().asSlice(t * bytes, bytes);
    }
    return all;
  }

  @Override
  public void run() {
    if (batch == 0) {
      return; // no output has an element
    }
    sessions.refresh(batch);
    int[] ends = lengths.read(steps);
    int last = ends == null ? steps : 0;
    for (int n = 0; ends != null && n < batch; n++) {
      last = Math.max(last, ends[n]);
    }
    long used = sizes.input() * batch * last;
    MemorySegment x = context.in(LayerSizes.X).data();
    rounding.begin();
    rounding.see(x, 0, used);
    rounding.round(x, forwards.data(), 0, used);
    if (last < steps || ends != null) {
      context.out(0).data().fill((byte) 0);
    }
    for (int direction = 0; direction < options.directions(); direction++) {
      run(direction, last, ends);
    }
  }

  private void run(int direction, int last, int[] ends) {
    boolean isBackwards = options.isReverse() || direction == 1;
    if (isBackwards) {
      RowOrder.turn(forwards.data(), backwards.data(), last, batch, false, sizes.input(), ends);
    }
    MemorySegment[] x = isBackwards ? backwardSteps : forwardSteps;
    Session session = sessions.get(direction);
    load(LayerSizes.INITIAL_H, direction, h.data());
    load(LayerSizes.INITIAL_C, direction, c.data());
    session.state().set("c", c.data());
    for (int t = 0; t < last; t++) {
      round(t, ends);
      session.state().set("h", rounded.data());
      session.run(x[t], y.data(), ends == null ? null : step);
      session.state().get("h", h.data());
      output(direction, t, isBackwards, ends);
    }
    session.state().get("c", c.data());
    store(1, direction, h.data());
    store(2, direction, c.data());
  }

  /// Rounds the h that enters a step. Streams past their end keep theirs; ONNX Runtime's scale is
  /// that of the rows it has in memory: the last h of a stream counts for one step more, or always
  /// where there is no Y.
  private void round(int t, int[] ends) {
    long width = sizes.hidden();
    rounding.begin();
    for (int n = 0; n < batch; n++) {
      step[n] = ends == null || t < ends[n] ? 1 : 0;
      if (ends == null || t <= ends[n] || !context.wants(0)) {
        rounding.see(h.data(), n * width, width);
      }
    }
    for (int n = 0; n < batch; n++) {
      if (step[n] == 1) {
        rounding.round(h.data(), rounded.data(), n * width, width);
      } else {
        long row = width * Float.BYTES;
        MemorySegment.copy(h.data(), n * row, rounded.data(), n * row, row);
      }
    }
  }

  private void load(int input, int direction, MemorySegment to) {
    Value initial = context.in(input);
    if (initial == null) {
      to.fill((byte) 0);
    } else {
      MemorySegment.copy(initial.data(), direction * stateBytes, to, 0, stateBytes);
    }
  }

  private void store(int output, int direction, MemorySegment from) {
    if (context.wants(output)) {
      MemorySegment to = context.out(output).data();
      MemorySegment.copy(from, 0, to, direction * stateBytes, stateBytes);
    }
  }

  private void output(int direction, int t, boolean isBackwards, int[] ends) {
    long row = sizes.hidden() * Float.BYTES;
    for (int n = 0; context.wants(0) && n < batch; n++) {
      if (step[n] == 1) {
        int length = ends == null ? steps : ends[n];
        long at = isBackwards ? length - 1 - t : t;
        long to = ((at * options.directions() + direction) * batch + n) * row;
        MemorySegment.copy(y.data(), n * row, context.out(0).data(), to, row);
      }
    }
  }

  @Override
  public void close() {
    sessions.close();
  }
}
