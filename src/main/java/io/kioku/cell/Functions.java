package io.kioku.cell;

import java.util.Arrays;
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
  AFFINE((g, a, k) -> g.node(Operation.ADD, g.times(k[0], a), g.constant(k[1])), 1.0, 0.0),
  /// `a` held between `-limit` and `limit`.
  CLIP((g, a, k) -> g.atLeast(g.atMost(a, k[0]), -k[0]), Double.NaN),
  ELU((g, a, k) -> g.node(Operation.ADD, g.atLeast(a, 0), g.times(k[0], expMinusOne(g, a))), 1.0),
  /// `max(0, min(1, alpha * a + beta))`.
  HARDSIGMOID(
      (g, a, k) ->
          g.atLeast(g.atMost(g.node(Operation.ADD, g.times(k[0], a), g.constant(k[1])), 1), 0),
      0.2,
      0.5),
  LEAKYRELU(
      (g, a, k) -> g.node(Operation.ADD, g.atLeast(a, 0), g.times(k[0], g.atMost(a, 0))), 0.01),
  /// `alpha * tanh(beta * a)`.
  SCALEDTANH((g, a, k) -> g.times(k[0], g.node(Operation.TANH, g.times(k[1], a))), 1.0, 1.0),
  /// `log(1 + exp(a))`, written so that no exponential overflows.
  SOFTPLUS((g, a, k) ->
      g.node(
          Operation.ADD,
          g.atLeast(a, 0),
          g.node(
              Operation.LOG,
              g.node(
                  Operation.ADD,
                  g.constant(1),
                  g.node(Operation.EXP, g.times(-1, absolute(g, a))))))),
  SOFTSIGN(
      (g, a, k) -> g.node(Operation.DIV, a, g.node(Operation.ADD, g.constant(1), absolute(g, a)))),
  /// `a` where it is above alpha, else 0. The maximum keeps `-Inf * 0` out.
  THRESHOLDEDRELU(
      (g, a, k) ->
          g.node(
              Operation.MUL,
              g.atLeast(a, k[0]),
              g.node(Operation.STEP, g.node(Operation.SUB, a, g.constant(k[0])))),
      1.0);

  /// Writes a function in operations.
  private interface Writer {
    Node write(NodeGraph graph, Node argument, double[] constants);
  }

  private final Operation operation; // null if it is written in others
  private final int least;
  private final int most;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state, which its type does not say
  private final Writer writer;

  @SuppressWarnings("ImmutableEnumChecker") // never written
  private final double[] defaults; // of the constants after the argument; NaN where there is none

  Functions(Operation operation, int arguments) {
    this(operation, arguments, arguments);
  }

  Functions(Operation operation, int least, int most) {
    this.operation = operation;
    this.least = least;
    this.most = most;
    this.writer = null;
    this.defaults = new double[0];
  }

  Functions(Writer writer, double... defaults) {
    this.operation = null;
    this.writer = writer;
    this.defaults = defaults;
    this.least = 1 + (int) Arrays.stream(defaults).filter(Double::isNaN).count();
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
    if (writer == null) {
      return null;
    }
    if (arguments.stream().skip(1).anyMatch(a -> a.operation() != Operation.CONSTANT)) {
      return "what %s takes after the first argument must be numbers".formatted(text());
    }
    return this == CLIP && !(arguments.get(1).value() > 0)
        ? "the limit of clip must be above 0"
        : null;
  }

  /// The value of the function, of arguments that are not refused.
  Node apply(NodeGraph graph, List<Node> arguments) {
    if (writer == null) {
      return graph.node(operation, arguments.toArray(Node[]::new));
    }
    double[] constants = defaults.clone();
    for (int i = 1; i < arguments.size(); i++) {
      constants[i - 1] = arguments.get(i).value();
    }
    return writer.write(graph, arguments.getFirst(), constants);
  }

  private static Node expMinusOne(NodeGraph graph, Node a) {
    return graph.node(
        Operation.SUB, graph.node(Operation.EXP, graph.atMost(a, 0)), graph.constant(1));
  }

  private static Node absolute(NodeGraph graph, Node a) {
    return graph.node(Operation.MAX, a, graph.times(-1, a));
  }
}
