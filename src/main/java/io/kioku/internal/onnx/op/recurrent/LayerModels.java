package io.kioku.internal.onnx.op.recurrent;

import io.kioku.Model;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// What a node's weights are compiled to: once for all contexts if they are constants, else by each
/// context.
final class LayerModels implements AutoCloseable {
  /// Makes the models of weights whose shapes have not been checked yet.
  @FunctionalInterface
  interface Compiler {
    /// Makes them; on failure none is left open.
    ///
    /// @param weights by the number of the input; null where it is left out or no weight
    /// @throws Refusal if they cannot be
    List<Model> compile(Constant[] weights);
  }

  private final int[] inputs;
  private final boolean[] given;
  private final Compiler compiler;
  private final List<Model> shared; // null: the weights are not constants

  /// @param inputs the numbers of those that are weights, in rising order; the first two must be
  ///   given
  LayerModels(Node node, OperatorContext context, int[] inputs, Compiler compiler) {
    this.inputs = inputs;
    this.compiler = compiler;
    this.given = new boolean[inputs[inputs.length - 1] + 1];
    Constant[] constants = new Constant[given.length];
    boolean isConstant = true;
    for (int input : inputs) {
      given[input] = input < node.inputs().size() && !node.inputs().get(input).isEmpty();
      constants[input] = given[input] ? context.constant(input) : null;
      isConstant &= !given[input] || constants[input] != null;
    }
    this.shared = isConstant && given[inputs[0]] && given[inputs[1]] ? compile(constants) : null;
  }

  int[] inputs() {
    return inputs;
  }

  /// Whether a weight is given.
  boolean has(int input) {
    return given[input];
  }

  /// The models that all contexts share; null if each must compile its own.
  List<Model> shared() {
    return shared;
  }

  /// Models of a context's own.
  List<Model> compile(Constant[] weights) {
    try {
      return compiler.compile(weights);
    } catch (IllegalArgumentException | ArithmeticException e) { // too large, say
      throw new Refusal(e.getMessage());
    }
  }

  /// A weight of real numbers; null if it is left out.
  ///
  /// @throws Refusal if it has another type
  static Constant real(String name, Constant weight) {
    if (weight != null && !weight.type().isReal()) {
      throw new Refusal(
          "input %s has type %s, expected real numbers".formatted(name, weight.type()));
    }
    return weight;
  }

  /// Calls the compiler's part for each model; closes those that were made if one fails.
  static List<Model> each(int count, IntFunction<Model> maker) {
    List<Model> models = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        models.add(maker.apply(i));
      }
      return List.copyOf(models);
    } catch (RuntimeException e) {
      models.forEach(Model::close);
      throw e;
    }
  }

  /// What the planner would compute with, alone and in a crowd.
  String backend() {
    if (shared == null) {
      return "kioku";
    }
    String alone = word(shared.getFirst().plan(0, 1));
    String crowd = word(shared.getFirst().plan(0, 64));
    return alone.equals(crowd) ? alone : alone + "/" + crowd;
  }

  private static String word(String plan) {
    return plan.substring(0, plan.indexOf(':'));
  }

  @Override
  public void close() {
    if (shared != null) {
      for (Model model : shared) {
        model.close();
      }
    }
  }
}
