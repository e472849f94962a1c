package io.kioku.internal.onnx.plan;

import ai.onnx.proto.OnnxMl.GraphProto;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Draws graphs of all operators: with inputs of any types and shapes, known beforehand or not,
/// wanted and unwanted outputs, attributes that the operators have and others, numbers that are
/// ordinary or absurd. Most are refused; what is left has been thought of by nobody.
public final class RandomGraphs {
  private static final long[] ABSURD = {
    -1,
    -2,
    0,
    1,
    2,
    3,
    1 << 20,
    1_600_000_000_000L,
    Integer.MAX_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MIN_VALUE + 1,
    -(1L << 40),
    65_537
  };

  private static final List<String> TEXTS =
      List.of(
          "forward",
          "reverse",
          "bidirectional",
          "SAME_UPPER",
          "SAME_LOWER",
          "VALID",
          "NOTSET",
          "constant",
          "reflect",
          "edge",
          "wrap",
          "add",
          "mul",
          "max",
          "none",
          "RIGHT",
          "LEFT",
          "nearest",
          "linear",
          "Tanh",
          "?");

  /// Names of attributes that any operator has, in types of their own.
  private static final List<String> INTEGERS =
      List.of(
          "allowzero",
          "axis",
          "batch_axis",
          "batch_dims",
          "block_size",
          "ceil_mode",
          "count_include_pad",
          "detect_negative",
          "detect_positive",
          "dtype",
          "end",
          "exclusive",
          "fmod",
          "group",
          "hidden_size",
          "input_forget",
          "k",
          "keepdims",
          "largest",
          "layout",
          "linear_before_reset",
          "noop_with_empty_axes",
          "num_outputs",
          "num_scan_inputs",
          "output_dtype",
          "reverse",
          "saturate",
          "select_last_index",
          "sorted",
          "spatial",
          "start",
          "stash_type",
          "storage_order",
          "time_axis",
          "to",
          "transA",
          "transB",
          "training_mode",
          "upper",
          "value_int");

  private static final List<String> REALS =
      List.of(
          "alpha",
          "beta",
          "bias",
          "clip",
          "epsilon",
          "gamma",
          "lambd",
          "max",
          "min",
          "momentum",
          "ratio",
          "value_float");

  private static final List<String> LISTS =
      List.of(
          "axes",
          "dilations",
          "kernel_shape",
          "output_padding",
          "output_shape",
          "pads",
          "perm",
          "repeats",
          "scan_input_axes",
          "scan_input_directions",
          "scan_output_axes",
          "scan_output_directions",
          "split",
          "strides",
          "value_ints");

  private static final List<String> WORDS =
      List.of("auto_pad", "direction", "mode", "reduction", "approximate");

  private static final List<String> GRAPHS = List.of("body", "else_branch", "then_branch");

  private static final Map<String, List<String>> READ = new HashMap<>();

  private final RandomTensors random;
  private int names;

  private RandomGraphs(long seed) {
    random = new RandomTensors(seed);
  }

  /// A model; the same for the same seed.
  public static TinyModel of(long seed) {
    return new RandomGraphs(seed).model();
  }

  private TinyModel model() {
    TinyModel model =
        new TinyModel(random.below(4) == 0 ? 1 + random.below(6) : 7 + random.below(20));
    List<String> values = new ArrayList<>();
    for (int i = 1 + random.below(3); i > 0; i--) {
      String name = "x" + names++;
      long[] dims = random.shape();
      if (random.below(3) == 0) {
        Arrays.setAll(dims, axis -> random.below(2) == 0 ? -1 - random.below(3) : dims[axis]);
      }
      model.input(name, type(), dims);
      values.add(name);
    }
    for (int i = 1 + random.below(5); i > 0; i--) {
      model = grown(model, values);
    }
    model.output(values.getLast());
    if (random.below(2) == 0) {
      model.output(values.get(random.below(values.size())));
    }
    return model;
  }

  /// The model with another node. Of random nodes hardly one in ten fits, so most of those that do
  /// not are drawn again.
  private TinyModel grown(TinyModel model, List<String> values) {
    while (true) {
      TinyModel grown = model.copy();
      List<String> more = new ArrayList<>(values);
      node(grown, more, 0);
      if (random.below(20) == 0 || isLoaded(grown)) {
        values.addAll(more.subList(values.size(), more.size()));
        return grown;
      }
    }
  }

  private static boolean isLoaded(TinyModel model) {
    try (OnnxModel loaded = model.load()) {
      return !loaded.nodes().isEmpty();
    } catch (OnnxException e) {
      return false;
    }
  }

  private void node(TinyModel model, List<String> values, int depth) {
    List<String> operators = Operators.names();
    String operator = operators.get(random.below(operators.size()));
    List<String> inputs = new ArrayList<>();
    for (int k = inputs(); k > 0; k--) {
      inputs.add(input(model, values));
    }
    List<String> outputs = new ArrayList<>();
    for (int k = random.below(3) == 0 ? 1 + random.below(3) : 1; k > 0; k--) {
      outputs.add(random.below(12) == 0 && k > 1 ? "" : "y" + names++);
    }
    int dot = operator.lastIndexOf('.');
    String domain = dot < 0 ? "" : operator.substring(0, dot);
    Map<String, Object> attributes = attributes(operator, values, depth);
    model.node(domain, operator.substring(dot + 1), inputs, outputs, attributes);
    outputs.stream().filter(name -> !name.isEmpty()).forEach(values::add);
  }

