package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.PoolCall;
import io.kioku.internal.ffi.ReductionCall;
import io.kioku.internal.ffi.ReductionCall.Finish;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.NativeTypes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;
import java.util.function.Supplier;

/// MaxPool and AveragePool over `(N, C, ...)` with one to three spatial dimensions.
public final class Pool implements Operator {
  private final boolean isMax;
  private final boolean isColumnMajor; // how places are counted
  private final boolean countsPadding;
  private final WindowAttributes attributes;
  private final int threads;

  private Pool(boolean isMax, GraphNode node, OperatorContext context) {
    this.isMax = isMax;
    this.threads = context.threads();
    attributes = new WindowAttributes(node.attributes());
    if (attributes.kernel() == null) {
      throw new Refusal("attribute kernel_shape is missing");
    }
    countsPadding = !isMax && node.attributes().flag("count_include_pad", false);
    isColumnMajor = isMax && node.attributes().flag("storage_order", false);
  }

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "MaxPool" -> max(node, context);
      case "AveragePool" -> average(node, context);
      case "GlobalMaxPool" -> GlobalPool.max();
      case "GlobalAveragePool" -> GlobalPool.average();
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  private static Operator max(GraphNode node, OperatorContext context) {
    return new Pool(true, node, context);
  }

  private static Operator average(GraphNode node, OperatorContext context) {
    return new Pool(false, node, context);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "X");
    if (isMax) {
      i.types(
          0,
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.FLOAT16,
          ElementType.BFLOAT16,
          ElementType.INT8,
          ElementType.UINT8);
    } else {
      i.real(0);
    }
    long[] x = i.dims(0);
    long[] y = null;
    if (x != null) {
      int rank = WindowAttributes.rank(x);
      attributes.check(rank);
      y = x.clone();
      for (int axis = 0; axis < rank; axis++) {
        y[axis + 2] = positions(axis, rank, x[axis + 2]);
      }
    }
    i.out(0, i.type(0), y);
    if (isMax) {
      i.out(1, ElementType.INT64, y);
    }
  }

  private long positions(int axis, int rank, long size) {
    long kernel = attributes.kernel()[axis];
    long extent = SpatialWindow.extent(kernel, attributes.dilation(axis));
    if (size >= 0) {
      for (long padding : attributes.pads(axis, rank, size, kernel)) {
        if (padding >= extent) {
          throw new Refusal(
              "a window of %d with padding of %d, expected less".formatted(extent, padding));
        }
      }
    }
    return attributes.positions(axis, rank, size, kernel);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Supplier<SpatialWindow> window =
        () -> {
          long[] x = context.in(0).dims();
          return attributes.over(Arrays.copyOfRange(x, 2, x.length), attributes.kernel());
        };
    Kernel loops = new PoolLoops(context, isMax, isColumnMajor, countsPadding, window);
    boolean wantsIndices = isMax && context.outputs() > 1 && context.wants(1);
    PoolCall.Kind mean = countsPadding ? PoolCall.Kind.MEAN_PADDED : PoolCall.Kind.MEAN;
    PoolCall call = new PoolCall(isMax ? PoolCall.Kind.MAX : mean, threads, context.arena());
    return new NativePool(
        context, call, wantsIndices ? context.out(1) : null, isColumnMajor, window, loops);
  }

  /// A pool in float32 by libkioku, with nothing prepared for any size.
  private static final class NativePool implements Kernel {
    private final Value x;
    private final Value y;
    private final PoolCall call;
    private final Value indices; // null if nobody wants them
    private final boolean isColumnMajor;
    private final Supplier<SpatialWindow> windows;
    private final Kernel loops;
    private boolean isNative;

    /// @param isColumnMajor how indices are counted
    /// @param windows gives the window for the present shapes
    /// @param loops compute other types
    NativePool(
        KernelContext context,
        PoolCall call,
        Value indices,
        boolean isColumnMajor,
        Supplier<SpatialWindow> windows,
        Kernel loops) {
      x = context.in(0);
      y = context.out(0);
      this.call = call;
      this.indices = indices;
      this.isColumnMajor = isColumnMajor;
      this.windows = windows;
      this.loops = loops;
    }

    @Override
    public void prepare() {
      isNative = y.storage() == ElementType.FLOAT;
      if (!isNative) {
        loops.prepare();
        return;
      }
      SpatialWindow window = windows.get().deep();
      call.sizes(
          x.dim(0) * x.dim(1),
          window.large(),
          window.small(),
          window.kernel(),
          window.strides(),
          window.dilations(),
          window.begin(),
          window.end());
    }

    @Override
    public void run() {
      if (isNative) {
        long at = indices == null ? 0 : indices.data().address();
        call.run(x.data().address(), y.data().address(), at, isColumnMajor);
      } else {
        loops.run();
      }
    }
  }

  /// Poolings as loops: for types other than float32. The maximum of a window with a NaN is NaN.
  private static final class PoolLoops implements Kernel {
    private final boolean isMax;
    private final boolean isColumnMajor;
    private final boolean countsPadding;
    private final Supplier<SpatialWindow> windows;
    private final Value x;
    private final Value y;
    private final Value indices; // null if nobody wants them
    private SpatialWindow window;
    private double lowest;
    private long best; // of the window that is looked at

    /// @param isColumnMajor whether maxima's places are counted with the first spatial dimension as
    ///   the fastest
    /// @param windows gives the window for the present shapes
    PoolLoops(
        KernelContext context,
        boolean isMax,
        boolean isColumnMajor,
        boolean countsPadding,
        Supplier<SpatialWindow> windows) {
      this.isMax = isMax;
      this.isColumnMajor = isColumnMajor;
      this.countsPadding = countsPadding;
      this.windows = windows;
      x = context.in(0);
      y = context.out(0);
      indices = isMax && context.outputs() > 1 && context.wants(1) ? context.out(1) : null;
    }

    @Override
    public void prepare() {
      window = windows.get().deep();
      lowest = y.type().isReal() ? Double.NEGATIVE_INFINITY : Byte.MIN_VALUE;
    }

    @Override
    public void run() {
      long[] small = window.small();
      long plane = window.large()[0] * window.large()[1] * window.large()[2];
      long at = 0;
      long planes = x.dim(0) * x.dim(1);
      for (long p = 0; p < planes; p++) {
        for (long oz = 0; oz < small[0]; oz++) {
          for (long oy = 0; oy < small[1]; oy++) {
            for (long ox = 0; ox < small[2]; ox++) {
              y.setDouble(at, isMax ? max(p * plane, oz, oy, ox) : mean(p * plane, oz, oy, ox));
              if (indices != null) {
                indices.setLong(at, best);
              }
              at++;
            }
          }
        }
      }
    }

    private double max(long plane, long oz, long oy, long ox) {
      double max = lowest;
      best = -1;
      for (long kz = window.begins(0, oz); kz < window.ends(0, oz); kz++) {
        for (long ky = window.begins(1, oy); ky < window.ends(1, oy); ky++) {
          for (long kx = window.begins(2, ox); kx < window.ends(2, ox); kx++) {
            double value = x.asDouble(plane + place(oz, oy, ox, kz, ky, kx));
            if (best < 0 || value > max || Double.isNaN(value)) {
              best = Double.isNaN(max) ? best : plane + index(oz, oy, ox, kz, ky, kx);
              max = Math.max(max, value);
            }
          }
        }
      }
      return max;
    }

    private double mean(long plane, long oz, long oy, long ox) {
      double sum = 0;
      for (long kz = window.begins(0, oz); kz < window.ends(0, oz); kz++) {
        for (long ky = window.begins(1, oy); ky < window.ends(1, oy); ky++) {
          for (long kx = window.begins(2, ox); kx < window.ends(2, ox); kx++) {
            sum += x.asDouble(plane + place(oz, oy, ox, kz, ky, kx));
          }
        }
      }
      return sum / (count(0, oz) * count(1, oy) * count(2, ox));
    }

    /// The elements of the window that count in a mean, as a real number: their product may be
    /// large.
    private double count(int axis, long o) {
      return countsPadding
          ? window.padded(axis, o)
          : Math.max(0, window.ends(axis, o) - window.begins(axis, o));
    }

    private long place(long oz, long oy, long ox, long kz, long ky, long kx) {
      return (window.at(0, oz, kz) * window.large()[1] + window.at(1, oy, ky)) * window.large()[2]
          + window.at(2, ox, kx);
    }

    private long index(long oz, long oy, long ox, long kz, long ky, long kx) {
      if (!isColumnMajor) {
        return place(oz, oy, ox, kz, ky, kx);
      }
      return (window.at(2, ox, kx) * window.large()[1] + window.at(1, oy, ky)) * window.large()[0]
          + window.at(0, oz, kz);
    }
  }

  /// GlobalMaxPool and GlobalAveragePool: `(N, C, ...)` to `(N, C, 1, ...)`.
  private static final class GlobalPool implements Operator {
    private final boolean isMax;

    private GlobalPool(boolean isMax) {
      this.isMax = isMax;
    }

    static Operator max() {
      return new GlobalPool(true);
    }

    static Operator average() {
      return new GlobalPool(false);
    }

    @Override
    public void infer(ShapeInference i) {
      i.need(0, "X");
      i.real(0);
      long[] x = i.dims(0);
      if (x != null && x.length < 2) {
        throw new Refusal("input X has shape %s, expected (N, C, ...)", new Dims(x));
      }
      long[] y = x == null ? null : x.clone();
      for (int axis = 2; x != null && axis < x.length; axis++) {
        y[axis] = 1;
      }
      i.out(0, i.type(0), y);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new PlaneRows(isMax, context);
    }

    /// Each of the output's elements from a row of the input.
    private static final class PlaneRows implements Kernel {
      private final boolean isMax;
      private final Value x;
      private final Value y;
      private final ReductionCall call;

      PlaneRows(boolean isMax, KernelContext context) {
        this.isMax = isMax;
        x = context.in(0);
        y = context.out(0);
        call = new ReductionCall(context.arena());
      }

      @Override
      public void prepare() {
        long rows = y.size();
        long columns = rows == 0 ? 0 : x.size() / rows;
        ReductionCall.Kind kind = isMax ? ReductionCall.Kind.MAX : ReductionCall.Kind.SUM;
        Finish finish = isMax ? Finish.NOTHING : Finish.DIVIDE;
        call.types(NativeTypes.of(y.type()), NativeTypes.of(y.type()));
        call.sizes(kind, finish, columns, rows, columns, 1);
      }

      @Override
      public void run() {
        call.run(x.data().address(), y.data().address());
      }
    }
  }
}
