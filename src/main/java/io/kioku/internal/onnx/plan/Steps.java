package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The steps of one graph in one context.
final class Steps implements KernelContext.Subgraph {
  private final Execution execution;
  private final Scope<Value> scope;
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final Step[] steps;

  /// @param outer the values of the graph around; null if there is none
  Steps(Execution execution, Plan plan, Scope<Value> outer) {
    this.execution = execution;
    scope = new Scope<>(outer);
    for (Map.Entry<String, Constant> constant : plan.constants().entrySet()) {
      scope.put(constant.getKey(), new Value(constant.getKey(), constant.getValue()));
    }
    for (ValueInfo input : plan.inputs()) {
      Value value = new Value(input.name(), execution.memory());
      scope.put(input.name(), value);
      inputs.add(value);
    }
    steps = new Step[plan.nodes().size()];
    for (int i = 0; i < steps.length; i++) {
      PlannedNode node = plan.nodes().get(i);
      steps[i] = new Step(execution, node, scope);
    }
    for (ValueInfo output : plan.outputs()) {
      outputs.add(scope.get(output.name()));
    }
  }

  @Override
  public List<Value> inputs() {
    return inputs;
  }

  @Override
  public List<Value> outputs() {
    return outputs;
  }

  Value value(String name) {
    return scope.get(name);
  }

  @Override
  public void run() {
    if (execution.isTimed()) {
      for (Step step : steps) {
        execution.runTimed(step);
      }
      return;
    }
    for (Step step : steps) {
      step.run();
    }
  }
}
