package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.ffi.FloatProgram;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// An LSTM in one context. Directions are computed one after the other; step s of each stream is
/// its s-th from where the direction begins.
final class DynamicQuantizeLstmKernel implements Kernel {
  /// Floats of the products of X that are computed ahead.
  private static final long AHEAD = 1 << 18;

  private final DynamicQuantizeLstm operator;
  private final RecurrentAttributes attributes;
  private final KernelContext context;
  private final RecurrentOperator.SequenceLengths lengths;
  private final CodedMatrix w;
  private final CodedMatrix r;
  private final DynamicCodes x;
  private final DynamicCodes h;
  private final GateProgram[] programs; // of each direction
  private final FloatProgram add; // the two halves of B
  private final Value turned; // the codes of X in the order of a direction's steps
  private final Value bias; // (4, H)
  private final Value ahead; // (steps, N, 4, H)
  private final Value sums; // (N, 4, H)
  private final Value hidden; // (N, H): those that the next step multiplies
  private final Value memory; // (N, H)
  private int steps;
  private int batch;
  private long input;
  private long size; // H
  private long chunk;

  DynamicQuantizeLstmKernel(DynamicQuantizeLstm operator, KernelContext context) {
    this.operator = operator;
    this.attributes = operator.attributes();
    this.context = context;
    int threads = operator.threads();
    lengths = new RecurrentOperator.SequenceLengths(context.in(RecurrentSizes.LENGTHS));
    w =
        new CodedMatrix(
            context,
            threads,
            RecurrentSizes.W,
            DynamicQuantizeLstm.W_SCALE,
            DynamicQuantizeLstm.W_ZERO,
            operator.w());
    r =
        new CodedMatrix(
            context,
            threads,
            RecurrentSizes.R,
            DynamicQuantizeLstm.R_SCALE,
            DynamicQuantizeLstm.R_ZERO,
            operator.r());
    x = new DynamicCodes(context);
    h = new DynamicCodes(context);
    programs = new GateProgram[attributes.directions()];
    for (int direction = 0; direction < programs.length; direction++) {
      programs[direction] =
          new GateProgram(
              attributes.cell(direction, context.in(RecurrentSizes.P) != null),
              attributes.kind().gates(),
              context.arena());
    }
    add = new FloatProgram(context.arena(), 1, 3);
    add.add(new Instruction(Op.ADD, 2, 0, 1, 0, 0, 0));
    turned = context.scratch();
    bias = context.scratch();
    ahead = context.scratch();
    sums = context.scratch();
    hidden = context.scratch();
    memory = context.scratch();
  }

  @Override
  public void prepare() {
    RecurrentSizes sizes = operator.sizes(i -> context.in(i) == null ? null : context.in(i).dims());
    steps = Math.toIntExact(sizes.steps());
    batch = Math.toIntExact(sizes.batch());
    input = sizes.input();
    size = sizes.hidden();
    long row = Math.multiplyExact(Math.max(1, batch), DynamicQuantizeLstm.GATES * size);
    chunk = Math.clamp(AHEAD / row, 1, Math.max(1, steps));
    lengths.prepare(batch);
    w.prepare();
    r.prepare();
    x.prepare((long) steps * batch, input);
    h.prepare(batch, size);
    if (isBackwards(attributes.directions() - 1)) {
      turned.resize(ElementType.UINT8, steps, batch, input);
    }
    bias.resize(ElementType.FLOAT, DynamicQuantizeLstm.GATES, size);
    ahead.resize(ElementType.FLOAT, chunk, batch, DynamicQuantizeLstm.GATES, size);
    sums.resize(ElementType.FLOAT, batch, DynamicQuantizeLstm.GATES, size);
    hidden.resize(ElementType.FLOAT, batch, size);
    memory.resize(ElementType.FLOAT, batch, size);
  }

  @Override
  public void run() {
    if (batch == 0) {
      return; // no output has an element
    }
    int[] ends = lengths.read(steps);
    int last = ends == null ? steps : 0;
    for (int n = 0; ends != null && n < batch; n++) {
      last = Math.max(last, ends[n]);
    }
    w.pack();
    r.pack();
    x.quantize((long) batch * last, input, context.in(RecurrentSizes.X).data().address());
    if (last < steps || ends != null) {
      context.out(0).data().fill((byte) 0);
    }
    for (int direction = 0; direction < attributes.directions(); direction++) {
      begin(direction);
      run(direction, last, ends);
      end(direction, ends);
    }
  }

