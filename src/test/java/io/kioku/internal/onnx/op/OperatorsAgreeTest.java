package io.kioku.internal.onnx.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Random models of one node around recurrent layers: the numbers of ONNX Runtime.
class OperatorsAgreeTest {
  private static final int MODELS = 60;
  private static final double TOLERANCE = 1e-4;

  private final UniformTensors tensors = new UniformTensors(43);
  private int compared;

  private NodeCase node(int version) {
    NodeCase node = new NodeCase(version);
    return tensors.oneIn(2) ? node.open() : node;
  }

  private ElementType real() {
    return tensors.oneIn(3) ? ElementType.DOUBLE : ElementType.FLOAT;
  }

  private void assertCompared(int atLeast) {
    assertTrue(compared >= atLeast, compared + " compared");
  }

  private void check(NodeCase node, String operator, Map<String, Object> a, ElementType... types)
      throws Exception {
    compared += node.node(operator, a, types).check(TOLERANCE) ? 1 : 0;
  }

  @Test
  void einsum() throws Exception {
    List<String> equations =
        List.of(
            "ij,jk->ik",
            "ij,jk",
            "bij,bjk->bik",
            "bij,bkj->bik",
            "i,i->",
            "i,j->ij",
            "ij->ji",
            "ii->i",
            "ii->",
            "ii",
            "ij->",
            "ij->j",
            "bhid,bhjd->bhij",
            "...ij,...jk->...ik",
            "...i->...",
            "i...->...i",
            "ij,ij->ij",
            "abc,cd,de->abe",
            "ijk,k->ij",
            "bij,jk,bk->bi",
            "iij->ij",
            "ba,ab",
            "...a,...a->...a",
            "b...,b...->b...",
            "ij,kl->ijkl");
    for (int i = 0; i < 4 * equations.size(); i++) {
      String equation = equations.get(i % equations.size());
      Map<Integer, Long> sizes = new HashMap<>();
      ElementType type = real();
      NodeCase node = node(12);
      for (String term : equation.split("->", -1)[0].split(",", -1)) {
        long[] dims =
            term.replace("...", "xy")
                .chars()
                .mapToLong(c -> sizes.computeIfAbsent(c, k -> (long) tensors.from(1, 5)))
                .toArray();
        tensors.either(node, tensors.values(type, dims));
      }
      check(node, "Einsum", Map.of("equation", equation), type);
    }
    assertCompared(3 * equations.size());
  }

  @Test
  void resize() throws Exception {
    List<String> modes = List.of("nearest", "linear", "cubic");
    List<String> coordinates =
        List.of(
            "half_pixel",
            "pytorch_half_pixel",
            "align_corners",
            "asymmetric",
            "half_pixel_symmetric");
    List<String> nearest = List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
    for (int i = 0; i < 6 * MODELS; i++) {
      int version = new int[] {11, 13, 18, 19}[tensors.from(0, 3)];
      String mode = modes.get(tensors.from(0, 2));
      Map<String, Object> a = new HashMap<>();
      a.put("mode", mode);
      a.put(
          "coordinate_transformation_mode", coordinates.get(tensors.from(0, version < 19 ? 3 : 4)));
      if (mode.equals("nearest")) {
        a.put("nearest_mode", nearest.get(tensors.from(0, 3)));
      } else if (mode.equals("cubic")) {
        a.put("exclude_outside", tensors.from(0, 1));
      }
      long[] x = {tensors.from(1, 2), tensors.from(1, 3), tensors.from(2, 6), tensors.from(2, 6)};
      NodeCase node = node(version).input(tensors.values(ElementType.FLOAT, x));
      node.input(null);
      if (tensors.oneIn(2)) {
        double[] scales = {1, 1, tensors.oneIn(2) ? 2 : 0.5, tensors.from(1, 3)};
        x[2] += x[2] % 2;
        node = node(version).input(tensors.values(ElementType.FLOAT, x)).input(null);
        tensors.either(node, UniformTensors.of(ElementType.FLOAT, scales, 4));
      } else {
        node.constant(NdArray.of(new float[0], 0));
        long[] sizes = {x[0], x[1], tensors.from(1, 9), tensors.from(1, 9)};
        tensors.either(node, NdArray.of(sizes, 4));
      }
      check(node, "Resize", a, ElementType.FLOAT);
    }
    assertCompared(3 * MODELS);
  }

