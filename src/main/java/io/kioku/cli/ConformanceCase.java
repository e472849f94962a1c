package io.kioku.cli;

import io.kioku.format.ElementType;
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
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;

/// A folder with a model, and inputs with the outputs that they must give.
record ConformanceCase(Path folder) {
  /// Between neighbours. Older files were cut to bfloat16, not rounded.
  private static final double BFLOAT16_STEP = 0x1p-7;

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
    try (OnnxModel model = OnnxModel.load(folder.resolve("model.onnx"))) {
      return run(model, relative, absolute);
    } catch (OnnxException e) {
      return new Result(e.refusals().isEmpty() ? Outcome.FAILED : Outcome.SKIPPED, e.getMessage());
    } catch (IOException | RuntimeException e) { // whatever it is: the other tests go on
      return new Result(Outcome.FAILED, e.toString());
    }
  }

  private Result run(OnnxModel model, double relative, double absolute) throws IOException {
    try (OnnxSession session = model.newSession()) {
      List<Path> sets = list("test_data_set_");
      if (sets.isEmpty()) {
        return new Result(Outcome.SKIPPED, "has no test_data_set_*");
      }
      for (Path set : sets) {
        try {
          setInputs(model, session, set);
        } catch (IllegalArgumentException e) { // they are not what the model itself declares
          return new Result(Outcome.SKIPPED, set.getFileName() + ": " + e.getMessage());
        }
        session.run();
        String difference = differences(model, session, set, relative, absolute);
        if (!difference.isEmpty()) {
          return new Result(Outcome.FAILED, set.getFileName() + ": " + difference);
        }
      }
      return new Result(Outcome.PASSED, "");
    }
  }

  private List<Path> list(String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  private static void setInputs(OnnxModel model, OnnxSession session, Path set) throws IOException {
    int i = 0;
    for (OnnxValue input : model.inputs()) {
      Path file = set.resolve("input_%d.pb".formatted(i++));
      session.set(input.name(), as(input.type(), OnnxTensors.read(file)));
    }
  }

  private static String differences(
      OnnxModel model, OnnxSession session, Path set, double relative, double absolute)
      throws IOException {
    StringJoiner problems = new StringJoiner("; ");
    int o = 0;
    for (OnnxValue output : model.outputs()) {
      NdArray expected = OnnxTensors.read(set.resolve("output_%d.pb".formatted(o++)));
      NdArray actual = session.get(output.name());
      String difference =
          difference(actual, as(Optional.of(actual.type()), expected), relative, absolute);
      if (!difference.isEmpty()) {
        problems.add(output.name() + difference);
      }
    }
    return problems.toString();
  }

  /// NumPy, with which the files were made, has no bfloat16: they say that the bits are of uint16.
  private static NdArray as(Optional<ElementType> type, NdArray values) {
    boolean isBits =
        values.type() == ElementType.UINT16 && type.equals(Optional.of(ElementType.BFLOAT16));
    return isBits ? NdArray.copyOf(ElementType.BFLOAT16, values.data(), values.shape()) : values;
  }

  /// As NumPy's `allclose` with equal NaNs compares.
  static String difference(NdArray actual, NdArray expected, double relative, double absolute) {
    if (actual.type() != expected.type() || !Arrays.equals(actual.shape(), expected.shape())) {
      return " is %s, expected %s".formatted(actual, expected);
    }
    double tolerance =
        actual.type() == ElementType.BFLOAT16 ? Math.max(relative, BFLOAT16_STEP) : relative;
    double largest = 0;
    long at = 0;
    long wrong = 0;
    for (long i = 0; i < expected.size(); i++) {
      double a = actual.real(i);
      double e = expected.real(i);
      double error = Double.compare(a, e) == 0 || a == e ? 0 : Math.abs(a - e);
      boolean isRight = error == 0 || error <= absolute + tolerance * Math.abs(e);
      wrong += isRight && !Double.isInfinite(error) ? 0 : 1;
      if (!(error <= largest) && !Double.isNaN(largest)) { // NaN is larger than all
        largest = error;
        at = i;
      }
    }
    return wrong == 0
        ? ""
        : String.format(
            Locale.ROOT,
            " differs by up to %.3g (%.7g, expected %.7g), %,d of %,d values are wrong",
            largest,
            actual.real(at),
            expected.real(at),
            wrong,
            expected.size());
  }
}
