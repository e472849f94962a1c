package io.kioku.internal.onnx.op.signal;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// Spectra, and what they are made with. A complex number is a last axis of two elements; a last
/// axis of one is a real number.
public final class SignalOperators {
  /// Sizes beyond it are absurd, and arrays could not hold what is computed with.
  private static final long LONGEST = 1 << 26;

  private SignalOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "HannWindow" -> new Window(node, 0.5, 0.5, 0);
      case "HammingWindow" -> new Window(node, 25.0 / 46, 21.0 / 46, 0);
      case "BlackmanWindow" -> new Window(node, 0.42, 0.5, 0.08);
      case "MelWeightMatrix" -> new MelWeights(node);
      case "DFT" -> new Dft(node);
      case "STFT" -> new Stft(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static ElementType outputType(GraphNode node) {
    int code = node.attributes().small("output_datatype", ElementType.FLOAT.code());
    ElementType type = ElementType.ofCode(code).orElse(null);
    if (type == null || type == ElementType.BOOL) {
      throw new Refusal("attribute output_datatype is %d, expected a numeric type".formatted(code));
    }
    return type;
  }

  /// The value of an input that is a size; -1 if it is unknown.
  private static long size(ShapeInference node, int input, String name) {
    node.indices(input);
    node.single(input);
    long[] values = node.longs(input);
    if (values != null && values.length == 1 && (values[0] < 0 || values[0] > LONGEST)) {
      throw new Refusal("%s is %d, expected 0 to %d".formatted(name, values[0], LONGEST));
    }
    return values == null ? -1 : values[0];
  }

  /// `a - b cos(2 pi k / n) + c cos(4 pi k / n)`.
  private static final class Window implements Operator {
    private final ElementType type;
    private final boolean isPeriodic;
    private final double a;
    private final double b;
    private final double c;

    Window(GraphNode node, double a, double b, double c) {
      type = outputType(node);
      isPeriodic = node.attributes().flag("periodic", true);
      this.a = a;
      this.b = b;
      this.c = c;
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "size");
      node.out(0, type, size(node, 0, "size"));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value y = context.out(0);
      return () -> {
        double n = isPeriodic ? y.size() : Math.max(1, y.size() - 1);
        for (long k = 0; k < y.size(); k++) {
          double angle = 2 * Math.PI * k / n;
          y.setDouble(k, a - b * Math.cos(angle) + c * Math.cos(2 * angle));
        }
      };
    }
  }

  /// MelWeightMatrix: what each frequency of a spectrum gives to each band of the mel scale.
  private static final class MelWeights implements Operator {
    private static final String[] NAMES = {
      "num_mel_bins", "dft_length", "sample_rate", "lower_edge_hertz", "upper_edge_hertz"
    };

    private final ElementType type;

    MelWeights(GraphNode node) {
      type = outputType(node);
    }

    @Override
    public void infer(ShapeInference node) {
      for (int i = 0; i < NAMES.length; i++) {
        node.need(i, NAMES[i]);
        node.single(i);
        if (i < 3) {
          node.indices(i);
        } else {
          node.real(i);
        }
      }
      long bands = size(node, 0, NAMES[0]);
      long length = size(node, 1, NAMES[1]);
      node.out(0, type, length < 0 ? -1 : length / 2 + 1, bands);
    }

    private static double mel(double hertz) {
      return 2595 * Math.log10(1 + hertz / 700);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value y = context.out(0);
      return () -> {
        y.data().fill((byte) 0);
        long bands = y.dim(1);
        long length = context.in(1).asLong(0);
        double rate = context.in(2).asLong(0);
        double low = mel(context.in(3).asDouble(0));
        double step = (mel(context.in(4).asDouble(0)) - low) / (bands + 2);
        for (long band = 0; band < bands; band++) {
          long from = bin(low + band * step, length, rate);
          long peak = bin(low + (band + 1) * step, length, rate);
          long to = bin(low + (band + 2) * step, length, rate);
          if (from < 0 || to > y.dim(0)) {
            throw new Refusal("the edges do not lie within the spectrum of the sample rate");
          }
          for (long bin = from; bin <= peak && bin < y.dim(0); bin++) {
            double weight = peak == from ? 1 : (bin - from) / (double) (peak - from);
            y.setDouble(bin * bands + band, weight);
          }
          for (long bin = peak; bin < to; bin++) {
            y.setDouble(bin * bands + band, (to - bin) / (double) (to - peak));
          }
        }
      };
    }

