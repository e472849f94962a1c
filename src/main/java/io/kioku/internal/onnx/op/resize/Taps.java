package io.kioku.internal.onnx.op.resize;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Value;
import java.util.List;

/// How the elements along one axis follow from those before: each is a sum of `width` of them.
final class Taps {
  /// What the attributes say.
  record Options(
      String mode,
      String coordinates,
      String nearest,
      double cubic,
      boolean excludesOutside,
      boolean isSmoothed,
      double outside) {
    /// Reads them.
    ///
    /// @param isNew whether the node says how coordinates are transformed
    static Options of(GraphNode node, boolean isNew) {
      var a = node.attributes();
      String mode = a.text("mode", "nearest");
      check("mode", mode, List.of("nearest", "linear", "cubic"));
      String coordinates = "asymmetric";
      String nearest = "old";
      if (isNew) {
        coordinates = a.text("coordinate_transformation_mode", "half_pixel");
        nearest = a.text("nearest_mode", "round_prefer_floor");
      }
      check(
          "coordinate_transformation_mode",
          coordinates,
          List.of(
              "half_pixel",
              "half_pixel_symmetric",
              "pytorch_half_pixel",
              "align_corners",
              "asymmetric",
              "tf_half_pixel_for_nn",
              "tf_crop_and_resize"));
      check(
          "nearest_mode",
          nearest,
          List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "old"));
      return new Options(
          mode,
          coordinates,
          nearest,
          a.real("cubic_coeff_a", -0.75f),
          a.flag("exclude_outside", false),
          a.flag("antialias", false),
          a.real("extrapolation_value", 0));
    }

    private static void check(String name, String value, List<String> allowed) {
      if (!allowed.contains(value)) {
        throw new Refusal(
            "attribute %s is '%s', expected %s".formatted(name, value, String.join(", ", allowed)));
      }
    }

    /// Whether a part of the input is taken that an input names.
    boolean cuts() {
      return coordinates.equals("tf_crop_and_resize");
    }

