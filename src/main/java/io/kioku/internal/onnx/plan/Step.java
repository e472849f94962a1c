package io.kioku.internal.onnx.plan;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.TensorShape;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// One node in one context. Infers its outputs' shapes and prepares its kernel when it meets new
/// input shapes, or new values of an input that decides shapes; else only runs it.
final class Step implements ShapeInference, KernelContext {
  private final Execution execution;
  private final PlannedNode planned;
  private final Operator operator;
  private final Scope<Value> scope;
  private final Value[] in; // null: left out
  private final Value[] out;
  private final boolean[] wanted;
  private final TensorShape[] seen;
  private final long[][] watched; // values of inputs that decide shapes; null: it decides none
  private final boolean[] told; // which outputs the operator has
  private final boolean[] isOpen; // whether the kernel finds out its shape
  private final int[] viewOf; // -1: not a view
  private final long[][] viewDims;
  private final boolean settled;
  private final int[] seenVersions;
  private boolean anyOwn; // some output is not a view, and has elements or a shape to be found out
  private boolean prepared;
  private Kernel kernel;
  private long runs; // while times are taken
  private long nanos;

  Step(Execution execution, PlannedNode planned, Scope<Value> scope) {
    this.execution = execution;
    this.planned = planned;
    this.operator = planned.operator();
    this.scope = scope;
    in = new Value[planned.node().inputs().size()];
    for (int i = 0; i < in.length; i++) {
      in[i] = read(planned.node().inputs().get(i));
    }
    settled = isSettled();
    int outputs = planned.node().outputs().size();
    out = new Value[outputs];
    wanted = new boolean[outputs];
    for (int i = 0; i < outputs; i++) {
      String name = planned.node().outputs().get(i);
      wanted[i] = !name.isEmpty();
      out[i] = new Value(name, execution.memory());
      if (settled) {
        out[i].settle();
      }
      if (wanted[i]) {
        scope.put(name, out[i]);
      }
    }
    seen = new TensorShape[in.length];
    seenVersions = new int[in.length];
    watched = new long[in.length][];
    told = new boolean[outputs];
    isOpen = new boolean[outputs];
    viewOf = new int[outputs];
    viewDims = new long[outputs][];
    execution.add(this);
  }

  private Value read(String name) {
    return name.isEmpty() ? null : scope.get(name);
  }

  private boolean isSettled() {
    if (operator.isRandom() || !operator.bodies().isEmpty()) {
      return false; // bodies may read other values
    }
    if (!operator.readsValues()) {
      return true;
    }
    for (Value value : in) {
      if (value != null && !value.isSettled()) {
        return false;
      }
    }
    return true;
  }

  void run() {
    try {
      if (isStale()) {
        prepare();
      } else if (settled) {
        return;
      }
      for (int i = 0; i < out.length; i++) {
        if (viewOf[i] >= 0) {
          out[i].view(in[viewOf[i]], viewDims[i]);
        }
      }
      if (anyOwn) {
        kernel.run();
      }
      if (settled) {
        for (Value value : out) {
          value.changed();
        }
      }
    } catch (ModelFailure e) {
      prepared = false;
      throw e;
    } catch (RuntimeException e) {
      prepared = false;
      throw new ModelFailure(planned.node() + ": " + Failure.reason(e), e);
    }
  }

  private boolean isStale() {
    if (!prepared) {
      return true;
    }
    for (int i = 0; i < in.length; i++) {
      Value value = in[i];
      if (value != null
          && (value.shape() != seen[i]
              || (settled
                  ? value.version() != seenVersions[i]
                  : watched[i] != null && changed(i)))) {
        return true;
      }
    }
    return false;
  }

  private boolean changed(int input) {
    long[] values = watched[input];
    Value value = in[input];
    for (int i = 0; i < values.length; i++) { // as many as before: the shape is the same
      if (value.asLong(i) != values[i]) {
        return true;
      }
    }
    return false;
  }

