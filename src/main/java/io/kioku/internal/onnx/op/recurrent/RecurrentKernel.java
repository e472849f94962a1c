package io.kioku.internal.onnx.op.recurrent;

import io.kioku.Session;
import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// A recurrent layer in one context: one session, which reads X and writes Y in place where their
/// order is its own, as with one direction that runs forwards, or one stream.
final class RecurrentKernel implements Kernel {
  private final Options options;
  private final RecurrentOperator operator;
  private final KernelContext context;
  private final LayerSessions sessions;
  private final Floats x;
  private final Floats y;
  private final Value turnedX;
  private final Value otherY;
  private final Lengths lengths;
  private final LayerState[] states;
  private LayerSizes sizes;
  private int steps;
  private int batch;
  private boolean isTurned; // the one direction runs backwards
  private boolean isSwapped; // Y has the directions before the streams, the session behind them

  RecurrentKernel(RecurrentOperator operator, KernelContext context) {
    this.options = operator.options();
    this.operator = operator;
    this.context = context;
    sessions = new LayerSessions(operator.models(), context);
    x = new Floats(context.in(LayerSizes.X), context);
    y = new Floats(context.out(0), context);
    turnedX = context.scratch();
    otherY = context.scratch();
    lengths = new Lengths(context.in(LayerSizes.LENGTHS));
    states = new LayerState[options.kind().states().size()];
    for (int i = 0; i < states.length; i++) {
      String name = options.kind().states().get(i);
      Value last = context.wants(1 + i) ? context.out(1 + i) : null;
      states[i] =
          new LayerState(name, options, context.in(LayerSizes.INITIAL_H + i), last, context);
    }
  }

  @Override
  public void prepare() {
    sizes = operator.sizes(input -> context.in(input) == null ? null : context.in(input).dims());
    steps = Math.toIntExact(sizes.steps());
    batch = Math.toIntExact(sizes.batch());
    int directions = options.directions();
    isTurned = options.isReverse() && steps > 1;
    isSwapped = directions > 1 && batch > 1 && !options.isBatchFirst();
    x.prepare();
    y.prepare();
    if (isTurned) {
      turnedX.resize(ElementType.FLOAT, context.in(LayerSizes.X).dims());
    }
    if (isTurned || isSwapped) {
      otherY.resize(ElementType.FLOAT, context.out(0).dims());
    }
    lengths.prepare(batch);
    for (LayerState state : states) {
      state.prepare(sizes);
    }
  }

  @Override
  public void run() {
    if (batch == 0) {
      return; // no output has an element
    }
    sessions.refresh(batch);
    Session session = sessions.get(0);
    for (LayerState state : states) {
      state.load(session.state());
    }
    if (steps > 0) {
      run(session, lengths.read(steps));
    }
    for (LayerState state : states) {
      state.store(session.state());
    }
  }

  private void run(Session session, int[] ends) {
    MemorySegment from = x.read();
    MemorySegment to = y.target();
    boolean isBatchFirst = options.isBatchFirst();
    if (isTurned) {
      RowOrder.turn(from, turnedX.data(), steps, batch, isBatchFirst, sizes.input(), ends);
      session.run(turnedX.data(), otherY.data(), ends);
    } else {
      session.run(from, isSwapped ? otherY.data() : to, ends);
    }
    if (!context.wants(0)) {
      return;
    }
    if (isTurned) {
      RowOrder.turn(otherY.data(), to, steps, batch, isBatchFirst, sizes.hidden(), ends);
    } else if (isSwapped) {
      RowOrder.swap(otherY.data(), to, steps, batch, options.directions(), sizes.hidden());
    }
    y.written();
  }

  @Override
  public void close() {
    sessions.close();
  }
}
