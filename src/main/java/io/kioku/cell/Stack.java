package io.kioku.cell;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A tensor of PyTorch's naming that holds several parameters of a cell, one block of rows each, in
/// the order in which the equations name them: `weight_ih` of an LSTM is `W_i` over `W_f` over
/// `W_g` over `W_o`.
///
/// - `weight_ih` stacks the matrices that multiply `x`, `weight_hh` those that multiply other
///   vectors of the output's size; `weight_hr` is the projection to an output of a size of its own,
///   with or without a bias and limits.
/// - `bias_ih` stacks the vectors added to products of `weight_ih`, `bias_hh` those added to
///   products of `weight_hh`. A vector added to both has a block in both, and is their sum. A
///   number that scales a product makes no difference.
///
/// This gives PyTorch's documented layouts of RNN, LSTM and GRU; any other cell is named by the
/// same rule.
///
/// @param name `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh` or `weight_hr`
/// @param blocks the parameters, all of one shape
public record Stack(String name, List<Parameter> blocks) {
  private static final String WEIGHT_IH = "weight_ih";
  private static final String WEIGHT_HH = "weight_hh";
  private static final String BIAS_IH = "bias_ih";
  private static final String BIAS_HH = "bias_hh";
  private static final String WEIGHT_HR = "weight_hr";

  /// Names that no parameter may have.
  static final Set<String> NAMES = Set.of(WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH, WEIGHT_HR);

  static List<Stack> of(Cell cell) {
    Set<String> weightIh = new LinkedHashSet<>();
    Set<String> weightHh = new LinkedHashSet<>();
    Set<String> weightHr = new LinkedHashSet<>();
    Size output = cell.size("h");
    for (Parameter parameter : cell.parameters()) {
      if (parameter.isMatrix() && parameter.rows() == Size.HIDDEN) {
        if (isOfInput(cell, parameter)) {
          weightIh.add(parameter.name());
        } else if (parameter.columns() == output) {
          weightHh.add(parameter.name());
        }
      } else if (parameter.rows() == Size.PROJECTED && parameter.columns() == Size.HIDDEN) {
        weightHr.add(parameter.name());
      }
    }
    if (projection(cell.update("h")).operation() != Operation.PRODUCT) { // more than a projection
      weightHr.clear();
    }
    List<Stack> stacks = new ArrayList<>();
    add(stacks, cell, WEIGHT_IH, weightIh);
    add(stacks, cell, WEIGHT_HH, weightHh);
    add(stacks, cell, BIAS_IH, biases(cell, weightIh));
    add(stacks, cell, BIAS_HH, biases(cell, weightHh));
    add(stacks, cell, WEIGHT_HR, weightHr);
    return List.copyOf(stacks);
  }

  private static boolean isOfInput(Cell cell, Parameter matrix) {
    for (Node node : cell.nodes()) {
      if (node.operation() == Operation.PRODUCT
          && node.name().equals(matrix.name())
          && node.argument(0).operation() != Operation.INPUT) {
        return false;
      }
    }
    return true;
  }

  /// For each matrix, the vector in a sum with its product.
  private static Set<String> biases(Cell cell, Set<String> matrices) {
    int[] uses = Uses.count(cell);
    Set<String> biases = new LinkedHashSet<>();
    for (String matrix : matrices) {
      for (Node sum : cell.nodes()) {
        if (sum.operation() == Operation.ADD && uses[sum.id()] > 0) {
          List<Node> terms = Uses.terms(sum, uses);
          if (hasProduct(terms, matrix)) {
            for (Node term : terms) {
              if (term.operation() == Operation.VECTOR) {
                biases.add(term.name());
              }
            }
          }
        }
      }
    }
    return biases;
  }

  private static boolean hasProduct(List<Node> terms, String matrix) {
    for (Node term : terms) {
      Node value = unscaled(term);
      if (value.operation() == Operation.PRODUCT && value.name().equals(matrix)) {
        return true;
      }
    }
    return false;
  }

  /// A value without a number that scales it, as [NodeGraph#product] moves it out of products.
  private static Node unscaled(Node node) {
    return node.operation() == Operation.MUL && node.argument(0).operation() == Operation.CONSTANT
        ? unscaled(node.argument(1))
        : node;
  }

  /// A value without limits, bias and scale.
  private static Node projection(Node node) {
    Operation operation = node.operation();
    if (operation == Operation.MAX || operation == Operation.MIN) {
      return node.argument(1).operation() == Operation.CONSTANT
          ? projection(node.argument(0))
          : node;
    }
    boolean hasBias =
        operation == Operation.ADD && node.argument(1).operation() == Operation.VECTOR;
    return hasBias ? projection(node.argument(0)) : unscaled(node);
  }

  private static void add(List<Stack> stacks, Cell cell, String name, Set<String> names) {
    List<Parameter> blocks = new ArrayList<>();
    for (String block : names) {
      for (Parameter parameter : cell.parameters()) {
        if (parameter.name().equals(block)) {
          blocks.add(parameter);
        }
      }
    }
    if (!blocks.isEmpty()) {
      stacks.add(new Stack(name, List.copyOf(blocks)));
    }
  }
}