  @Test
  void oldResize() throws Exception {
    for (int i = 0; i < MODELS; i++) {
      boolean isUpsample = tensors.oneIn(2);
      long[] x = {1, tensors.from(1, 3), tensors.from(2, 6), tensors.from(2, 6)};
      double[] scales = {1, 1, tensors.from(1, 3), isUpsample || tensors.oneIn(2) ? 2 : 0.6};
      NodeCase node = node(isUpsample ? 9 : 10).input(tensors.values(ElementType.FLOAT, x));
      tensors.either(node, UniformTensors.of(ElementType.FLOAT, scales, 4));
      Map<String, Object> mode = Map.of("mode", tensors.oneIn(2) ? "nearest" : "linear");
      check(node, isUpsample ? "Upsample" : "Resize", mode, ElementType.FLOAT);
    }
    assertCompared(MODELS / 2);
  }

  @Test
  void spectra() throws Exception {
    for (int i = 0; i < MODELS; i++) {
      ElementType type = real();
      int parts = tensors.from(1, 2);
      int isOneSided = parts == 1 ? tensors.from(0, 1) : 0;
      NodeCase dft = node(17).input(tensors.values(type, 2, tensors.from(1, 33), 3, parts));
      check(dft, "DFT", Map.of("axis", tensors.from(1, 2), "onesided", isOneSided), type);
      int frame = tensors.from(2, 12);
      NodeCase stft = node(17).input(tensors.values(type, 2, 40, 1));
      tensors.either(stft, NdArray.of(new long[] {tensors.from(1, 9)}));
      stft.input(tensors.oneIn(2) ? tensors.values(type, frame) : null);
      tensors.either(stft, NdArray.of(new long[] {frame}));
      check(stft, "STFT", Map.of("onesided", tensors.from(0, 1)), type);
      for (String window : List.of("HannWindow", "HammingWindow", "BlackmanWindow")) {
        NodeCase node = node(17).input(NdArray.of(new long[] {tensors.from(2, 20)}));
        check(node, window, Map.of("periodic", tensors.from(0, 1)), ElementType.FLOAT);
      }
    }
    assertCompared(3 * MODELS);
  }

  @Test
  void norms() throws Exception {
    for (int i = 0; i < MODELS; i++) {
      ElementType type = real();
      long[] x = tensors.list(4, 1, 6);
      x[1] = 2 * x[1];
      NdArray values = tensors.values(type, x);
      Map<String, Object> axis = Map.of("axis", tensors.from(-4, 3));
      check(node(tensors.oneIn(2) ? 11 : 13).input(values), "Hardmax", axis, type);
      Map<String, Object> norm = Map.of("axis", tensors.from(-4, 3), "p", tensors.from(1, 2));
      check(node(13).input(values), "LpNormalization", norm, type);
      check(node(13).input(values), "MeanVarianceNormalization", Map.of(), type);
      NodeCase groups = node(21).input(values);
      tensors.either(groups, tensors.values(type, x[1]));
      tensors.either(groups, tensors.values(type, x[1]));
      check(groups, "GroupNormalization", Map.of("num_groups", 2), type);
      NodeCase root = node(23).input(values);
      tensors.either(root, tensors.values(type, x[3]));
      check(root, "RMSNormalization", Map.of(), type);
      check(node(9).input(values), "Shrink", Map.of("lambd", 0.3f, "bias", 0.1f), type);
      Map<String, Object> pool = Map.of("kernel_shape", new long[] {1, 1}, "p", tensors.from(1, 3));
      check(node(11).input(values), "LpPool", pool, type);
    }
    assertCompared(3 * MODELS);
  }

