package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Cell;
import io.kioku.format.ElementType;
import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// ONNX Runtime's `com.microsoft.DynamicQuantizeLSTM`: an LSTM whose W (D, I, 4 · H) and R (D, H, 4
/// · H) are 8-bit integers, and whose X and h are quantized to uint8 before each product, with a
/// scale for all of X, and one for all rows of h at each step.
///
/// Kioku computes the same products in float32, of weights that were dequantized when the model was
/// loaded and of X and h rounded to the values that their quantization has. Products and sums then
/// differ by float32's rounding only; where that makes a number of h round the other way, by a step
/// of the quantization in one number. ONNX Runtime with several threads quantizes the h of each
/// thread's part of a batch by itself; this is its result with one thread.
public final class DynamicQuantizeLstm implements Operator {
  static final int W_SCALE = 8;
  static final int W_ZERO = 9;
  static final int R_SCALE = 10;
  static final int R_ZERO = 11;
  private static final int[] WEIGHTS = {
    RecurrentSizes.W,
    RecurrentSizes.R,
    RecurrentSizes.B,
    RecurrentSizes.P,
    W_SCALE,
    W_ZERO,
    R_SCALE,
    R_ZERO
  };

  private final RecurrentAttributes attributes;
  private final RecurrentWeights weights; // a network for each direction

  private DynamicQuantizeLstm(
      RecurrentAttributes attributes, GraphNode node, OperatorContext context) {
    this.attributes = attributes;
    this.weights = new RecurrentWeights(node, context, WEIGHTS, all -> pack(context, all));
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    RecurrentAttributes attributes = RecurrentAttributes.of(RecurrentKind.LSTM, node.attributes());
    if (attributes.isBatchFirst()) {
      throw new Refusal("attribute layout is 1, expected 0");
    }
    return new DynamicQuantizeLstm(attributes, node, context);
  }

  /// The sizes, checked.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown
  private RecurrentSizes sizes(IntFunction<long[]> dims) {
    return RecurrentSizes.of(attributes, true, dims);
  }

  private List<PackedNetwork> pack(OperatorContext context, Constant[] all) {
    for (int input : WEIGHTS) {
      if (all[input] == null && input != RecurrentSizes.B && input != RecurrentSizes.P) {
        throw new Refusal("input %d is missing".formatted(input));
      }
    }
    RecurrentSizes sizes = sizes(i -> i < W_SCALE && all[i] != null ? all[i].dims() : null);
    QuantizedMatrix.check("W", all[RecurrentSizes.W], all[W_SCALE], all[W_ZERO]);
    QuantizedMatrix.check("R", all[RecurrentSizes.R], all[R_SCALE], all[R_ZERO]);
    Constant peepholes = all[RecurrentSizes.P];
    RecurrentTensors tensors =
        new RecurrentTensors(
            attributes,
            new QuantizedMatrix(all[RecurrentSizes.W], all[W_SCALE], all[W_ZERO]).dequantized(),
            new QuantizedMatrix(all[RecurrentSizes.R], all[R_SCALE], all[R_ZERO]).dequantized(),
            RecurrentWeights.real("B", all[RecurrentSizes.B]),
            RecurrentWeights.real("P", peepholes));
    List<PackedNetwork> networks = new ArrayList<>();
    try {
      for (int direction = 0; direction < attributes.directions(); direction++) {
        Cell cell = attributes.cell(direction, peepholes != null);
        List<Parameters> parameters = List.of(tensors.parameters(cell, direction));
        networks.add(RecurrentWeights.layer(List.of(cell), parameters, sizes, false, context));
      }
      return List.copyOf(networks);
    } catch (RuntimeException e) {
      networks.forEach(PackedNetwork::close);
      throw e;
    }
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
    QuantizedMatrix.checkShape("W's scale", w, node.dims(W_SCALE));
    QuantizedMatrix.checkShape("W's zero point", w, node.dims(W_ZERO));
    QuantizedMatrix.checkShape("R's scale", r, node.dims(R_SCALE));
    QuantizedMatrix.checkShape("R's zero point", r, node.dims(R_ZERO));
    RecurrentOperator.outputs(node, attributes, sizes);
  }

