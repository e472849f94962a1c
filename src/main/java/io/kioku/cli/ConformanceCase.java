package io.kioku.cli;

import io.kioku.format.ElementType;
import io.kioku.format.FormatException;
import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.OnnxTensors;
import io.kioku.onnx.OnnxValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// A folder with a model, and inputs with the outputs that they must give.
record ConformanceCase(Path folder) {
  enum Outcome {
    PASSED,
    FAILED,
    SKIPPED
  }

  /// @param text why it failed or was skipped; empty if it passed
  record Result(Outcome outcome, String text) {}

  /// Runs the model on all its data sets.
  ///
  /// @param relative error that passes, of the expected value
  /// @param absolute error that passes in addition
  Result run(double relative, double absolute) {
    try (OnnxModel model = OnnxModel.load(folder.resolve("model.onnx"));
        OnnxSession session = model.newSession()) {
      for (Path set : list(folder, "test_data_set_")) {
        String difference = runSet(model, session, set, relative, absolute);
        if (!difference.isEmpty()) {
          return new Result(Outcome.FAILED, set.getFileName() + ": " + difference);
        }
      }
      return new Result(Outcome.PASSED, "");
    } catch (OnnxException e) {
      boolean refused = e.getMessage().contains(" cannot be run:");
      return new Result(refused ? Outcome.SKIPPED : Outcome.FAILED, e.getMessage());
    } catch (FormatException e) {
      return new Result(Outcome.SKIPPED, e.getMessage());
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      return new Result(Outcome.FAILED, e.toString());
    }
  }

  private static List<Path> list(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  private static String runSet(
      OnnxModel model, OnnxSession session, Path set, double relative, double absolute)
      throws IOException {
    int i = 0;
    for (OnnxValue input : model.inputs()) {
      session.set(input.name(), OnnxTensors.read(set.resolve("input_%d.pb".formatted(i++))));
    }
    session.run();
    StringBuilder problems = new StringBuilder();
    int o = 0;
    for (OnnxValue output : model.outputs()) {
      NdArray expected = OnnxTensors.read(set.resolve("output_%d.pb".formatted(o++)));
      String difference = difference(session.get(output.name()), expected, relative, absolute);
      if (!difference.isEmpty()) {
        problems.append(problems.isEmpty() ? "" : "; ").append(output.name()).append(difference);
      }
    }
    return problems.toString();
  }

  private static String difference(
      NdArray actual, NdArray expected, double relative, double absolute) {
    if (actual.type() != expected.type() || !Arrays.equals(actual.shape(), expected.shape())) {
      return " is %s, expected %s".formatted(actual, expected);
    }
    double largest = 0;
    boolean within = true;
    for (long i = 0; i < expected.size(); i++) {
      double a = value(actual, i);
      double e = value(expected, i);
      if (Double.compare(a, e) == 0 || a == e) {
        continue;
      }
      double error = Math.abs(a - e);
      within &= error <= absolute + relative * Math.abs(e);
      largest = Double.isNaN(error) ? error : Math.max(largest, error);
    }
    return within ? "" : " differs by up to %.3g".formatted(largest);
  }

  private static double value(NdArray array, long i) {
    return array.type() == ElementType.INT64 ? array.integer(i) : array.real(i);
  }
}
