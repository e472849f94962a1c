package io.kioku;

import io.kioku.format.ElementType;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Tensors in a file whose recurrent matrices have fewer bits.
final class QuantizedTensors {
  private static final Pattern MATRIX = Pattern.compile("(.*\\.)?weight_(ih|hh|hr)_l.*");
  private static final String SCALE = ".int8_scale";

  /// As `kioku_precision` says: the largest of a row becomes this.
  private static final float LARGEST = 127;

  private QuantizedTensors() {}

  static void write(Map<String, Tensor> tensors, Precision precision, Path file)
      throws IOException {
    Map<String, Tensor> written = new LinkedHashMap<>();
    Map<String, ElementType> types = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (precision == Precision.F32 || tensor.rank() != 2 || !MATRIX.matcher(name).matches()) {
        written.put(name, tensor);
      } else if (precision == Precision.BF16) {
        written.put(name, tensor);
        types.put(name, ElementType.BFLOAT16);
      } else {
        float[] scales = scales(name, tensor);
        written.put(name, scaled(tensor, scales, true));
        written.put(name + SCALE, Tensor.of(scales, scales.length));
        types.put(name, ElementType.INT8);
      }
    });
    new Safetensors(written, Map.of()).write(file, types);
  }

  /// The same with floats instead of integers and scales.
  static Map<String, Tensor> expanded(Map<String, Tensor> tensors) {
    Map<String, Tensor> floats = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (isScaled(name, tensors)) {
        floats.put(name, scaled(tensor, tensors.get(name + SCALE).toArray(), false));
      } else if (!name.endsWith(SCALE)
          || !isScaled(name.substring(0, name.length() - SCALE.length()), tensors)) {
        floats.put(name, tensor);
      }
    });
    return floats;
  }

  private static boolean isScaled(String name, Map<String, Tensor> tensors) {
    Tensor tensor = tensors.get(name);
    Tensor scale = tensors.get(name + SCALE);
    return tensor != null
        && scale != null
        && tensor.rank() == 2
        && scale.rank() == 1
        && scale.dim(0) == tensor.dim(0);
  }

  private static float[] scales(String name, Tensor tensor) {
    float[] values = tensor.toArray();
    int columns = Math.toIntExact(tensor.dim(1));
    float[] scales = new float[Math.toIntExact(tensor.dim(0))];
    for (int k = 0; k < values.length; k++) {
      if (!Float.isFinite(values[k])) {
        throw new IllegalArgumentException(
            "%s holds %s, which INT8 cannot keep".formatted(name, values[k]));
      }
      scales[k / columns] = Math.max(scales[k / columns], Math.abs(values[k]) / LARGEST);
    }
    return scales;
  }

  /// Each row times its scale, or divided by it; a row of zeros has the scale 0.
  private static Tensor scaled(Tensor tensor, float[] scales, boolean isDivided) {
    float[] values = tensor.toArray();
    int columns = Math.toIntExact(tensor.dim(1));
    for (int k = 0; k < values.length; k++) {
      float scale = scales[k / columns];
      values[k] = isDivided ? (scale == 0 ? 0 : values[k] / scale) : values[k] * scale;
    }
    return Tensor.of(values, tensor.shape());
  }
}