  private static void sameType(ShapeInference node, int matrix, int zero) {
    if (node.type(matrix) == null) {
      node.types(zero, ElementType.UINT8, ElementType.INT8);
    } else {
      node.types(zero, node.type(matrix));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new StepKernel(this, context);
  }

  @Override
  public String backend() {
    return weights.backend();
  }

  @Override
  public void close() {
    weights.close();
  }

  /// An LSTM in one context: steps one at a time, since h is rounded before each. Directions are
  /// computed one after the other.
  private static final class StepKernel implements Kernel {
    private final DynamicQuantizeLstm operator;
    private final RecurrentAttributes attributes;
    private final KernelContext context;
    private final RecurrentWeights.Runners runners;
    private final RecurrentOperator.SequenceLengths lengths;
    private final Rounding rounding = new Rounding();
    private final Buffer pointers;
    private final Value x; // X, rounded
    private final Value state; // (N, 2, H): h and c of one direction
    private final LayerCall call = new LayerCall(); // of one step
    private int[] running = {}; // of each stream: 1, or 0 past its end
    private int steps;
    private int batch;
    private long input;
    private long hidden;

    StepKernel(DynamicQuantizeLstm operator, KernelContext context) {
      this.operator = operator;
      this.attributes = operator.attributes;
      this.context = context;
      runners = new RecurrentWeights.Runners(operator.weights, context);
      lengths = new RecurrentOperator.SequenceLengths(context.in(RecurrentSizes.LENGTHS));
      pointers = new Buffer(context.arena());
      x = context.scratch();
      state = context.scratch();
    }

    @Override
    public void prepare() {
      RecurrentSizes sizes =
          operator.sizes(i -> context.in(i) == null ? null : context.in(i).dims());
      steps = Math.toIntExact(sizes.steps());
      batch = Math.toIntExact(sizes.batch());
      input = sizes.input();
      hidden = sizes.hidden();
      new RecurrentSizes(1, batch, input, hidden).checkStrides(1);
      lengths.prepare(batch);
      running = new int[batch];
      x.resize(ElementType.FLOAT, steps, batch, input);
      state.resize(ElementType.FLOAT, batch, 2, hidden);
      call.steps = 1;
      call.batch = batch;
      call.stateRow = 2 * hidden;
    }

    @Override
    public void run() {
      if (batch == 0) {
        return; // no output has an element
      }
      runners.refresh();
      int[] ends = lengths.read(steps);
      int last = ends == null ? steps : 0;
      for (int n = 0; ends != null && n < batch; n++) {
        last = Math.max(last, ends[n]);
      }
      long used = input * batch * last;
      MemorySegment given = context.in(RecurrentSizes.X).data();
      rounding.begin();
      rounding.see(given, 0, used);
      rounding.round(given, x.data(), 0, used);
      if (last < steps || ends != null) {
        context.out(0).data().fill((byte) 0);
      }
      for (int direction = 0; direction < attributes.directions(); direction++) {
        run(direction, last, ends);
      }
    }

    private void run(int direction, int last, int[] ends) {
      begin(RecurrentSizes.INITIAL_H, direction, 0);
      begin(RecurrentSizes.INITIAL_C, direction, hidden);
      boolean isBackwards = attributes.isReverse() || direction == 1;
      call.state = state.data();
      for (int s = 0; s < last; s++) {
        boolean isWhole = round(s, ends);
        call.lengths = isWhole ? null : running;
        place(direction, isBackwards ? last - 1 - s : s);
        call.pointers = null;
        if (isBackwards && ends != null) {
          point(direction, s, ends);
        }
        runners.get(direction).run(call);
      }
      end(1, direction, 0);
      end(2, direction, hidden);
    }

    /// Where all streams are at the same time of X.
    private void place(int direction, int t) {
      call.x.set(x.data(), (long) t * batch * input, batch * input, input);
      long row = ((long) t * attributes.directions() + direction) * batch;
      call.y.set(context.out(0).data(), row * hidden, batch * hidden, hidden);
    }

    /// Streams that run backwards are at different times, each as far from its own end. One that
    /// has ended is behind it, where Y is zero.
    private void point(int direction, int s, int[] ends) {
      long xs = x.data().address() / Float.BYTES;
      long ys = context.out(0).data().address() / Float.BYTES;
      long states = state.data().address() / Float.BYTES;
      MemorySegment table = pointers.longs((long) batch * LayerCall.POINTERS);
      for (int n = 0; n < batch; n++) {
        long t = running[n] == 1 ? ends[n] - 1 - s : s;
        long y = (t * attributes.directions() + direction) * batch + n;
        long from = (t * batch + n) * input;
        LayerCall.point(table, n, xs + from, ys + y * hidden, states + n * call.stateRow);
      }
      call.pointers = table;
    }

    /// Rounds the h that enters a step. Streams past their end keep theirs; ONNX Runtime's scale is
    /// that of the rows it has in memory: the last h of a stream counts for one step more, or
    /// always where there is no Y.
    ///
    /// @return whether all streams run the step
    private boolean round(int s, int[] ends) {
      MemorySegment data = state.data();
      boolean isWhole = true;
      rounding.begin();
      for (int n = 0; n < batch; n++) {
        running[n] = ends == null || s < ends[n] ? 1 : 0;
        isWhole &= running[n] == 1;
        if (ends == null || s <= ends[n] || !context.wants(0)) {
          rounding.see(data, n * call.stateRow, hidden);
        }
      }
      for (int n = 0; n < batch; n++) {
        if (running[n] == 1) {
          rounding.round(data, data, n * call.stateRow, hidden);
        }
      }
      return isWhole;
    }

    /// Sets h or c to where a direction begins.
    ///
    /// @param at of it in a stream's state
    private void begin(int from, int direction, long at) {
      Value initial = context.in(from);
      for (int n = 0; n < batch; n++) {
        long to = n * call.stateRow + at;
        if (initial == null) {
          Rows.clear(state.data(), to, hidden);
        } else {
          Rows.copy(initial.data(), row(direction, n), state.data(), to, hidden);
        }
      }
    }

    /// Tells where it has ended.
    private void end(int output, int direction, long at) {
      if (context.wants(output)) {
        MemorySegment to = context.out(output).data();
        for (int n = 0; n < batch; n++) {
          Rows.copy(state.data(), n * call.stateRow + at, to, row(direction, n), hidden);
        }
      }
    }

    private long row(int direction, int n) {
      return ((long) direction * batch + n) * hidden;
    }

    @Override
    public void close() {
      runners.close();
    }
  }

  /// Rounds float32 numbers to 256 steps from their least to their greatest, 0 among them, as a
  /// dynamic quantization to uint8 and back does. NaN stays NaN. Allocates nothing.
  private static final class Rounding {
    private static final float STEPS = 255;

    private float least;
    private float greatest;

    /// Forgets the numbers seen.
    void begin() {
      least = 0;
      greatest = 0;
    }

    /// Sees numbers.
    ///
    /// @param from the first, in floats
    void see(MemorySegment numbers, long from, long count) {
      float low = least;
      float high = greatest;
      for (long i = from; i < from + count; i++) {
        float number = numbers.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        low = number < low ? number : low;
        high = number > high ? number : high;
      }
      least = low;
      greatest = high;
    }

    /// Rounds numbers that were seen.
    ///
    /// @param begin the first, in floats, in both segments
    void round(MemorySegment from, MemorySegment to, long begin, long count) {
      float step = least == greatest ? 1 : (greatest - least) / STEPS;
      float zero = (float) Math.rint(Math.min(STEPS, -least / step));
      for (long i = begin; i < begin + count; i++) {
        float number = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        float rounded = (float) Math.rint(number / step) + zero;
        to.setAtIndex(
            ValueLayout.JAVA_FLOAT, i, (Math.max(0, Math.min(STEPS, rounded)) - zero) * step);
      }
    }
  }

  /// A matrix of 8-bit integers with its scale and zero point.
  ///
  /// @param matrix (D, K, 4 · H), uint8 or int8
  /// @param scale (D), or (D, 4 · H) with one for each column
  /// @param zero the same shape as the scale or (D), of the matrix's type
  private record QuantizedMatrix(Constant matrix, Constant scale, Constant zero) {
    /// Refuses shapes and types that do not fit.
    ///
    /// @param name of the matrix: W or R
    static void check(String name, Constant matrix, Constant scale, Constant zero) {
      if (matrix.type() != ElementType.UINT8 && matrix.type() != ElementType.INT8) {
        throw new Refusal(
            "input %s has type %s, expected uint8 or int8".formatted(name, matrix.type()));
      }
      if (scale.type() != ElementType.FLOAT || zero.type() != matrix.type()) {
        throw new Refusal(
            "scale and zero point of %s have types %s and %s, expected float and %s"
                .formatted(name, scale.type(), zero.type(), matrix.type()));
      }
      checkShape(name + "'s scale", matrix.dims(), scale.dims());
      checkShape(name + "'s zero point", matrix.dims(), zero.dims());
    }

    /// Refuses the shape of a scale or zero point that does not fit its matrix.
    ///
    /// @param matrix (D, K, 4 · H); dimensions below 0 are unknown
    /// @param dims null if unknown
    static void checkShape(String name, long[] matrix, long[] dims) {
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

    /// The numbers that they stand for, (D, 4 · H, K) float32.
    Constant dequantized() {
      int directions = Math.toIntExact(matrix.dims()[0]);
      int rows = Math.toIntExact(matrix.dims()[1]);
      int columns = Math.toIntExact(matrix.dims()[2]);
      float[] values = new float[Math.multiplyExact(directions, Math.multiplyExact(rows, columns))];
      for (int d = 0; d < directions; d++) {
        for (int row = 0; row < rows; row++) {
          for (int column = 0; column < columns; column++) {
            int number = integer(matrix, ((long) d * rows + row) * columns + column);
            int offset = number - integer(zero, at(zero, d, column, columns));
            float step =
                scale.data().getAtIndex(ValueLayout.JAVA_FLOAT, at(scale, d, column, columns));
            values[(d * columns + column) * rows + row] = offset * step;
          }
        }
      }
      long[] dims = {directions, columns, rows};
      return new Constant(ElementType.FLOAT, dims, MemorySegment.ofArray(values));
    }

    private static long at(Constant parameter, int direction, int column, int columns) {
      return parameter.dims().length == 1 ? direction : (long) direction * columns + column;
    }

    private static int integer(Constant constant, long index) {
      byte bits = constant.data().get(ValueLayout.JAVA_BYTE, index);
      return constant.type() == ElementType.UINT8 ? Byte.toUnsignedInt(bits) : bits;
    }
  }
}
