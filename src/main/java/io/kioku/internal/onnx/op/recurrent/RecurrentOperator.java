package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Cell;
import io.kioku.format.ElementType;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.onnx.graph.Constant;
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

/// ONNX's LSTM, GRU and RNN of operator sets 7 to 22, on Kioku's own layers. All compute in
/// float32; float64 is rounded to it on the way in.
///
/// Where the operators' text is silent or ONNX Runtime reads it otherwise:
///
/// - A sequence of length 0 ends where it began: Y_h is initial_h, Y_c is initial_c. ONNX Runtime
///   gives zeros.
/// - The clip of an LSTM is on the sums of its gates, as in ONNX Runtime, not on its memory.
/// - NaN in a sum stays NaN. ONNX Runtime makes the clip's limit of it where there is a B.
public final class RecurrentOperator implements Operator {
  private final RecurrentAttributes attributes;
  private final RecurrentWeights weights;

  private RecurrentOperator(
      RecurrentAttributes attributes, GraphNode node, OperatorContext context) {
    this.attributes = attributes;
    int[] inputs =
        attributes.kind() == RecurrentKind.LSTM
            ? new int[] {RecurrentSizes.W, RecurrentSizes.R, RecurrentSizes.B, RecurrentSizes.P}
            : new int[] {RecurrentSizes.W, RecurrentSizes.R, RecurrentSizes.B};
    this.weights = new RecurrentWeights(node, context, inputs, all -> List.of(pack(context, all)));
  }

  /// The operator of a node, LSTM, GRU or RNN.
  public static Operator of(GraphNode node, OperatorContext context) {
    RecurrentKind kind = RecurrentKind.valueOf(node.operator());
    return new RecurrentOperator(RecurrentAttributes.of(kind, node.attributes()), node, context);
  }

  /// The sizes, checked.
  ///
  /// @param dims the shape of each input; null if it is left out or unknown
  private RecurrentSizes sizes(IntFunction<long[]> dims) {
    return RecurrentSizes.of(attributes, false, dims);
  }

  private PackedNetwork pack(OperatorContext context, Constant[] all) {
    RecurrentSizes sizes = sizes(i -> i < all.length && all[i] != null ? all[i].dims() : null);
    Constant bias = RecurrentWeights.real("B", all[RecurrentSizes.B]);
    Constant peepholes =
        attributes.kind() == RecurrentKind.LSTM
            ? RecurrentWeights.real("P", all[RecurrentSizes.P])
            : null;
    Constant w = RecurrentWeights.real("W", all[RecurrentSizes.W]);
    Constant r = RecurrentWeights.real("R", all[RecurrentSizes.R]);
    RecurrentTensors tensors = new RecurrentTensors(attributes, w, r, bias, peepholes);
    List<Cell> cells = new ArrayList<>();
    List<Parameters> parameters = new ArrayList<>();
    for (int direction = 0; direction < attributes.directions(); direction++) {
      cells.add(attributes.cell(direction, peepholes != null));
      parameters.add(tensors.parameters(cells.getLast(), direction));
    }
    return RecurrentWeights.layer(cells, parameters, sizes, attributes.isReverse(), context);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(RecurrentSizes.X, "X");
    node.need(RecurrentSizes.W, "W");
    node.need(RecurrentSizes.R, "R");
    int most =
        attributes.kind() == RecurrentKind.LSTM ? RecurrentSizes.P : RecurrentSizes.INITIAL_H;
    if (node.inputs() > most + 1) {
      throw new Refusal("%d inputs, expected at most %d".formatted(node.inputs(), most + 1));
    }
    for (int input = 0; input < node.inputs(); input++) {
      if (input == RecurrentSizes.LENGTHS) {
        node.types(input, ElementType.INT32);
      } else {
        node.real(input);
        same(node, input);
      }
    }
    outputs(node, attributes, sizes(node::dims));
  }

  private static void same(ShapeInference node, int input) {
    ElementType type = node.type(input);
    ElementType ofX = node.type(RecurrentSizes.X);
    if (type != null && ofX != null && type != ofX) {
      throw new Refusal("input %d has type %s, expected X's, %s".formatted(input, type, ofX));
    }
  }