  private void run(int direction, int last, int[] ends) {
    boolean isBackwards = isBackwards(direction);
    long codes = x.address();
    if (isBackwards) {
      turn(last, ends);
      codes = turned.data().address();
    }
    long row = DynamicQuantizeLstm.GATES * size * Float.BYTES;
    for (int s = 0; s < last; s++) {
      if (s % chunk == 0) {
        long count = Math.min(chunk, last - s);
        w.begin(direction, x, addBiases(direction), 0);
        w.run(count * batch, codes + (long) s * batch * input, ahead.data().address());
      }
      forget(direction, s, ends);
      h.quantize(batch, size, hidden.data().address());
      r.begin(
          direction,
          h,
          ahead.data().address() + s % chunk * batch * row,
          DynamicQuantizeLstm.GATES * size);
      r.run(batch, h.address(), sums.data().address());
      step(direction, s, last, ends, isBackwards);
    }
    forget(direction, last, ends);
  }

  private boolean isBackwards(int direction) {
    return attributes.isReverse() || direction == 1;
  }

  /// Puts the codes of each stream's last step first.
  private void turn(int last, int[] ends) {
    MemorySegment from = x.data();
    MemorySegment to = turned.data();
    for (int s = 0; s < last; s++) {
      for (int n = 0; n < batch; n++) {
        int t = time(s, n, last, ends, true);
        MemorySegment.copy(
            from, ((long) t * batch + n) * input, to, ((long) s * batch + n) * input, input);
      }
    }
  }

  /// When a stream has its step s; behind its end, something.
  private static int time(int s, int n, int last, int[] ends, boolean isBackwards) {
    int end = ends == null ? last : ends[n];
    return isBackwards && s < end ? end - 1 - s : s;
  }

  /// The address of the sum of a direction's two biases; 0 if there are none.
  private long addBiases(int direction) {
    Value both = context.in(RecurrentSizes.B);
    if (both == null) {
      return 0;
    }
    long count = DynamicQuantizeLstm.GATES * size;
    long first = both.data().address() + direction * 2L * count * Float.BYTES;
    add.operand(0, first, 0);
    add.operand(1, first + count * Float.BYTES, 0);
    add.operand(2, bias.data().address(), count);
    add.run(1, count);
    return bias.data().address();
  }

  /// What the sums make of the streams that run a step.
  private void step(int direction, int s, int last, int[] ends, boolean isBackwards) {
    Value peepholes = context.in(RecurrentSizes.P);
    long vectors =
        peepholes == null ? 0 : peepholes.data().address() + 3L * direction * size * Float.BYTES;
    long bytes = size * Float.BYTES;
    for (int n = 0, next; n < batch; n = next) {
      next = ends == null ? batch : n + 1;
      if (ends != null && s >= ends[n]) {
        continue;
      }
      while (next < batch && ends != null && s < ends[next]) {
        next++;
      }
      programs[direction].place(
          sums.data().address() + (long) n * DynamicQuantizeLstm.GATES * bytes,
          memory.data().address() + n * bytes,
          hidden.data().address() + n * bytes,
          vectors,
          size);
      programs[direction].run(next - n, size);
      show(direction, s, n, next, last, ends, isBackwards);
    }
  }

  /// Copies the h of some streams to Y.
  private void show(
      int direction, int s, int from, int to, int last, int[] ends, boolean isBackwards) {
    if (!context.wants(0)) {
      return;
    }
    MemorySegment y = context.out(0).data();
    int together = ends == null || !isBackwards ? to - from : 1; // at the same time
    for (int n = from; n < to; n += together) {
      long t = time(s, n, last, ends, isBackwards);
      long row = (t * attributes.directions() + direction) * batch + n;
      Rows.copy(hidden.data(), n * size, y, row * size, together * size);
    }
  }

  /// Gives Y_h the h of streams whose steps are over, and takes it from those that are multiplied:
  /// it still counts in the scale of one step, or where there is no Y, in all, as it does in ONNX
  /// Runtime's memory.
  private void forget(int direction, int s, int[] ends) {
    for (int n = 0; ends != null && n < batch; n++) {
      if (s == ends[n] && context.wants(1)) {
        Rows.copy(hidden.data(), n * size, context.out(1).data(), row(direction, n), size);
      } else if (s == ends[n] + 1 && context.wants(0)) {
        Rows.clear(hidden.data(), n * size, size);
      }
    }
  }

  private long row(int direction, int n) {
    return ((long) direction * batch + n) * size;
  }

  /// Sets h and c to where a direction begins.
  private void begin(int direction) {
    begin(RecurrentSizes.INITIAL_H, direction, hidden);
    begin(RecurrentSizes.INITIAL_C, direction, memory);
  }

  private void begin(int from, int direction, Value to) {
    Value initial = context.in(from);
    if (initial == null) {
      Rows.clear(to.data(), 0, batch * size);
    } else {
      Rows.copy(initial.data(), row(direction, 0), to.data(), 0, batch * size);
    }
  }

  /// Tells where a direction has ended. The h of streams of different lengths is told before.
  private void end(int direction, int[] ends) {
    if (context.wants(1) && ends == null) {
      Rows.copy(hidden.data(), 0, context.out(1).data(), row(direction, 0), batch * size);
    }
    if (context.wants(2)) {
      Rows.copy(memory.data(), 0, context.out(2).data(), row(direction, 0), batch * size);
    }
  }
}
