package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/// Draws recurrent nodes with any of the options.
final class RandomNodes {
  private static final int[] SIZES = {1, 2, 3, 5, 8, 16, 17, 33, 64};
  private static final List<String> PLAIN =
      List.of("Relu", "Tanh", "Sigmoid", "Softsign", "Softplus");
  private static final List<String> WITH_ALPHA = List.of("LeakyRelu", "Elu", "ThresholdedRelu");
  private static final List<String> WITH_BOTH = List.of("HardSigmoid", "Affine", "ScaledTanh");

  private final RandomGenerator random;

  /// Whether ONNX Runtime runs it, and does as Kioku does.
  private final boolean isForRuntime;

  RandomNodes(RandomGenerator random, boolean isForRuntime) {
    this.random = random;
    this.isForRuntime = isForRuntime;
  }

  RecurrentNode next() {
    RecurrentKind kind =
        List.of(RecurrentKind.LSTM, RecurrentKind.GRU, RecurrentKind.RNN).get(random.nextInt(3));
    int[] opsets = {7, 11, 14, 17, 22};
    int opset = opsets[random.nextInt(opsets.length)];
    RecurrentNode node = new RecurrentNode(kind.name(), opset);
    int steps = 1 + random.nextInt(6);
    int batch = 1 + random.nextInt(random.nextInt(4) == 0 ? 9 : 3);
    int inputs = SIZES[random.nextInt(SIZES.length)];
    int hidden = SIZES[random.nextInt(SIZES.length)];
    String direction = List.of("forward", "reverse", "bidirectional").get(random.nextInt(3));
    int directions = direction.equals("bidirectional") ? 2 : 1;
    boolean isBatchFirst = !isForRuntime && opset >= 14 && random.nextBoolean();
    attributes(node, kind, direction, hidden, isBatchFirst);
    long rows = (long) kind.gates().size() * hidden;
    float bound = (float) (1 / Math.sqrt(hidden));
    node.inputs.put(
        "X", isBatchFirst ? real(1, batch, steps, inputs) : real(1, steps, batch, inputs));
    node.inputs.put("W", real(bound, directions, rows, inputs));
    node.inputs.put("R", real(bound, directions, rows, hidden));
    if (random.nextInt(4) > 0) {
      node.inputs.put("B", real(bound, directions, 2 * rows));
    }
    states(node, kind, isBatchFirst, batch, directions, hidden);
    lengths(node, steps, batch);
    if (kind == RecurrentKind.LSTM && random.nextBoolean()) {
      node.inputs.put("P", real(bound, directions, 3L * hidden));
    }
    while (node.outputs.isEmpty()) {
      for (String output : RecurrentNode.OUTPUTS.subList(0, 1 + kind.states().size())) {
        if (random.nextInt(3) > 0) {
          node.outputs.add(output);
        }
      }
    }
    if (random.nextInt(4) > 0) {
      node.constants.addAll(List.of("W", "R", "B", "P"));
    }
    return node;
  }

  private void attributes(
      RecurrentNode node, RecurrentKind kind, String direction, int hidden, boolean isBatchFirst) {
    int directions = direction.equals("bidirectional") ? 2 : 1;
    if (random.nextBoolean() || !direction.equals("forward")) {
      node.attributes.put("direction", direction);
    }
    if (isForRuntime || random.nextBoolean()) {
      node.attributes.put("hidden_size", (long) hidden);
    }
    if (isBatchFirst) {
      node.attributes.put("layout", 1L);
    }
    if (random.nextInt(3) == 0) {
      node.attributes.put("clip", 0.2f + random.nextFloat());
    }
    if (kind == RecurrentKind.LSTM && random.nextInt(3) == 0) {
      node.attributes.put("input_forget", 1L);
    }
    if (kind == RecurrentKind.GRU && random.nextBoolean()) {
      node.attributes.put("linear_before_reset", 1L);
    }
    if (random.nextInt(3) > 0) {
      activations(node, kind, directions);
    }
  }

  /// ONNX Runtime's defaults are others for some functions, and its RNN reads names in the right
  /// case only.
  private void activations(RecurrentNode node, RecurrentKind kind, int directions) {
    List<String> names = new ArrayList<>();
    List<Float> alphas = new ArrayList<>();
    List<Float> betas = new ArrayList<>();
    for (int i = 0; i < directions * kind.activations().size(); i++) {
      String name = name();
      boolean hasAlpha = WITH_ALPHA.contains(name) || WITH_BOTH.contains(name);
      if (hasAlpha) {
        alphas.add(0.25f + 0.5f * random.nextFloat());
      }
      if (WITH_BOTH.contains(name)) {
        betas.add(0.125f + 0.5f * random.nextFloat());
      }
      boolean isAnyCase = kind != RecurrentKind.RNN && random.nextBoolean();
      names.add(isAnyCase ? name.toLowerCase(Locale.ROOT) : name);
    }
    node.attributes.put("activations", names);
    if (!isForRuntime) {
      alphas.subList(random.nextInt(alphas.size() + 1), alphas.size()).clear();
      betas.subList(random.nextInt(betas.size() + 1), betas.size()).clear();
    }
    if (!alphas.isEmpty()) {
      node.attributes.put("activation_alpha", floats(alphas));
    }
    if (!betas.isEmpty()) {
      node.attributes.put("activation_beta", floats(betas));
    }
  }