  private void prepare() {
    prepared = false;
    anyOwn = false;
    for (int i = 0; i < in.length; i++) {
      if (in[i] != null) {
        seen[i] = in[i].shape();
        seenVersions[i] = in[i].version();
      }
      watched[i] = null;
    }
    Arrays.fill(viewOf, -1);
    Arrays.fill(told, false);
    Arrays.fill(isOpen, false);
    checkSequences();
    operator.infer(this);
    for (int i = 0; i < out.length; i++) {
      if (wanted[i] && !told[i]) {
        throw new Refusal("output %d is none of the operator's".formatted(i));
      }
      anyOwn |= told[i] && viewOf[i] < 0 && (isOpen[i] || out[i].size() > 0);
    }
    if (anyOwn) {
      if (kernel == null) {
        kernel = operator.kernel(this);
      }
      kernel.prepare();
    }
    prepared = true;
  }

  /// What was not known when the model was loaded may be a sequence.
  private void checkSequences() {
    for (Value value : in) {
      if (value != null && value.isSequence() && !operator.takesSequences()) {
        throw Operator.refusalOfSequence(value.name());
      }
    }
  }

  PlannedNode planned() {
    return planned;
  }

  void addTime(long more) {
    runs++;
    nanos += more;
  }

  void forgetTimes() {
    runs = 0;
    nanos = 0;
  }

  Execution.Time time() {
    return new Execution.Time(runs, nanos);
  }

  void close() {
    if (kernel != null) {
      kernel.close();
    }
  }

  // ---- as an Inference: everything is known

  @Override
  public int inputs() {
    return in.length;
  }

  @Override
  public int outputs() {
    return out.length;
  }

  @Override
  public boolean has(int input) {
    return input < in.length && in[input] != null;
  }

  @Override
  public boolean wants(int output) {
    return output < out.length && wanted[output];
  }

  @Override
  public ElementType type(int input) {
    return has(input) ? in[input].type() : null;
  }

  @Override
  public long[] dims(int input) {
    return has(input) ? in[input].dims() : null;
  }

  @Override
  public boolean isSequence(int input) {
    return has(input) && in[input].isSequence();
  }

  @Override
  public long[] longs(int input) {
    if (!has(input)) {
      return null;
    }
    Value value = in[input];
    ShapeInference.checkCount(input, value.size());
    long[] values = new long[(int) value.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value.asLong(i);
    }
    if (!value.isConstant()) {
      watched[input] = values.clone();
    }
    return values;
  }

  @Override
  public void out(int output, ElementType type, long... dims) {
    if (output < out.length) {
      checkKnown(output, type, dims);
      told[output] = true;
      out[output].resize(type, dims);
    }
  }

  @Override
  public void view(int output, int input, long... dims) {
    if (output < out.length) {
      checkKnown(output, type(input), dims);
      told[output] = true;
      viewOf[output] = input;
      viewDims[output] = dims.clone();
      out[output].view(in[input], dims);
    }
  }

  /// All that is given is known by now, so what is not follows from something that is left out.
  private static void checkKnown(int output, ElementType type, long[] dims) {
    if (type == null || dims == null) {
      throw new Refusal(
          "an input is missing that decides the %s of output %d"
              .formatted(type == null ? "type" : "shape", output));
    }
  }

  @Override
  public void later(int output, Known known) {
    if (output < out.length) {
      told[output] = true;
      isOpen[output] = true;
    }
  }

  @Override
  public void holds(int output, long... values) {}

  // ---- as a KernelContext

  @Override
  public Value in(int input) {
    return has(input) ? in[input] : null;
  }

  @Override
  public Value out(int output) {
    return out[output];
  }

  @Override
  public Value scratch() {
    return new Value(planned.node().name() + "'s scratch", execution.memory());
  }

  @Override
  public Arena arena() {
    return execution.memory().arena();
  }

  @Override
  public Subgraph subgraph(Body body) {
    return new Steps(execution, (Plan) body, scope);
  }

  @Override
  public void countLoopStep() {
    execution.countLoopStep();
  }
}
