package io.kioku.internal.onnx.op.composed;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.NodeCase;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Random attention: the numbers of ONNX Runtime.
class AttentionOperatorsTest {
  private static final double TOLERANCE = 1e-5;
  private static final ElementType FLOAT = ElementType.FLOAT;

  private final UniformTensors tensors = new UniformTensors(3);

  private NdArray mask(long... dims) {
    long size = 1;
    for (long dim : dims) {
      size *= dim;
    }
    byte[] bits = new byte[Math.toIntExact(size)];
    for (int i = 0; i < bits.length; i++) {
      // the first place is kept: what is masked all over is not specified
      bits[i] = (byte) (i % dims[dims.length - 1] == 0 || tensors.oneIn(2) ? 1 : 0);
    }
    return NdArray.copyOf(ElementType.BOOL, MemorySegment.ofArray(bits), dims);
  }

  @Test
  void onnxAttentionAgreesWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 120; i++) {
      if (attention(23 + tensors.from(0, 1)).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 90, compared + " compared");
  }

  private NodeCase attention(int version) {
    long n = tensors.from(1, 2);
    long shared = tensors.from(1, 3);
    long heads = shared * (tensors.oneIn(2) ? 1 : 2);
    long t = tensors.from(1, 6);
    long s = tensors.from(1, 7);
    long past = tensors.oneIn(3) ? tensors.from(1, 4) : 0;
    long size = 8;
    long values = tensors.oneIn(3) ? 4 : size;
    boolean isMerged = tensors.oneIn(2);
    NodeCase node = new NodeCase(version);
    if (tensors.oneIn(2)) {
      node.open();
    }
    Map<String, Object> attributes = new HashMap<>();
    if (isMerged) {
      node.input(tensors.values(FLOAT, n, t, heads * size));
      node.input(tensors.values(FLOAT, n, s, shared * size));
      node.input(tensors.values(FLOAT, n, s, shared * values));
      attributes.put("q_num_heads", heads);
      attributes.put("kv_num_heads", shared);
    } else {
      node.input(tensors.values(FLOAT, n, heads, t, size));
      node.input(tensors.values(FLOAT, n, shared, s, size));
      node.input(tensors.values(FLOAT, n, shared, s, values));
    }
    long all = past + s;
    long[][] masks = {{t, all}, {1, 1, t, all}, {n, 1, t, all}, {n, heads, t, all}};
    long[] mask = masks[tensors.from(0, 3)];
    switch (tensors.from(0, 2)) {
      case 0 -> node.input(mask(mask));
      case 1 -> node.input(tensors.values(FLOAT, mask));
      default -> node.input(null);
    }
    if (past > 0) {
      node.input(tensors.values(FLOAT, n, shared, past, size));
      node.input(tensors.values(FLOAT, n, shared, past, values));
    }
    // ONNX Runtime counts from the end where K has more new places than Q
    if ((past == 0 || t == s) && tensors.oneIn(3)) {
      attributes.put("is_causal", 1);
    }
    if (tensors.oneIn(3)) {
      attributes.put("scale", 0.2f);
    }
    if (tensors.oneIn(3)) {
      attributes.put("softcap", 0.5f);
    }
    return past > 0
        ? node.node("Attention", attributes, FLOAT, FLOAT, FLOAT)
        : node.node("Attention", attributes, FLOAT);
  }

  @Test
  void packedAttentionAgreesWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 60; i++) {
      long n = tensors.from(1, 3);
      long t = tensors.from(2, 6);
      long heads = tensors.from(1, 3);
      long hidden = heads * 4;
      NodeCase node = new NodeCase(17).input(tensors.values(FLOAT, n, t, 10));
      tensors.either(node, tensors.values(FLOAT, 10, 3 * hidden));
      tensors.either(node, tensors.values(FLOAT, 3 * hidden));
      node.input(kept(n, t));
      if (tensors.oneIn(3)) {
        node.input(null).input(tensors.values(FLOAT, n, heads, t, t));
      }
      Map<String, Object> attributes = new HashMap<>(Map.of("num_heads", heads));
      attributes.put("unidirectional", tensors.from(0, 1));
      if (node.node("com.microsoft.Attention", attributes, FLOAT).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 40, compared + " compared");
  }

  /// A mask of lengths, of a number for each place, or none.
  private NdArray kept(long n, long t) {
    int count = Math.toIntExact(n);
    int places = Math.toIntExact(t);
    return switch (tensors.from(0, 2)) {
      case 0 -> {
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
          lengths[i] = tensors.from(1, places);
        }
        yield NdArray.copyOf(ElementType.INT32, MemorySegment.ofArray(lengths), n);
      }
      case 1 -> {
        int[] ones = new int[count * places];
        for (int i = 0; i < ones.length; i++) {
          ones[i] = i % places == 0 || tensors.oneIn(2) ? 1 : 0;
        }
        yield NdArray.copyOf(ElementType.INT32, MemorySegment.ofArray(ones), n, t);
      }
      default -> null;
    };
  }

  @Test
  void multiHeadAttentionAgreesWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 60; i++) {
      long n = tensors.from(1, 3);
      long t = tensors.from(1, 6);
      long s = tensors.oneIn(2) ? t : tensors.from(1, 6);
      long heads = tensors.from(1, 3);
      long hidden = heads * 8;
      NodeCase node = new NodeCase(17).input(tensors.values(FLOAT, n, t, hidden));
      node.input(tensors.values(FLOAT, n, s, hidden)).input(tensors.values(FLOAT, n, s, hidden));
      node.input(tensors.oneIn(2) ? tensors.values(FLOAT, 3 * hidden) : null);
      node.input(kept(n, s));
      if (tensors.oneIn(3)) {
        node.input(tensors.values(FLOAT, tensors.oneIn(2) ? n : 1, heads, t, s));
      }
      Map<String, Object> attributes = new HashMap<>(Map.of("num_heads", heads));
      if (t == s && tensors.oneIn(3)) {
        attributes.put("unidirectional", 1);
      }
      if (node.node("com.microsoft.MultiHeadAttention", attributes, FLOAT).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 40, compared + " compared");
  }

  @Test
  void rotaryEmbeddingAgreesWithOnnxRuntime() throws Exception {
    int compared = 0;
    for (int i = 0; i < 60; i++) {
      long n = tensors.from(1, 3);
      long t = tensors.from(1, 6);
      long heads = tensors.from(1, 3);
      long part = tensors.oneIn(3) ? 4 : 0;
      long half = part > 0 ? part / 2 : 4;
      boolean isMerged = tensors.oneIn(2);
      Map<String, Object> attributes = new HashMap<>();
      attributes.put("interleaved", tensors.from(0, 1));
      attributes.put("rotary_embedding_dim", part);
      if (isMerged || part > 0) {
        attributes.put("num_heads", heads);
      }
      NodeCase node = new NodeCase(23);
      node.input(
          isMerged
              ? tensors.values(FLOAT, n, t, heads * 8)
              : tensors.values(FLOAT, n, heads, t, 8));
      boolean hasPlaces = tensors.oneIn(2);
      long[] cache = hasPlaces ? new long[] {10, half} : new long[] {n, t, half};
      node.input(tensors.values(FLOAT, cache)).input(tensors.values(FLOAT, cache));
      if (hasPlaces) {
        node.input(NdArray.of(tensors.list(Math.toIntExact(n * t), 0, 9), n, t));
      }
      if (node.node("RotaryEmbedding", attributes, FLOAT).check(TOLERANCE)) {
        compared++;
      }
    }
    assertTrue(compared > 40, compared + " compared");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    TinyModel heads = new TinyModel(23).input("x", FLOAT, 1, 3, 8);
    heads.node("Attention", "x x x", "y").output("y");
    assertThrows(OnnxException.class, heads::load);
    TinyModel past = new TinyModel(23).input("x", FLOAT, 1, 2, 3, 8);
    past.node("Attention", List.of("x", "x", "x", "", "x"), List.of("y"), Map.of()).output("y");
    assertThrows(OnnxException.class, past::load);
    TinyModel sharing = new TinyModel(23).input("q", FLOAT, 1, 3, 2, 8);
    sharing.input("k", FLOAT, 1, 2, 2, 8).node("Attention", "q k k", "y").output("y");
    assertThrows(OnnxException.class, sharing::load);
  }
}
