package io.kioku.cli;

import io.kioku.Precision;
import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Quantization;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.ffi.WeightFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The options that ask with what one layer would be computed.
final class PlanOptions {
  private static final Pattern WRITTEN = Pattern.compile("([^:]+):(.+)");

  /// A cell and its sizes.
  record Layer(String cell, LayerSize size) {}

  /// Reads `lstm:256x256`.
  static final class LayerConverter implements ITypeConverter<Layer> {
    @Override
    public Layer convert(String value) {
      Matcher written = WRITTEN.matcher(value);
      if (!written.matches()) {
        throw new TypeConversionException(
            "expected a cell, I and H, as in lstm:64x256, got '%s'".formatted(value));
      }
      return new Layer(written.group(1), new LayerSize.Converter().convert(written.group(2)));
    }
  }

  @Option(
      names = "--plan",
      required = true,
      paramLabel = "CELL:IxH",
      converter = LayerConverter.class,
      description = "Say which backend computes a layer, and why: lstm:64x256, say.")
  private Layer layer;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Streams side by side; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--steps",
      paramLabel = "T",
      defaultValue = "1",
      description = "Steps of a call; default ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "f32",
      converter = PrecisionName.class,
      completionCandidates = PrecisionName.class,
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private Precision precision;

  @Option(
      names = "--calibrated",
      description = "The scales of int8 are fixed beforehand, by a calibration.")
  private boolean calibrated;

  @Option(
      names = "--tune",
      description =
          "Measure first which backend is the fastest here, and keep that for all later planning;"
              + " some seconds.")
  private boolean tune;

  /// Names and values: the layer, each backend's answer, the choice.
  ///
  /// @throws UserError if there is no such layer
  List<List<String>> lines() throws IOException {
    if (batch < 1 || steps < 1) {
      throw new UserError(
          "--batch and --steps are %d and %d, expected at least 1".formatted(batch, steps));
    }
    Cell cell = CellName.find(layer.cell);
    LayerSize size = layer.size.fitting(cell);
    size.network(cell, "--plan"); // refuses what is too large
    LayerSpec spec = size.spec(cell).in(quantization());
    if (tune) {
      CellBackends.tune(spec, randomParameters(spec));
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(
        List.of(
            cell.name(),
            "I = %d, H = %d, N = %d, T = %d, %s"
                .formatted(
                    size.input(),
                    size.hidden(),
                    batch,
                    steps,
                    precision.name().toLowerCase(Locale.ROOT)
                        + (calibrated ? ", calibrated" : ""))));
    lines.addAll(CellBackends.verdicts(spec));
    lines.add(List.of("planned", CellBackends.plan(spec, steps, batch)));
    lines.add(List.of("memory", memory(spec)));
    int processors = Runtime.getRuntime().availableProcessors();
    lines.add(
        List.of(
            "threads",
            "of %d that an engine may use, %d would share the call on libkioku"
                .formatted(processors, LibkiokuBackend.threads(spec, batch, steps, processors))));
    return lines;
  }

  /// What the packed weights take.
  private static String memory(LayerSpec spec) {
    try {
      double kilobytes = CellBackends.packedBytes(spec, randomParameters(spec)) / 1024.0;
      return String.format(
          Locale.ROOT, "%.1f KiB of packed weights, shared by all sessions", kilobytes);
    } catch (IllegalArgumentException | IllegalStateException e) { // nothing runs it here
      return "none";
    } catch (OutOfMemoryError e) {
      return "more than there is here";
    }
  }

  /// With scales of values up to 1, if there are any.
  private Quantization quantization() {
    if (calibrated && precision != Precision.INT8) {
      throw new UserError("--calibrated is for --precision int8");
    }
    float scale = calibrated ? 1f / Byte.MAX_VALUE : 0;
    return new Quantization(WeightFormat.valueOf(precision.name()), scale, scale);
  }

  /// Weights as large as trained ones.
  private static Parameters randomParameters(LayerSpec spec) {
    SplittableRandom random = new SplittableRandom(1);
    double scale = 1 / Math.sqrt(spec.hidden());
    Map<String, float[]> values = new HashMap<>();
    for (Parameter parameter : spec.cell().parameters()) {
      int columns = parameter.isMatrix() ? spec.of(parameter.columns()) : 1;
      float[] all = new float[Math.multiplyExact(spec.of(parameter.rows()), columns)];
      for (int k = 0; k < all.length; k++) {
        all[k] = (float) random.nextDouble(-scale, scale);
      }
      values.put(parameter.name(), all);
    }
    return new Parameters(values);
  }
}
