package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.NormalizationCall;
import io.kioku.internal.ffi.NormalizationCall.Kind;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Sums;
import io.kioku.internal.onnx.op.Value;
import java.util.function.Supplier;

/// Rows normalised by their own mean and variance: float32 by libkioku, float64 by a loop.
final class NormalizedRows implements Kernel {
  /// How the rows lie, and which scale and bias an element takes: `k / run % scales`.
  ///
  /// @param run elements side by side that share one
  record Sizes(long rows, long columns, long run, long scales) {}

  private final Kind kind;
  private final double epsilon;
  private final double floor;
  private final Supplier<Sizes> shapes;
  private final Value x;
  private final Value y;
  private final NormalizationCall call;
  private Value scale; // these null if there is none
  private Value bias;
  private Value mean;
  private Value inverse;
  private Sizes sizes;

  /// `(x - mean) / (sqrt(variance + epsilon) + floor)` of input 0.
  ///
  /// @param shapes the sizes, whenever shapes have changed
  NormalizedRows(
      KernelContext context,
      Kind kind,
      double epsilon,
      double floor,
      int threads,
      Supplier<Sizes> shapes) {
    this(context, context.in(0), context.out(0), kind, epsilon, floor, threads, shapes);
  }

  /// The same of any value.
  ///
  /// @param y may be x
  NormalizedRows(
      KernelContext context,
      Value x,
      Value y,
      Kind kind,
      double epsilon,
      double floor,
      int threads,
      Supplier<Sizes> shapes) {
    this.kind = kind;
    this.epsilon = epsilon;
    this.floor = floor;
    this.shapes = shapes;
    this.x = x;
    this.y = y;
    call = new NormalizationCall(kind, epsilon, floor, threads, context.arena());
  }

  /// Scales and shifts the result; either may be null.
  NormalizedRows scaled(Value scale, Value bias) {
    this.scale = scale;
    this.bias = bias;
    return this;
  }

  /// Gives each row's mean, and the reciprocal of its deviation, in float32; either may be null.
  NormalizedRows telling(Value mean, Value inverse) {
    this.mean = mean;
    this.inverse = inverse;
    return this;
  }

  @Override
  public void prepare() {
    sizes = shapes.get();
    call.sizes(sizes.rows, sizes.columns, sizes.run, sizes.scales);
  }

  @Override
  public void run() {
    if (sizes.rows == 0 || sizes.columns == 0) {
      return;
    }
    if (y.storage() == ElementType.FLOAT) {
      call.run(
          address(scale), address(bias), address(x), address(y), address(mean), address(inverse));
      return;
    }
    for (long row = 0; row < sizes.rows; row++) {
      row(row, row * sizes.columns);
    }
  }

  private static long address(Value value) {
    return value == null ? 0 : value.data().address();
  }

  private void row(long row, long first) {
    long columns = sizes.columns;
    double centre = kind == Kind.CENTRED ? Sums.sum(x, first, columns) / (double) columns : 0;
    double factor = factor(first, centre);
    for (long k = first; k < first + columns; k++) {
      long own = k / sizes.run % sizes.scales;
      double scaled = (x.f64(k) - centre) * factor * (scale == null ? 1 : scale.f64(own));
      y.f64(k, scaled + (bias == null ? 0 : bias.f64(own)));
    }
    if (mean != null) {
      mean.f32(row, (float) centre);
    }
    if (inverse != null) {
      inverse.f32(row, (float) factor);
    }
  }

  private double factor(long first, double centre) {
    if (kind == Kind.L1) {
      double sum = 0;
      for (long k = first; k < first + sizes.columns; k++) {
        sum += Math.abs(x.f64(k));
      }
      return sum == 0 ? 0 : 1 / sum;
    }
    double squares = Sums.squares(x, first, sizes.columns, centre);
    if (kind == Kind.L2) {
      return squares == 0 ? 0 : 1 / Math.sqrt(squares);
    }
    return 1 / (Math.sqrt(squares / (double) sizes.columns + epsilon) + floor);
  }
}