    private static long bin(double mel, long length, double rate) {
      return (long) Math.floor((length + 1) * (700 * (Math.pow(10, mel / 2595) - 1)) / rate);
    }
  }

  /// DFT: the Fourier transform along an axis, cut or filled with zeros to a length.
  private static final class Dft implements Operator {
    private static final int AXIS_IS_INPUT = 20;

    private final boolean isInverse;
    private final boolean isOneSided;
    private final boolean axisIsInput;
    private final long axis;

    Dft(GraphNode node) {
      isInverse = node.attributes().flag("inverse", false);
      isOneSided = node.attributes().flag("onesided", false);
      axisIsInput = node.version() >= AXIS_IS_INPUT;
      axis = axisIsInput ? -2 : node.attributes().integer("axis", 1);
      if (isInverse && isOneSided) {
        throw new Refusal("attributes inverse and onesided are both 1, expected one of them");
      }
    }

    private int axis(ShapeInference node, int rank) {
      long named = axis;
      if (axisIsInput && node.has(2)) {
        node.indices(2);
        node.single(2);
        long[] given = node.longs(2);
        if (given == null) {
          return -1;
        }
        named = given[0];
      }
      int at = Axes.of(named, rank);
      if (at == rank - 1) {
        throw new Refusal("axis is %d, which is that of real and imaginary part".formatted(named));
      }
      return at;
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "input");
      node.real(0);
      long length = node.has(1) ? size(node, 1, "dft_length") : -1;
      long[] x = node.dims(0);
      if (axisIsInput) {
        node.single(2); // looked at, even if the shape is unknown
      }
      if (x == null) {
        node.out(0, node.type(0), (long[]) null);
        return;
      }
      long parts = x.length == 0 ? 0 : x[x.length - 1];
      if (x.length < 2 || parts == 0 || parts > 2) {
        throw new Refusal("the input has shape %s, expected (..., 1) or (..., 2)", new Dims(x));
      }
      if (isOneSided && parts == 2) {
        throw new Refusal("attribute onesided is 1, and the input is complex");
      }
      int at = axis(node, x.length);
      long[] y = x.clone();
      y[y.length - 1] = 2;
      if (at < 0) {
        Arrays.fill(y, 0, y.length - 1, -1);
      } else {
        long n = node.has(1) ? length : x[at];
        if (n == 0 || n > LONGEST) {
          throw new Refusal("a transform of length %d, expected 1 to %d".formatted(n, LONGEST));
        }
        y[at] = isOneSided && n > 0 ? n / 2 + 1 : isOneSided ? -1 : n;
      }
      node.out(0, node.type(0), y);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new Transforming(context);
    }

    private final class Transforming implements Kernel {
      private final KernelContext context;
      private final Value x;
      private final Value y;
      private long inner; // complex numbers between neighbours along the axis
      private long given;
      private int n;
      private Fourier fourier;
      private double[] re;
      private double[] im;

      Transforming(KernelContext context) {
        this.context = context;
        x = context.in(0);
        y = context.out(0);
      }

      @Override
      public void prepare() {
        Value named = axisIsInput ? context.in(2) : null;
        int at = Axes.of(named == null ? axis : named.asLong(0), x.rank());
        given = x.dim(at);
        n = Math.toIntExact(context.in(1) == null ? given : context.in(1).asLong(0));
        inner = Axes.product(x.dims(), at + 1, x.rank() - 1);
        fourier = new Fourier(n);
        re = new double[n];
        im = new double[n];
      }

