package io.kioku.bench.layer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import java.io.File;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// From the start of a process to its first output: LSTM, T = 20, N = 1, I = H = 256, from an ONNX
/// file, and from arrays. Contestants in turn, a new JVM each, medians; the time that passes, that of
/// all processors, and the memory.
///
///     bench/layers cold [ROUNDS]
public final class ColdStart {
  private static final Shape SHAPE = new Shape("LSTM", 20, 1, 256, 256);

  /// Who finds Kioku's native libraries in a jar, as an application does that has it from Maven.
  private static final String PACKAGED = "kioku onnx packaged";

  private static final List<String> CONTESTANTS =
      List.of(
          PACKAGED,
          "kioku onnx",
          "onnxruntime onnx",
          "kioku f32",
          "onnxruntime f32",
          "pytorch f32");

  /// Milliseconds, milliseconds, MB.
  private record Cost(double passed, double processors, double memory) {}

  private ColdStart() {}

  /// @param args the number of rounds, 7 if there is none; or `first`, a contestant and an ONNX
  ///   file, for the processes that are measured
  public static void main(String[] args) throws Exception {
    if (args.length == 3) {
      first(args[1], args[2]);
      return;
    }
    int rounds = args.length == 0 ? 7 : Integer.parseInt(args[0]);
    Path model = Files.createTempFile("layer", ".onnx");
    try {
      Files.write(model, RuntimeModel.of(Layer.of(SHAPE), false).toByteArray());
      Cost[][] costs = new Cost[CONTESTANTS.size()][rounds];
      for (int round = 0; round < rounds; round++) {
        for (int c = 0; c < costs.length; c++) {
          costs[c][round] = cost(CONTESTANTS.get(c), model);
        }
      }
      for (int c = 0; c < costs.length; c++) {
        System.out.printf(
            "%-20s %6.0f ms, %6.0f ms of processors, %5.0f MB%n",
            CONTESTANTS.get(c),
            median(Arrays.stream(costs[c]).mapToDouble(Cost::passed).toArray()),
            median(Arrays.stream(costs[c]).mapToDouble(Cost::processors).toArray()),
            median(Arrays.stream(costs[c]).mapToDouble(Cost::memory).toArray()));
      }
    } finally {
      Files.delete(model);
    }
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static Cost cost(String contestant, Path model) throws Exception {
    long start = System.nanoTime();
    Process process = process(contestant, model);
    List<String> lines = new ArrayList<>();
    try (var output = process.inputReader(StandardCharsets.UTF_8)) {
      lines.add(output.readLine());
      double passed = (System.nanoTime() - start) / 1e6;
      lines.add(output.readLine());
      lines.add(output.readLine());
      process.waitFor();
      if (lines.contains(null)) {
        throw new IllegalStateException(contestant + " failed");
      }
      return new Cost(passed, Double.parseDouble(lines.get(1)), Double.parseDouble(lines.get(2)));
    }
  }

  private static Process process(String contestant, Path model) throws IOException {
    String classes = System.getProperty("java.class.path");
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dai.djl.offline=true");
    if (contestant.equals(PACKAGED)) {
      classes += File.pathSeparator + System.getProperty("kioku.bench.packaged");
    } else {
      command.add("-Dkioku.natives=" + System.getProperty("kioku.natives"));
    }
    command.addAll(List.of("-cp", classes));
    command.addAll(List.of(ColdStart.class.getName(), "first", contestant, model.toString()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static void first(String contestant, String model) throws Exception {
    float output =
        switch (contestant) {
          case PACKAGED, "kioku onnx" -> ofKioku(model);
          case "onnxruntime onnx" -> ofRuntime(model);
          default -> ofArrays(contestant);
        };
    System.out.println(output);
    System.out.println(
        ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e6);
    System.out.println(resident());
  }

  /// An input; what it is does not matter here.
  private static float[] input() {
    float[] x = new float[SHAPE.steps() * SHAPE.batch() * SHAPE.input()];
    Arrays.fill(x, 0.25f);
    return x;
  }

  private static float ofKioku(String file) throws IOException {
    try (OnnxModel model = OnnxModel.load(Path.of(file));
        OnnxSession session = model.newSession()) {
      session.set("x", input(), SHAPE.steps(), SHAPE.batch(), SHAPE.input());
      session.run();
      return session.floats("y")[0];
    }
  }

  private static float ofRuntime(String file) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {SHAPE.steps(), SHAPE.batch(), SHAPE.input()};
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(file, options);
          OnnxTensor x = OnnxTensor.createTensor(environment, FloatBuffer.wrap(input()), shape);
          OrtSession.Result result = session.run(Map.of("x", x))) {
        return ((OnnxTensor) result.get(0)).getFloatBuffer().get(0);
      }
    }
  }

  private static float ofArrays(String contestant) {
    try (LayerContestant runner = Candidate.parse(contestant).open(Layer.of(SHAPE), 1)) {
      runner.run();
      return runner.output()[0];
    }
  }

  /// Megabytes of this process that lay in memory at most; NaN where the system does not say.
  private static double resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return Double.NaN;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(Double.NaN);
  }
}
