package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerConvolutionCall;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// ConvInteger: a convolution of 8-bit codes without their zero points, as int32; and QLinearConv,
/// where the sums become codes again: `saturate(round(sum * (x_scale * w_scale / y_scale)) +
/// y_zero)`. Padding is the zero point.
public final class IntegerConvolution implements Operator {
  private static final ElementType[] CODES = {ElementType.UINT8, ElementType.INT8};

  private static final int X_SCALE = 1; // of QLinearConv, as those behind it
  private static final int W_SCALE = 4;
  private static final int Y_SCALE = 6;
  private static final int Y_ZERO = 7;
  private static final int BIAS = 8;

  private final boolean isScaled;
  private final int w; // which inputs
  private final int xZero;
  private final int wZero;
  private final WindowAttributes attributes;
  private final long group;
  private final int threads;
  private final Constant known; // the weights; null if they are not
  private final Arena arena = Arena.ofShared();
  private MemorySegment packed;

  /// The operator of a node.
  public IntegerConvolution(GraphNode node, OperatorContext context) {
    threads = context.threads();
    isScaled = node.operator().equals("QLinearConv");
    w = isScaled ? 3 : 1;
    xZero = 2;
    wZero = isScaled ? 5 : 3;
    known = context.constant(w);
    attributes = new WindowAttributes(node.attributes());
    group = node.attributes().integer("group", 1);
    if (group < 1) {
      throw new Refusal("attribute group is %d, expected at least 1".formatted(group));
    }
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "x");
    node.need(w, "w");
    for (int input : new int[] {0, w, xZero, wZero}) {
      node.types(input, CODES);
    }
    node.single(xZero);
    if (isScaled) {
      for (int input = 1; input < 8; input++) {
        node.need(input, Integer.toString(input));
      }
      for (int input : new int[] {X_SCALE, W_SCALE, Y_SCALE}) {
        node.types(input, ElementType.FLOAT);
      }
      node.types(Y_ZERO, CODES);
      node.types(BIAS, ElementType.INT32);
      node.rank(BIAS, 1);
      for (int input : new int[] {X_SCALE, Y_SCALE, Y_ZERO}) {
        node.single(input);
      }
    }
    ElementType type = isScaled ? node.type(Y_ZERO) : ElementType.INT32;
    long[] x = node.dims(0);
    long[] weights = node.dims(w);
    long channels = weights == null || weights.length == 0 ? -1 : weights[0];
    for (int input : isScaled ? new int[] {W_SCALE, wZero, BIAS} : new int[] {wZero}) {
      checkEach(node, input, channels, input != BIAS);
    }
    if (x == null) {
      node.out(0, type, (long[]) null);
      return;
    }
    int rank = WindowAttributes.rank(x);
    node.rank(w, x.length);
    attributes.check(rank);
    long[] y = new long[x.length];
    Arrays.fill(y, Symbols.UNKNOWN);
    y[0] = x[0];
    if (weights != null) {
      boolean fits = weights[0] < 0 || weights[0] % group == 0;
      fits &= x[1] < 0 || weights[1] < 0 || x[1] == Math.multiplyExact(weights[1], group);
      for (int axis = 0; axis < rank; axis++) {
        long[] given = attributes.kernel();
        long own = weights[axis + 2];
        fits &= own != 0 && (given == null || own < 0 || own == given[axis]);
      }
      if (!fits) {
        throw new Refusal(
            "the weights have shape %s, which does not fit a shape of %s in %d groups",
            new Dims(weights), new Dims(x), group);
      }
      y[1] = weights[0];
      for (int axis = 0; axis < rank; axis++) {
        y[axis + 2] = attributes.positions(axis, rank, x[axis + 2], weights[axis + 2]);
      }
    }
    node.out(0, type, y);
  }

  /// Refuses what has neither one value, where that is enough, nor one for each output channel.
  private static void checkEach(ShapeInference node, int input, long channels, boolean orOne) {
    long[] dims = node.dims(input);
    if (dims == null) {
      return;
    }
    boolean fits = dims.length == 0 ? orOne : dims.length == 1;
    if (fits && dims.length == 1 && dims[0] >= 0 && channels >= 0) {
      fits = dims[0] == channels || (orOne && dims[0] == 1);
    }
    if (!fits) {
      throw new Refusal(
          "input %d has shape %s, expected one for each output channel", input, new Dims(dims));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Codes(context);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void close() {
    arena.close();
  }

  /// The weights, packed for all contexts; null if they are not known when the model is loaded. To
  /// be asked for when types and shapes have been checked.
  private synchronized MemorySegment packed() {
    if (packed == null && known != null) {
      packed = arena.allocate(Math.max(1, packedBytes(known.dims(), known.size())), 64);
      pack(known.type(), known.dims(), known.data(), packed);
    }
    return packed;
  }

  /// @param dims (outputs, inputs, kernel)
  private static long packedBytes(long[] dims, long size) {
    return IntegerConvolutionCall.packedBytes(dims[0], size / Math.max(1, dims[0]));
  }

  private static void pack(
      ElementType type, long[] dims, MemorySegment codes, MemorySegment packed) {
    IntegerConvolutionCall.pack(
        type == ElementType.INT8,
        codes.address(),
        dims[0],
        codes.byteSize() / Math.max(1, dims[0]),
        packed.address());
  }

  private final class Codes implements Kernel {
    private final KernelContext context;
    private final Value x;
    private final Value weights;
    private final Value y;
    private final Value packedHere; // unless the weights are known
    private final Value work;
    private final IntegerConvolutionCall call;

    Codes(KernelContext context) {
      this.context = context;
      x = context.in(0);
      weights = context.in(w);
      y = context.out(0);
      packedHere = context.scratch();
      work = context.scratch();
      call = new IntegerConvolutionCall(threads, context.arena());
    }

    @Override
    public void prepare() {
      long[] from = Arrays.copyOfRange(x.dims(), 2, x.rank());
      SpatialWindow window =
          attributes.over(from, Arrays.copyOfRange(weights.dims(), 2, x.rank())).deep();
      call.window(
          group,
          weights.dim(1),
          weights.dim(0) / group,
          window.kernel(),
          window.strides(),
          window.dilations());
      call.sizes(x.dim(0), window.large(), window.begin(), window.small());
      work.resize(ElementType.UINT8, call.workBytes());
      if (known == null) {
        packedHere.resize(ElementType.UINT8, packedBytes(weights.dims(), weights.size()));
      }
    }

    private long address(int input) {
      return context.in(input) == null ? 0 : context.in(input).data().address();
    }

    private boolean isEach(int input) {
      return context.in(input) != null && context.in(input).size() > 1;
    }

    @Override
    public void run() {
      if (y.size() == 0) {
        return;
      }
      MemorySegment rows = packed();
      if (rows == null) {
        rows = packedHere.data();
        pack(weights.type(), weights.dims(), weights.data(), rows);
      }
      call.weights(
          weights.type() == ElementType.INT8, rows.address(), address(wZero), isEach(wZero));
      call.input(x.type() == ElementType.INT8, x.data().address(), address(xZero));
      if (isScaled) {
        call.giveCodes(
            y.type() == ElementType.INT8,
            y.data().address(),
            address(BIAS),
            address(X_SCALE),
            address(W_SCALE),
            isEach(W_SCALE),
            address(Y_SCALE),
            address(Y_ZERO));
      } else {
        call.giveSums(y.data().address());
      }
      call.runCodes(work.data().address());
    }
  }
}