  /// Says what Y, Y_h and Y_c are.
  static void outputs(ShapeInference node, RecurrentAttributes attributes, RecurrentSizes sizes) {
    int most = 1 + attributes.kind().states().size();
    if (node.outputs() > most) {
      throw new Refusal("%d outputs, expected at most %d".formatted(node.outputs(), most));
    }
    ElementType type = node.type(RecurrentSizes.X);
    node.out(0, type, sizes.outputs(attributes));
    for (int i = 1; i < node.outputs(); i++) {
      node.out(i, type, sizes.states(attributes));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new LayerKernel(this, context);
  }

  @Override
  public String backend() {
    return weights.backend();
  }

  @Override
  public void close() {
    weights.close();
  }

  /// A layer in one context. Its runner reads X and writes Y in place, whatever their order.
  private static final class LayerKernel implements Kernel {
    private final RecurrentOperator operator;
    private final RecurrentAttributes attributes;
    private final KernelContext context;
    private final RecurrentWeights.Runners runners;
    private final RealValue x;
    private final RealValue y;
    private final SequenceLengths lengths;
    private final RealValue[] initial; // of each state; null: zero
    private final RealValue[] last; // null: nobody wants it
    private final Value state; // (N, D, states, H)
    private final LayerCall call = new LayerCall();
    private int batch;
    private long hidden;

    LayerKernel(RecurrentOperator operator, KernelContext context) {
      this.operator = operator;
      this.attributes = operator.attributes;
      this.context = context;
      runners = new RecurrentWeights.Runners(operator.weights, context);
      x = new RealValue(context.in(RecurrentSizes.X), context);
      y = new RealValue(context.out(0), context);
      lengths = new SequenceLengths(context.in(RecurrentSizes.LENGTHS));
      int states = attributes.kind().states().size();
      initial = new RealValue[states];
      last = new RealValue[states];
      for (int i = 0; i < states; i++) {
        Value given = context.in(RecurrentSizes.INITIAL_H + i);
        initial[i] = given == null ? null : new RealValue(given, context);
        last[i] = context.wants(1 + i) ? new RealValue(context.out(1 + i), context) : null;
      }
      state = context.scratch();
    }

    @Override
    public void prepare() {
      RecurrentSizes sizes =
          operator.sizes(input -> context.in(input) == null ? null : context.in(input).dims());
      sizes.checkStrides(attributes.directions());
      batch = Math.toIntExact(sizes.batch());
      hidden = sizes.hidden();
      x.prepare();
      y.prepare();
      lengths.prepare(batch);
      for (int i = 0; i < initial.length; i++) {
        if (initial[i] != null) {
          initial[i].prepare();
        }
        if (last[i] != null) {
          last[i].prepare();
        }
      }
      state.resize(ElementType.FLOAT, batch, attributes.directions(), initial.length, hidden);
      prepareCall(sizes);
    }

    private void prepareCall(RecurrentSizes sizes) {
      int directions = attributes.directions();
      int steps = Math.toIntExact(sizes.steps());
      call.steps = steps;
      call.batch = batch;
      if (attributes.isBatchFirst()) {
        call.x.set(null, 0, sizes.input(), steps * sizes.input());
        call.y.set(null, 0, directions * hidden, (long) steps * directions * hidden);
        call.yDirection = hidden;
      } else {
        call.x.set(null, 0, batch * sizes.input(), sizes.input());
        // of a single stream as dense as it can be told: then oneDNN writes it in place
        long row = batch == 1 ? directions * hidden : hidden;
        call.y.set(null, 0, (long) directions * batch * hidden, row);
        call.yDirection = batch * hidden;
      }
      call.stateRow = (long) directions * initial.length * hidden;
    }

    @Override
    public void run() {
      if (batch == 0) {
        return; // no output has an element
      }
      runners.refresh();
      for (int i = 0; i < initial.length; i++) {
        begin(i);
      }
      if (call.steps > 0) {
        call.x.segment = x.read();
        call.y.segment = y.target();
        call.state = state.data();
        call.lengths = lengths.read(call.steps);
        runners.get(0).run(call);
        if (context.wants(0)) {
          y.written();
        }
      }
      for (int i = 0; i < last.length; i++) {
        end(i);
      }
    }

    /// Sets a state to where a run begins.
    private void begin(int of) {
      MemorySegment from = initial[of] == null ? null : initial[of].read();
      for (int d = 0; d < attributes.directions(); d++) {
        for (int n = 0; n < batch; n++) {
          if (from == null) {
            Rows.clear(state.data(), stateAt(of, d, n), hidden);
          } else {
            Rows.copy(from, valueAt(d, n), state.data(), stateAt(of, d, n), hidden);
          }
        }
      }
    }

    /// Tells where a run has ended.
    private void end(int of) {
      if (last[of] == null) {
        return;
      }
      MemorySegment to = last[of].target();
      for (int d = 0; d < attributes.directions(); d++) {
        for (int n = 0; n < batch; n++) {
          Rows.copy(state.data(), stateAt(of, d, n), to, valueAt(d, n), hidden);
        }
      }
      last[of].written();
    }

    private long stateAt(int of, int direction, int n) {
      return n * call.stateRow + ((long) direction * initial.length + of) * hidden;
    }

    /// The same in an input or output: (D, N, H), or (N, D, H).
    private long valueAt(int direction, int n) {
      long row =
          attributes.isBatchFirst()
              ? (long) n * attributes.directions() + direction
              : (long) direction * batch + n;
      return row * hidden;
    }

    @Override
    public void close() {
      runners.close();
    }
  }

  /// A value's elements as float32, which layers compute with: the value's own memory, or a copy if
  /// it is float64.
  private static final class RealValue {
    private final Value value;
    private final Value copy;

    RealValue(Value value, KernelContext context) {
      this.value = value;
      this.copy = context.scratch();
    }

    /// Takes memory for the value's present type and shape.
    void prepare() {
      if (isCopied()) {
        copy.resize(ElementType.FLOAT, value.dims());
      }
    }

    private boolean isCopied() {
      return value.storage() == ElementType.DOUBLE;
    }

    /// The elements, to be read.
    MemorySegment read() {
      if (!isCopied()) {
        return value.data();
      }
      MemorySegment from = value.data();
      MemorySegment to = copy.data();
      long size = value.size();
      for (long i = 0; i < size; i++) {
        float element = (float) from.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        to.setAtIndex(ValueLayout.JAVA_FLOAT, i, element);
      }
      return to;
    }

    /// Where to write the elements; [#written] is to be called then.
    MemorySegment target() {
      return isCopied() ? copy.data() : value.data();
    }

    /// Brings what was written to the value.
    void written() {
      if (isCopied()) {
        MemorySegment from = copy.data();
        MemorySegment to = value.data();
        long size = value.size();
        for (long i = 0; i < size; i++) {
          to.setAtIndex(ValueLayout.JAVA_DOUBLE, i, from.getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
      }
    }
  }

  /// The input `sequence_lens`.
  static final class SequenceLengths {
    private final Value value; // null: left out
    private int[] lengths = {};

    /// @param value null if it is left out
    SequenceLengths(Value value) {
      this.value = value;
    }

    void prepare(int batch) {
      if (lengths.length != batch) {
        lengths = new int[batch];
      }
    }

    /// The lengths; null if all sequences have T steps.
    ///
    /// @throws Refusal if one is not from 0 to T
    int[] read(int steps) {
      if (value == null) {
        return null;
      }
      boolean isWhole = true;
      for (int n = 0; n < lengths.length; n++) {
        long length = value.asLong(n);
        if (length < 0 || length > steps) {
          throw new Refusal(
              "sequence_lens[%d] is %d, expected 0 to %d".formatted(n, length, steps));
        }
        lengths[n] = (int) length;
        isWhole &= length == steps;
      }
      return isWhole ? null : lengths;
    }
  }
}
