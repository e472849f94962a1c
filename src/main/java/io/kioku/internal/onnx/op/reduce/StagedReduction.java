package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ReductionCall;
import io.kioku.internal.ffi.ReductionCall.Finish;
import io.kioku.internal.ffi.ReductionCall.Kind;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.NativeTypes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.reduce.Reduce.Reduction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A reduction by libkioku, axis by axis, the innermost first; axes that lie as one are one. What
/// one stage gives to the next is of the widest type, so that nothing is rounded twice.
final class StagedReduction implements Kernel {
  private final KernelContext context;
  private final Supplier<boolean[]> folded;
  private final Reduction reduction;
  private final List<ReductionCall> calls = new ArrayList<>(); // of the stages, kept for the next
  private final List<Value> results = new ArrayList<>(); // of the stages before the last, likewise
  private int stages;

  /// @param folded which axes are, whenever shapes have changed
  StagedReduction(KernelContext context, Supplier<boolean[]> folded, Reduction reduction) {
    this.context = context;
    this.folded = folded;
    this.reduction = reduction;
  }

  @Override
  public void prepare() {
    boolean[] folds = folded.get();
    long[] dims = context.in(0).dims().clone();
    long total = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      total *= folds[axis] ? dims[axis] : 1;
    }
    if (total == 0
        && reduction == Reduction.MEAN
        && !context.in(0).type().isReal()
        && context.out(0).size() > 0) {
      throw new Refusal("the mean of no integers is none");
    }
    stages = 0;
    int behind = dims.length; // the axis behind those that are still to be folded
    while (true) {
      while (behind > 0 && !folds[behind - 1]) {
        behind--;
      }
      int first = behind;
      while (first > 0 && (folds[first - 1] || dims[first - 1] == 1)) {
        first--;
      }
      boolean isLast = true;
      for (int axis = 0; axis < first; axis++) {
        isLast &= !folds[axis];
      }
      long outer = Axes.product(dims, 0, first);
      long count = Axes.product(dims, first, behind);
      long inner = Axes.product(dims, behind, dims.length);
      stage(isLast, total, outer, count, inner);
      for (int axis = first; axis < behind; axis++) {
        dims[axis] = 1;
      }
      if (isLast) {
        return;
      }
      behind = first;
    }
  }

  private void stage(boolean isLast, long total, long outer, long count, long inner) {
    if (calls.size() == stages) {
      calls.add(new ReductionCall(context.arena()));
      results.add(isLast ? null : context.scratch());
    }
    if (!isLast && results.get(stages) == null) {
      results.set(stages, context.scratch());
    }
    ElementType type = context.in(0).type();
    ElementType from = stages == 0 ? type : widest(type);
    ElementType to = isLast ? type : widest(type);
    Kind kind = stages == 0 ? reduction.first() : reduction.next();
    Finish finish = isLast ? reduction.last() : Finish.NOTHING;
    calls.get(stages).types(NativeTypes.of(from), NativeTypes.of(to));
    calls.get(stages).sizes(kind, finish, total, outer, count, inner);
    if (!isLast) {
      results.get(stages).resize(to, outer, inner);
    }
    stages++;
  }

  private ElementType widest(ElementType type) {
    if (reduction.compares()) {
      return type;
    }
    if (type.isReal() || !reduction.isExact()) {
      return ElementType.DOUBLE;
    }
    return type == ElementType.UINT64 ? type : ElementType.INT64;
  }

  @Override
  public void run() {
    if (context.out(0).size() == 0) {
      return;
    }
    long from = context.in(0).data().address();
    for (int stage = 0; stage < stages; stage++) {
      Value to = stage == stages - 1 ? context.out(0) : results.get(stage);
      calls.get(stage).run(from, to.data().address());
      from = to.data().address();
    }
  }
}
