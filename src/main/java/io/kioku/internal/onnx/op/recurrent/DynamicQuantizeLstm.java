package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.ffi.FloatProgram;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.IntegerCodes;
import io.kioku.internal.ffi.IntegerLinearCall;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.quantize.PackedFactor;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;

/// ONNX Runtime's `com.microsoft.DynamicQuantizeLSTM`: an LSTM whose W (D, I, 4 · H) and R (D, H, 4
/// · H) are 8-bit integers, and whose X and h are quantized to uint8 before each product, with a
/// scale for all of X, and one for all rows of h at each step.
///
/// The products are exact integers; where float32's rounding of what is made of them makes a number
/// of h round the other way, results differ by a step of the quantization in one number. ONNX
/// Runtime with several threads quantizes the h of each thread's part of a batch by itself; this is
/// its result with one thread.
public final class DynamicQuantizeLstm implements Operator {
  static final int W_SCALE = 8;
  static final int W_ZERO = 9;
  static final int R_SCALE = 10;
  static final int R_ZERO = 11;
  private static final int GATES = 4;

  private final RecurrentAttributes attributes;
  private final int threads;
  private final PackedFactor w;
  private final PackedFactor r;

  private DynamicQuantizeLstm(RecurrentAttributes attributes, OperatorContext context) {
    this.attributes = attributes;
    threads = context.threads();
    w = new PackedFactor(context.constant(RecurrentSizes.W));
    r = new PackedFactor(context.constant(RecurrentSizes.R));
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    RecurrentAttributes attributes = RecurrentAttributes.of(RecurrentKind.LSTM, node.attributes());
    if (attributes.isBatchFirst()) {
      throw new Refusal("attribute layout is 1, expected 0");
    }
    return new DynamicQuantizeLstm(attributes, context);
  }

  /// The sizes, checked.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown
  private RecurrentSizes sizes(IntFunction<long[]> dims) {
    return RecurrentSizes.of(attributes, true, dims);
  }

  @Override
  public void infer(ShapeInference node) {
    for (int input :
        new int[] {0, RecurrentSizes.W, RecurrentSizes.R, W_SCALE, W_ZERO, R_SCALE, R_ZERO}) {
      if (!node.has(input)) {
        throw new Refusal("input %d is missing".formatted(input));
      }
    }
    for (int input = 0; input < node.inputs(); input++) {
      switch (input) {
        case RecurrentSizes.W, RecurrentSizes.R ->
            node.types(input, ElementType.UINT8, ElementType.INT8);
        case W_ZERO -> sameType(node, RecurrentSizes.W, input);
        case R_ZERO -> sameType(node, RecurrentSizes.R, input);
        case RecurrentSizes.LENGTHS -> node.types(input, ElementType.INT32);
        default -> node.types(input, ElementType.FLOAT);
      }
    }
    RecurrentSizes sizes = sizes(node::dims);
    long[] w = node.dims(RecurrentSizes.W);
    long[] r = node.dims(RecurrentSizes.R);
    checkShape("W's scale", w, node.dims(W_SCALE));
    checkShape("W's zero point", w, node.dims(W_ZERO));
    checkShape("R's scale", r, node.dims(R_SCALE));
    checkShape("R's zero point", r, node.dims(R_ZERO));
    RecurrentOperator.outputs(node, attributes, sizes);
  }

  private static void sameType(ShapeInference node, int matrix, int zero) {
    if (node.type(matrix) == null) {
      node.types(zero, ElementType.UINT8, ElementType.INT8);
    } else {
      node.types(zero, node.type(matrix));
    }
  }

  /// Refuses the shape of a scale or zero point that does not fit its matrix.
  ///
  /// @param matrix (D, K, 4 · H); dimensions below 0 are unknown
  /// @param dims null if unknown
  private static void checkShape(String name, long[] matrix, long[] dims) {
    if (matrix == null || dims == null) {
      return;
    }
    boolean fits =
        (dims.length == 1 || (dims.length == 2 && isSame(dims[1], matrix[2])))
            && isSame(dims[0], matrix[0]);
    if (!fits) {
      throw new Refusal(
          "%s has shape %s, expected %s or %s (D, 4 · H)",
          name, new Dims(dims), new Dims(matrix[0]), new Dims(matrix[0], matrix[2]));
    }
  }

