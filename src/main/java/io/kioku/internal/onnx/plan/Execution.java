package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A plan in one context: its values, their memory, and the steps that compute them. One thread at
/// a time; runs allocate nothing on the Java heap while shapes stay the same.
public final class Execution implements AutoCloseable {
  private final ContextMemory memory;
  private final Limits limits;
  private final Deque<Step> all = new ArrayDeque<>(); // of all graphs, in order of making
  private final Steps steps;
  private long loopSteps;
  private boolean isTimed;
  private long within; // nanoseconds of the steps that have run within the present one

  /// @param arena of the context; closed by the caller, after this
  public Execution(Plan plan, Arena arena, Limits limits) {
    this.memory = new ContextMemory(arena, limits.memory());
    this.limits = limits;
    this.steps = new Steps(this, plan, null);
  }

  /// The values of the plan's inputs, in order; each must have a shape before a run.
  public List<Value> inputs() {
    return steps.inputs();
  }

  /// The values of the plan's outputs, in order.
  public List<Value> outputs() {
    return steps.outputs();
  }

  /// Computes the outputs from the inputs.
  ///
  /// @throws ModelFailure if a step fails; the message names it
  public void run() {
    loopSteps = 0;
    within = 0;
    steps.run();
  }

  /// Whether each step's time is taken from now on; what was taken before is forgotten.
  public void time(boolean on) {
    isTimed = on;
    all.forEach(Step::forgetTimes);
  }

  /// How often a node has run while its time was taken, and how long that took without what ran
  /// within it.
  public record Time(long runs, long nanos) {}

  /// The times of nodes that have run; none for others.
  public Map<PlannedNode, Time> times() {
    Map<PlannedNode, Time> times = new HashMap<>();
    for (Step step : all) {
      times.merge(
          step.planned(), step.time(), (a, b) -> new Time(a.runs + b.runs, a.nanos + b.nanos));
    }
    return times;
  }

  boolean isTimed() {
    return isTimed;
  }

  /// Runs a step, and gives it its time.
  void runTimed(Step step) {
    long outer = within;
    within = 0;
    long begin = System.nanoTime();
    step.run();
    long nanos = System.nanoTime() - begin;
    step.addTime(nanos - within);
    within = outer + nanos;
  }

  Value value(String name) {
    return steps.value(name);
  }

  ContextMemory memory() {
    return memory;
  }

  Limits limits() {
    return limits;
  }

  void add(Step step) {
    all.push(step);
  }

  void countLoopStep() {
    if (++loopSteps > limits.loopSteps()) {
      throw new ModelFailure(
          "its loops have taken %,d steps in this run, the limit: see the loop limit's option"
              .formatted(limits.loopSteps()));
    }
  }

  /// Frees what is native, last made first.
  @Override
  public void close() {
    RuntimeException first = null;
    while (!all.isEmpty()) {
      try {
        all.pop().close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