  private int inputs() {
    return random.below(5) == 0 ? random.below(9) : 1 + random.below(3);
  }

  /// A value that there is, a new constant, or nothing.
  private String input(TinyModel model, List<String> values) {
    if (random.below(14) == 0) {
      return "";
    }
    if (random.below(5) < 3) {
      return values.get(random.below(2) == 0 ? values.size() - 1 : random.below(values.size()));
    }
    String name = "k" + names++;
    model.constant(name, constant());
    values.add(name);
    return name;
  }

  private NdArray constant() {
    if (random.below(2) == 0) {
      return random.values(type(), random.shape());
    }
    long[] numbers = integers();
    return random.below(4) == 0
        ? NdArray.of(new long[] {integer()})
        : NdArray.of(numbers, numbers.length);
  }

  private ElementType type() {
    ElementType[] all = ElementType.values();
    return random.below(3) > 0 ? ElementType.FLOAT : all[random.below(all.length)];
  }

  private long integer() {
    return random.below(4) == 0 ? ABSURD[random.below(ABSURD.length)] : random.below(8) - 2;
  }

  private long[] integers() {
    long[] numbers = new long[random.below(5)];
    Arrays.setAll(numbers, i -> random.below(6) == 0 ? integer() : random.below(4));
    return numbers;
  }

  /// Most of them those that the operator reads.
  private Map<String, Object> attributes(String operator, List<String> values, int depth) {
    List<String> read = READ.computeIfAbsent(operator, RandomGraphs::read);
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (String name : read) {
      if (GRAPHS.contains(name) || random.below(2) == 0) {
        attributes.put(name, attribute(name, values, depth));
      }
    }
    if (random.below(40) == 0) {
      attributes.put("axis", integer());
    }
    return attributes;
  }

  private Object attribute(String name, List<String> values, int depth) {
    if (GRAPHS.contains(name)) {
      return body(values, depth + 1);
    }
    if (INTEGERS.contains(name)) {
      return integer();
    }
    if (REALS.contains(name)) {
      return random.below(10) == 0 ? Float.NaN : random.below(30) / 4f - 2;
    }
    if (LISTS.contains(name)) {
      return integers();
    }
    if (WORDS.contains(name)) {
      return TEXTS.get(random.below(TEXTS.size()));
    }
    return constant(); // the others' names are of tensors
  }

  private GraphProto body(List<String> around, int depth) {
    TinyModel model = new TinyModel(0);
    List<String> values = new ArrayList<>();
    for (int i = random.below(4); i > 0; i--) {
      String name = "b" + names++;
      model.input(
          name, i == 3 ? ElementType.INT64 : i == 2 ? ElementType.BOOL : type(), integers());
      values.add(name);
    }
    if (random.below(2) == 0) {
      values.addAll(around);
    }
    if (values.isEmpty()) {
      model.constant("k" + names, constant());
      values.add("k" + names++);
    }
    while (depth < 3 && random.below(2) == 0) {
      node(model, values, depth);
    }
    for (int i = 1 + random.below(3); i > 0; i--) {
      String value = values.get(random.below(values.size()));
      String name = "o" + names++;
      model.node("Identity", value, name);
      model.output(name);
    }
    return model.graph();
  }

  /// The attributes that an operator asks for when it is made. A graph or a tensor is given as a
  /// number, at which it stops: so once with these and once without.
  private static List<String> read(String operator) {
    RandomTensors random = new RandomTensors(1); // whichever graph is the first to ask
    Set<String> read = new TreeSet<>();
    int dot = operator.lastIndexOf('.');
    for (int i = 0; i < 40; i++) {
      Map<String, Object> values = new HashMap<>();
      INTEGERS.forEach(name -> values.put(name, 1L + random.below(2)));
      REALS.forEach(name -> values.put(name, 0.5f));
      LISTS.forEach(name -> values.put(name, new long[] {1}));
      WORDS.forEach(name -> values.put(name, TEXTS.get(random.below(TEXTS.size()))));
      if (i % 2 == 0) {
        GRAPHS.forEach(name -> values.put(name, 1L));
        values.put("value", 1L);
      }
      Attributes attributes = new Attributes(values);
      GraphNode node =
          new GraphNode(
              "",
              dot < 0 ? "" : operator.substring(0, dot),
              operator.substring(dot + 1),
              7 + i / 2,
              List.of("x"),
              List.of("y"),
              attributes);
      try {
        Operators.of(node, new NothingKnown());
      } catch (Refusal e) {
        // what it asked for before counts
      }
      values.keySet().removeAll(attributes.unread());
      read.addAll(values.keySet());
    }
    return List.copyOf(read);
  }

  private static final class NothingKnown implements OperatorContext {
    @Override
    public Constant constant(int input) {
      return null;
    }

    @Override
    public List<LayerBackend> backends() {
      return List.of(new LibkiokuBackend());
    }

    @Override
    public int threads() {
      return 1;
    }

    @Override
    public Known input(int input) {
      return Known.NOTHING;
    }

    @Override
    public Body body(Graph graph, List<Known> inputs) {
      throw new Refusal("no graphs are given");
    }
  }
}