  private String name() {
    List<String> list = List.of(PLAIN, WITH_ALPHA, WITH_BOTH).get(random.nextInt(3));
    return list.get(random.nextInt(list.size()));
  }

  private static float[] floats(List<Float> list) {
    float[] all = new float[list.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = list.get(i);
    }
    return all;
  }

  private void states(
      RecurrentNode node,
      RecurrentKind kind,
      boolean isBatchFirst,
      int batch,
      int directions,
      int hidden) {
    for (String state : kind.states()) {
      if (random.nextBoolean()) {
        node.inputs.put(
            "initial_" + state,
            isBatchFirst ? real(1, batch, directions, hidden) : real(1, directions, batch, hidden));
      }
    }
  }

  /// ONNX Runtime gives zeros for a sequence of length 0.
  private void lengths(RecurrentNode node, int steps, int batch) {
    if (random.nextBoolean()) {
      return;
    }
    boolean isStateful =
        node.inputs.containsKey("initial_h") || node.inputs.containsKey("initial_c");
    int least = isForRuntime && isStateful ? 1 : 0;
    int[] lengths = new int[batch];
    for (int n = 0; n < batch; n++) {
      lengths[n] = least + random.nextInt(steps - least + 1);
    }
    node.inputs.put(
        "sequence_lens", NdArray.copyOf(ElementType.INT32, MemorySegment.ofArray(lengths), batch));
  }

  /// A DynamicQuantizeLSTM with the options that a plain LSTM has.
  RecurrentNode nextQuantized() {
    RecurrentNode plain;
    do {
      plain = next();
    } while (!plain.operator.equals("LSTM"));
    return quantizedOf(plain);
  }

  /// The same with quantized weights of random numbers.
  RecurrentNode quantizedOf(RecurrentNode plain) {
    RecurrentNode node = new RecurrentNode("DynamicQuantizeLSTM", plain.version());
    node.attributes.putAll(plain.attributes);
    node.inputs.putAll(plain.inputs);
    node.outputs.add("Y"); // without, ONNX Runtime's h of a sequence of length 0 is uninitialized
    node.outputs.addAll(plain.outputs);
    node.constants.addAll(plain.constants);
    boolean isSigned = random.nextBoolean();
    boolean isPerChannel = random.nextBoolean();
    for (String matrix : List.of("W", "R")) {
      quantize(node, matrix, isSigned, isPerChannel);
      if (!node.constants.isEmpty()) {
        node.constants.addAll(List.of(matrix + "_scale", matrix + "_zero"));
      }
    }
    return node;
  }

  /// Any matrix of the right shape does. Its signed numbers have 7 bits: with more, ONNX Runtime's
  /// sums of two products are not exact on CPUs without VNNI.
  private void quantize(RecurrentNode node, String name, boolean isSigned, boolean isPerChannel) {
    long[] shape = node.inputs.get(name).shape();
    byte[] values = new byte[(int) node.inputs.get(name).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) random.nextInt(isSigned ? -64 : 0, isSigned ? 64 : 128);
    }
    ElementType type = isSigned ? ElementType.INT8 : ElementType.UINT8;
    node.inputs.put(
        name, NdArray.copyOf(type, MemorySegment.ofArray(values), shape[0], shape[2], shape[1]));
    long[] each = isPerChannel ? new long[] {shape[0], shape[1]} : new long[] {shape[0]};
    float[] scales = new float[(int) (isPerChannel ? shape[0] * shape[1] : shape[0])];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (0.5f + random.nextFloat()) / 64 / (float) Math.sqrt((double) shape[2]);
    }
    byte[] zeros = new byte[scales.length];
    java.util.Arrays.fill(zeros, (byte) (isSigned ? 0 : 60 + random.nextInt(8)));
    node.inputs.put(name + "_scale", NdArray.of(scales, each));
    node.inputs.put(name + "_zero", NdArray.copyOf(type, MemorySegment.ofArray(zeros), each));
  }

  NdArray real(float bound, long... shape) {
    long size = 1;
    for (long dim : shape) {
      size *= dim;
    }
    float[] values = new float[(int) size];
    for (int i = 0; i < values.length; i++) {
      values[i] = bound * (2 * random.nextFloat() - 1);
    }
    return NdArray.of(values, shape);
  }
}