    boolean isNearest() {
      return mode.equals("nearest");
    }
  }

  /// More is a scale that nobody means.
  private static final long MOST = 1 << 26;

  private final Options options;
  private final int axis;
  private final long length;
  private final int count;
  private final int width;
  private final int[] places; // of each element: `width` places
  private final double[] weights;
  private final boolean[] isOutside;

  private Taps(Options options, int axis, long length, long count, int width) {
    this.options = options;
    this.axis = axis;
    this.length = length;
    if (count > MOST || length > MOST || count * width > MOST) {
      throw new Refusal("an axis of %d resized to %d is too large".formatted(length, count));
    }
    this.count = (int) count;
    this.width = width;
    places = new int[this.count * width];
    weights = new double[places.length];
    isOutside = new boolean[this.count];
  }

  int axis() {
    return axis;
  }

  int count() {
    return count;
  }

  /// @param length elements before
  /// @param count elements afterwards
  /// @param start of the part that is taken, 0 to 1, if one is
  static Taps of(
      Options options, int axis, long length, long count, float scale, float start, float end) {
    double shrink = options.isSmoothed ? Math.min(1, scale) : 1;
    double reach = options.mode.equals("cubic") ? 2 : 1;
    long first = options.isNearest() ? 0 : (long) Math.floor(-reach / shrink) + 1;
    // from `first` to as far on the other side, seen from the element on the left
    long width = options.isNearest() ? 1 : 2 - 2 * first;
    if (width > MOST) {
      throw new Refusal("scale %s is too small".formatted(scale));
    }
    Taps taps = new Taps(options, axis, length, count, (int) width);
    for (int i = 0; i < count; i++) {
      float x = taps.coordinate(i, scale, start, end);
      taps.isOutside[i] = options.cuts() && (x < 0 || x > length - 1);
      if (options.isNearest()) {
        taps.places[i] = (int) Math.clamp(taps.nearest(x, scale), 0, length - 1);
        taps.weights[i] = 1;
      } else {
        taps.weigh(i, x, first, shrink);
      }
    }
    return taps;
  }

  /// Where an element lies among those before: in float, as elsewhere, since rounding decides.
  private float coordinate(int i, float scale, float start, float end) {
    float whole = Math.round(scale * length);
    // ONNX's own tests have the fraction of an element that a scale leaves
    float resized = Math.abs(scale * length - whole) < 1e-3f ? whole : scale * length;
    return switch (options.coordinates) {
      case "half_pixel" -> (i + 0.5f) / scale - 0.5f;
      case "half_pixel_symmetric" -> {
        float adjusted = count / (scale * length);
        float offset = length / 2f * (1 - adjusted);
        yield offset + (i + 0.5f) / scale - 0.5f;
      }
      case "pytorch_half_pixel" -> count > 1 ? (i + 0.5f) / scale - 0.5f : 0;
      case "align_corners" -> count == 1 ? 0 : i * (float) (length - 1) / (resized - 1);
      case "tf_half_pixel_for_nn" -> (i + 0.5f) / scale;
      case "tf_crop_and_resize" ->
          count > 1
              ? start * (length - 1) + i * (end - start) * (length - 1) / (count - 1)
              : 0.5f * (start + end) * (length - 1);
      default -> i / scale;
    };
  }

  private long nearest(float x, float scale) {
    return switch (options.nearest) {
      case "round_prefer_floor" -> (long) Math.ceil(x - 0.5);
      case "round_prefer_ceil" -> (long) Math.floor(x + 0.5);
      case "floor" -> (long) Math.floor(x);
      case "ceil" -> (long) Math.ceil(x);
      default -> (long) (scale < 1 ? Math.ceil(x) : Math.floor(x)); // before set 11
    };
  }

  private void weigh(int i, float x, long first, double shrink) {
    // beyond the ends linear interpolation has the outermost element
    boolean isLinear = options.mode.equals("linear");
    double at =
        isLinear && !options.isSmoothed ? Math.clamp((double) x, 0.0, (double) (length - 1)) : x;
    long left = (long) Math.floor(at);
    double sum = 0;
    for (int k = 0; k < width; k++) {
      long place = left + first + k;
      boolean isInside = place >= 0 && place < length;
      double distance = Math.abs(place - at) * shrink;
      double weight = isLinear ? Math.max(0, 1 - distance) : cubic(distance);
      weight = isInside || !options.excludesOutside ? weight : 0;
      places[i * width + k] = (int) Math.clamp(place, 0, length - 1);
      weights[i * width + k] = weight;
      sum += weight;
    }
    for (int k = 0; sum != 0 && k < width; k++) {
      weights[i * width + k] /= sum;
    }
  }

  /// Keys' kernel (1981).
  private double cubic(double d) {
    double a = options.cubic;
    if (d <= 1) {
      return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }

  /// Computes all elements.
  void run(Value from, Value to) {
    long inner = Axes.product(from.dims(), axis + 1, from.rank());
    long outer = inner == 0 ? 0 : from.size() / (length * inner);
    boolean isWhole = options.isNearest() && !from.type().isReal();
    for (long o = 0; o < outer; o++) {
      for (int i = 0; i < count; i++) {
        long row = (o * count + i) * inner;
        for (long column = 0; column < inner; column++) {
          long base = o * length * inner + column;
          if (isOutside[i]) {
            to.setDouble(row + column, options.outside);
          } else if (isWhole) {
            to.setLong(row + column, from.asLong(base + places[i] * inner));
          } else {
            to.setDouble(row + column, sum(from, base, inner, i));
          }
        }
      }
    }
  }

  private double sum(Value from, long base, long inner, int i) {
    if (width == 1) {
      return from.asDouble(base + places[i] * inner);
    }
    double sum = 0;
    for (int k = i * width; k < (i + 1) * width; k++) {
      if (weights[k] != 0) { // so that an infinity beside does not count
        sum += weights[k] * from.asDouble(base + places[k] * inner);
      }
    }
    return sum;
  }
}
