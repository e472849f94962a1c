package io.kioku.cell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The functions of the equation language. Some are operations; the others, the activations of the
/// ONNX operator specification, are written in those.
enum Functions {
  SIGMOID(Operation.SIGMOID, 1),
  TANH(Operation.TANH, 1),
  RELU(Operation.RELU, 1),
  EXP(Operation.EXP, 1),
  LOG(Operation.LOG, 1),
  STEP(Operation.STEP, 1),
  FLOOR(Operation.FLOOR, 1),
  MAX(Operation.MAX, 2),
  MIN(Operation.MIN, 2),
  /// `a - b * floor(a / b)`, which has the sign of `b`.
  MOD(null, 2) {
    @Override
    Node apply(NodeGraph graph, List<Node> arguments) {
      Node a = arguments.get(0);
      Node b = arguments.get(1);
      Node times = graph.node(Operation.FLOOR, graph.node(Operation.DIV, a, b));
      return graph.node(Operation.SUB, a, graph.node(Operation.MUL, b, times));
    }
  },
  NORM(Operation.NORM, 1, Integer.MAX_VALUE),
  /// `alpha * a + beta`.
  AFFINE(1.0, 0.0),
  /// `a` held between `-limit` and `limit`.
  CLIP(Double.NaN),
  ELU(1.0),
  /// `max(0, min(1, alpha * a + beta))`.
  HARDSIGMOID(0.2, 0.5),
  LEAKYRELU(0.01),
  /// `alpha * tanh(beta * a)`.
  SCALEDTANH(1.0, 1.0),
  /// `log(1 + exp(a))`, written so that no exponential overflows.
  SOFTPLUS(),
  SOFTSIGN(),
  /// `a` where it is above alpha, else 0. The maximum keeps `-Inf * 0` out.
  THRESHOLDEDRELU(1.0);

  private final Operation operation; // null if it is written in others
  private final int least;
  private final int most;

  @SuppressWarnings("ImmutableEnumChecker") // never written
  private final double[] defaults; // of the constants after the argument; NaN where there is none

  Functions(Operation operation, int arguments) {
    this(operation, arguments, arguments);
  }

  Functions(Operation operation, int least, int most) {
    this.operation = operation;
    this.least = least;
    this.most = most;
    this.defaults = new double[0];
  }

  Functions(double... defaults) {
    this.operation = null;
    this.defaults = defaults;
    int needed = 1;
    for (double value : defaults) {
      needed += Double.isNaN(value) ? 1 : 0;
    }
    this.least = needed;
    this.most = 1 + defaults.length;
  }

  private static final Map<String, Functions> BY_NAME = new LinkedHashMap<>();

  static {
    for (Functions function : values()) {
      BY_NAME.put(function.text(), function);
    }
  }

  /// The function of a name; null if there is none.
  static Functions of(String name) {
    return BY_NAME.get(name);
  }

  /// All names, for messages.
  static String names() {
    return String.join(", ", BY_NAME.keySet());
  }

  String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /// How many arguments may be written, in words.
  String arguments() {
    String range =
        most == Integer.MAX_VALUE
            ? least + " or more arguments"
            : least == most ? least + " argument" : least + " to " + most + " arguments";
    return range + (least == most && least > 1 ? "s" : "");
  }

  /// Whether this is a function of one vector, perhaps with constants: an activation.
  boolean takesVector() {
    return least == 1 && operation != Operation.NORM;
  }

  boolean takes(int count) {
    return count >= least && count <= most;
  }

  /// Why a function cannot be had of these arguments; null if it can.
  String refusal(List<Node> arguments) {
    if (operation != null || this == MOD) {
      return null;
    }
    for (Node constant : arguments.subList(1, arguments.size())) {
      if (constant.operation() != Operation.CONSTANT) {
        return "what %s takes after the first argument must be numbers".formatted(text());
      }
    }
    return this == CLIP && !(arguments.get(1).value() > 0)
        ? "the limit of clip must be above 0"
        : null;
  }

  /// The value of the function, of arguments that are not refused.
  Node apply(NodeGraph graph, List<Node> arguments) {
    if (operation != null) {
      return graph.node(operation, arguments.toArray(new Node[0]));
    }
    double[] constants = defaults.clone();
    for (int i = 1; i < arguments.size(); i++) {
      constants[i - 1] = arguments.get(i).value();
    }
    return write(graph, arguments.getFirst(), constants);
  }

  /// The function in operations.
  private Node write(NodeGraph g, Node a, double[] k) {
    return switch (this) {
      case AFFINE -> g.node(Operation.ADD, g.times(k[0], a), g.constant(k[1]));
      case CLIP -> g.atLeast(g.atMost(a, k[0]), -k[0]);
      case ELU -> g.node(Operation.ADD, g.atLeast(a, 0), g.times(k[0], expMinusOne(g, a)));
      case HARDSIGMOID ->
          g.atLeast(g.atMost(g.node(Operation.ADD, g.times(k[0], a), g.constant(k[1])), 1), 0);
      case LEAKYRELU -> g.node(Operation.ADD, g.atLeast(a, 0), g.times(k[0], g.atMost(a, 0)));
      case SCALEDTANH -> g.times(k[0], g.node(Operation.TANH, g.times(k[1], a)));
      case SOFTPLUS -> {
        Node small = g.node(Operation.EXP, g.times(-1, absolute(g, a)));
        Node rest = g.node(Operation.LOG, g.node(Operation.ADD, g.constant(1), small));
        yield g.node(Operation.ADD, g.atLeast(a, 0), rest);
      }
      case SOFTSIGN ->
          g.node(Operation.DIV, a, g.node(Operation.ADD, g.constant(1), absolute(g, a)));
      case THRESHOLDEDRELU ->
          g.node(
              Operation.MUL,
              g.atLeast(a, k[0]),
              g.node(Operation.STEP, g.node(Operation.SUB, a, g.constant(k[0]))));
      default -> throw new IllegalStateException(this + " is an operation");
    };
  }

  private static Node expMinusOne(NodeGraph graph, Node a) {
    return graph.node(
        Operation.SUB, graph.node(Operation.EXP, graph.atMost(a, 0)), graph.constant(1));
  }

  private static Node absolute(NodeGraph graph, Node a) {
    return graph.node(Operation.MAX, a, graph.times(-1, a));
  }
}