      @Override
      public void run() {
        long parts = x.dim(x.rank() - 1);
        long kept = isOneSided ? n / 2 + 1 : n;
        long rows = inner == 0 ? 0 : y.size() / 2 / kept;
        for (long row = 0; row < rows; row++) {
          long from = row / inner * given * inner + row % inner;
          for (int t = 0; t < n; t++) {
            long at = (from + t * inner) * parts;
            re[t] = t < given ? x.asDouble(at) : 0;
            im[t] = t < given && parts == 2 ? x.asDouble(at + 1) : 0;
          }
          if (isInverse) {
            fourier.backward(re, im);
          } else {
            fourier.forward(re, im);
          }
          double scale = isInverse ? 1.0 / n : 1;
          long to = row / inner * kept * inner + row % inner;
          for (int k = 0; k < kept; k++) {
            y.setDouble((to + k * inner) * 2, re[k] * scale);
            y.setDouble((to + k * inner) * 2 + 1, im[k] * scale);
          }
        }
      }
    }
  }

  /// STFT: the Fourier transforms of frames of a signal `(N, length)`, `(N, length, 1)` or `(N,
  /// length, 2)`.
  private static final class Stft implements Operator {
    private static final int STEP = 1;
    private static final int WINDOW = 2;
    private static final int LENGTH = 3;

    private final boolean isOneSided;

    Stft(GraphNode node) {
      isOneSided = node.attributes().flag("onesided", true);
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "signal");
      node.need(STEP, "frame_step");
      ElementType type = RealInputs.type(node, 0, WINDOW);
      node.rank(WINDOW, 1);
      long step = size(node, STEP, "frame_step");
      long length = node.has(LENGTH) ? size(node, LENGTH, "frame_length") : -1;
      long[] window = node.dims(WINDOW);
      if (!node.has(WINDOW) && !node.has(LENGTH)) {
        throw new Refusal("window and frame_length are missing, expected one of them");
      }
      if (window != null && length >= 0 && window[0] >= 0 && window[0] != length) {
        throw new Refusal("window has %d values, frame_length is %d".formatted(window[0], length));
      }
      length = length < 0 && window != null ? window[0] : length;
      if (step == 0 || length == 0 || length > LONGEST) {
        throw new Refusal("frames of %d, %d apart, expected at least 1".formatted(length, step));
      }
      long[] x = node.dims(0);
      if (x == null) {
        node.out(0, type, -1, -1, -1, 2);
        return;
      }
      boolean isComplex = x.length == 3 && x[2] == 2;
      if (x.length < 2 || x.length > 3 || (x.length == 3 && (x[2] == 0 || x[2] > 2))) {
        throw new Refusal(
            "signal has shape %s, expected (N, length, 1) or (N, length, 2)", new Dims(x));
      }
      if (isOneSided && isComplex) {
        throw new Refusal("attribute onesided is 1, and the signal is complex");
      }
      if (x[1] >= 0 && length > x[1]) {
        throw new Refusal("a frame of %d in a signal of %d".formatted(length, x[1]));
      }
      boolean isKnown = x[1] >= 0 && length >= 0 && step >= 0;
      long bins = length < 0 ? -1 : isOneSided ? length / 2 + 1 : length;
      node.out(0, type, x[0], isKnown ? (x[1] - length) / step + 1 : -1, bins, 2);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new Frames(context);
    }

    private static final class Frames implements Kernel {
      private final KernelContext context;
      private final Value x;
      private final Value window; // null: all ones
      private final Value y;
      private int n;
      private Fourier fourier;
      private double[] re;
      private double[] im;

      Frames(KernelContext context) {
        this.context = context;
        x = context.in(0);
        window = context.in(WINDOW);
        y = context.out(0);
      }

      @Override
      public void prepare() {
        n = Math.toIntExact(window == null ? context.in(LENGTH).asLong(0) : window.size());
        fourier = new Fourier(n);
        re = new double[n];
        im = new double[n];
      }

      @Override
      public void run() {
        long step = context.in(STEP).asLong(0);
        long parts = x.rank() == 3 ? x.dim(2) : 1;
        long to = 0;
        for (long batch = 0; batch < y.dim(0); batch++) {
          for (long frame = 0; frame < y.dim(1); frame++) {
            long from = batch * x.dim(1) + frame * step;
            for (int t = 0; t < n; t++) {
              double factor = window == null ? 1 : window.asDouble(t);
              re[t] = x.asDouble((from + t) * parts) * factor;
              im[t] = parts == 2 ? x.asDouble((from + t) * 2 + 1) * factor : 0;
            }
            fourier.forward(re, im);
            for (int k = 0; k < y.dim(2); k++) {
              y.setDouble(to++, re[k]);
              y.setDouble(to++, im[k]);
            }
          }
        }
      }
    }
  }
}