  private static boolean isSame(long a, long b) {
    return a < 0 || b < 0 || a == b;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new StepKernel(this, context);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void close() {
    w.close();
    r.close();
  }

  /// A matrix of codes in one context, and the products with its directions.
  private static final class Matrix {
    private final Value codes;
    private final Value scale;
    private final Value zero;
    private final MemorySegment known; // packed; null: packed at each run
    private final Value packed;
    private final Value work;
    private final IntegerLinearCall call;
    private MatrixShapes shape;

    Matrix(
        KernelContext context, int threads, int codes, int scale, int zero, PackedFactor factor) {
      this.codes = context.in(codes);
      this.scale = context.in(scale);
      this.zero = context.in(zero);
      known = factor.packed();
      packed = context.scratch();
      work = context.scratch();
      call = new IntegerLinearCall(threads, context.arena());
    }

    void prepare() {
      shape = MatrixShapes.of(codes.dims(), false);
      if (known == null) {
        packed.resize(ElementType.UINT8, PackedFactor.bytes(shape));
      }
      call.sizes(shape.rows(), shape.columns(), false, codes.type() == ElementType.INT8);
      work.resize(ElementType.UINT8, call.workBytes(shape.rows()));
    }

    void pack() {
      if (known == null) {
        PackedFactor.pack(codes.type(), codes.data(), shape, packed.data());
      }
    }

    /// Chooses a direction.
    ///
    /// @param x the arguments' scale and zero point
    /// @param bias of the first row; 0 for none
    /// @param biasRow floats to that of the next
    void begin(int direction, DynamicCodes x, long bias, long biasRow) {
      long weights = (known == null ? packed.data() : known).address();
      boolean isZeroEach = zero.rank() > 1;
      boolean isScaleEach = scale.rank() > 1;
      call.weights(
          weights + direction * PackedFactor.bytesOfOne(shape),
          zero.data().address() + direction * (isZeroEach ? shape.columns() : 1),
          isZeroEach);
      call.zero(x.zero.data().address(), false);
      call.giveNumbers(
          x.scale.data().address(),
          scale.data().address() + direction * (isScaleEach ? shape.columns() : 1) * Float.BYTES,
          isScaleEach,
          bias,
          biasRow);
    }

    void run(long rows, long x, long y) {
      call.run(rows, x, y, work.data().address());
    }
  }

  /// Numbers that are quantized by their range.
  private static final class DynamicCodes {
    private final Value codes;
    private final Value scale;
    private final Value zero;

    DynamicCodes(KernelContext context) {
      codes = context.scratch();
      scale = context.scratch();
      zero = context.scratch();
    }

    void prepare(long rows, long columns) {
      codes.resize(ElementType.UINT8, rows, columns);
      scale.resize(ElementType.FLOAT);
      zero.resize(ElementType.UINT8);
    }

    void quantize(long rows, long columns, long x) {
      IntegerCodes.dynamicQuantize(
          rows,
          columns,
          columns,
          x,
          codes.data().address(),
          scale.data().address(),
          zero.data().address());
    }
  }

  /// An LSTM in one context. Directions are computed one after the other; step s of each stream is
  /// its s-th from where the direction begins.
  private static final class StepKernel implements Kernel {
    /// Floats of the products of X that are computed ahead.
    private static final long AHEAD = 1 << 18;

    private final DynamicQuantizeLstm operator;
    private final RecurrentAttributes attributes;
    private final KernelContext context;
    private final RecurrentOperator.SequenceLengths lengths;
    private final Matrix w;
    private final Matrix r;
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

    StepKernel(DynamicQuantizeLstm operator, KernelContext context) {
      this.operator = operator;
      this.attributes = operator.attributes;
      this.context = context;
      int threads = operator.threads;
      lengths = new RecurrentOperator.SequenceLengths(context.in(RecurrentSizes.LENGTHS));
      w = new Matrix(context, threads, RecurrentSizes.W, W_SCALE, W_ZERO, operator.w);
      r = new Matrix(context, threads, RecurrentSizes.R, R_SCALE, R_ZERO, operator.r);
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
      RecurrentSizes sizes =
          operator.sizes(i -> context.in(i) == null ? null : context.in(i).dims());
      steps = Math.toIntExact(sizes.steps());
      batch = Math.toIntExact(sizes.batch());
      input = sizes.input();
      size = sizes.hidden();
      long row = Math.multiplyExact(Math.max(1, batch), GATES * size);
      chunk = Math.clamp(AHEAD / row, 1, Math.max(1, steps));
      lengths.prepare(batch);
      w.prepare();
      r.prepare();
      x.prepare((long) steps * batch, input);
      h.prepare(batch, size);
      if (isBackwards(attributes.directions() - 1)) {
        turned.resize(ElementType.UINT8, steps, batch, input);
      }
      bias.resize(ElementType.FLOAT, GATES, size);
      ahead.resize(ElementType.FLOAT, chunk, batch, GATES, size);
      sums.resize(ElementType.FLOAT, batch, GATES, size);
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
      long codes = x.codes.data().address();
      if (isBackwards) {
        turn(last, ends);
        codes = turned.data().address();
      }
      long row = GATES * size * Float.BYTES;
      for (int s = 0; s < last; s++) {
        if (s % chunk == 0) {
          long count = Math.min(chunk, last - s);
          w.begin(direction, x, addBiases(direction), 0);
          w.run(count * batch, codes + (long) s * batch * input, ahead.data().address());
        }
        forget(direction, s, ends);
        h.quantize(batch, size, hidden.data().address());
        r.begin(direction, h, ahead.data().address() + s % chunk * batch * row, GATES * size);
        r.run(batch, h.codes.data().address(), sums.data().address());
        step(direction, s, last, ends, isBackwards);
      }
      forget(direction, last, ends);
    }

    private boolean isBackwards(int direction) {
      return attributes.isReverse() || direction == 1;
    }

    /// Puts the codes of each stream's last step first.
    private void turn(int last, int[] ends) {
      MemorySegment from = x.codes.data();
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
      long count = GATES * size;
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
            sums.data().address() + (long) n * GATES * bytes,
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

    /// Gives Y_h the h of streams whose steps are over, and takes it from those that are
    /// multiplied: it still counts in the scale of one step, or where there is no Y, in all, as it
    /// does in ONNX Runtime's memory.
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
}