  @Test
  void moves() throws Exception {
    RandomTensors random = new RandomTensors(7);
    for (int i = 0; i < MODELS; i++) {
      NdArray deep =
          tensors.values(ElementType.FLOAT, 2, 8, tensors.from(1, 3), tensors.from(1, 3));
      Map<String, Object> mode = Map.of("blocksize", 2, "mode", tensors.oneIn(2) ? "DCR" : "CRD");
      check(node(13).input(deep), "DepthToSpace", mode, ElementType.FLOAT);
      NdArray wide = tensors.values(ElementType.FLOAT, 2, 3, 4, 2L * tensors.from(1, 3));
      check(node(13).input(wide), "SpaceToDepth", Map.of("blocksize", 2), ElementType.FLOAT);
      NdArray few = random.small(ElementType.INT64, 4, 3);
      Map<String, Object> a = new HashMap<>(Map.of("sorted", tensors.from(0, 1)));
      if (tensors.oneIn(2)) {
        a.put("axis", tensors.from(-2, 1));
      }
      ElementType[] results = new ElementType[4];
      Arrays.fill(results, ElementType.INT64);
      check(node(11).input(few), "Unique", a, results);
      NodeCase image = node(18).input(tensors.values(ElementType.FLOAT, 2, 3 * 4, 9));
      tensors.either(image, NdArray.of(new long[] {4, 4}, 2));
      tensors.either(image, NdArray.of(new long[] {2, 2}, 2));
      check(image, "Col2Im", Map.of(), ElementType.FLOAT);
    }
    assertCompared(2 * MODELS);
  }

  @Test
  void integerConvolutions() throws Exception {
    RandomTensors random = new RandomTensors(8);
    for (int i = 0; i < MODELS; i++) {
      int group = tensors.from(1, 2);
      NdArray x = random.small(ElementType.UINT8, 2, 2L * group, 6, 5);
      NdArray w = random.small(ElementType.UINT8, 2L * group, 2, 3, 2);
      Map<String, Object> a = Map.of("group", group, "pads", new long[] {1, 0, 0, 1});
      NodeCase node = node(10).input(x);
      tensors.either(node, w);
      NdArray zero = random.small(ElementType.UINT8);
      tensors.either(node, zero);
      tensors.either(node, random.small(ElementType.UINT8));
      check(node, "ConvInteger", a, ElementType.INT32);
      NodeCase codes = node(10).input(x).constant(scale(0.5f)).constant(zero).constant(w);
      codes.constant(scale(0.25f)).constant(random.small(ElementType.UINT8));
      codes.constant(scale(8)).constant(random.small(ElementType.UINT8));
      check(codes, "QLinearConv", a, ElementType.UINT8);
    }
    assertCompared(MODELS);
  }

  private static NdArray scale(float value) {
    return NdArray.of(new float[] {value});
  }

  @Test
  void randomNumbersAreTheSameInEverySession() {
    TinyModel model = new TinyModel(15);
    model.node(
        "RandomNormal", List.of(), List.of("y"), Map.of("shape", new long[] {2000}, "mean", 3f));
    model.node("RandomUniformLike", List.of("y"), List.of("z"), Map.of("seed", 7f));
    model.output("y");
    model.output("z");
    NdArray first = Oracle.actual(model, Map.of()).get("y");
    NdArray second = Oracle.actual(model, Map.of()).get("y");
    NdArray uniform = Oracle.actual(model, Map.of()).get("z");
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 2000; i++) {
      sum += first.real(i);
      squares += (first.real(i) - 3) * (first.real(i) - 3);
      assertTrue(first.real(i) == second.real(i));
      assertFalse(uniform.real(i) < 0 || uniform.real(i) >= 1);
    }
    assertTrue(Math.abs(sum / 2000 - 3) < 0.1, "mean " + sum / 2000);
    assertTrue(Math.abs(squares / 2000 - 1) < 0.15, "variance " + squares / 2000);
    assertArrayEquals(new long[] {2000}, uniform.shape());
  }
}
