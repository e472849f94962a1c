package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that are damaged or meant to harm: one clear exception each, no crash, no unbounded
/// memory.
class HostileModelsTest {
  private static final long MEMORY = 64 << 20;

  private static final ElementType FLOAT = ElementType.FLOAT;

  /// LSTM, shapes computed in the graph, convolution, a branch and a loop.
  private static TinyModel various() {
    TinyModel then = new TinyModel(17).node("Relu", "c", "t").output("t");
    TinyModel otherwise = new TinyModel(17).node("Neg", "c", "e").output("e");
    TinyModel body =
        new TinyModel(17)
            .input("i", ElementType.INT64)
            .input("go", ElementType.BOOL)
            .input("a", FLOAT, 1, 3, 2)
            .node("Add", "a s", "b")
            .node("Identity", "go", "go2")
            .node("Identity", "b", "scan")
            .output("go2", ElementType.BOOL)
            .output("b", FLOAT, 1, 3, 2)
            .output("scan", FLOAT, 1, 3, 2);
    return new TinyModel(17)
        .input("x", FLOAT, -1, 1, 2)
        .constant("W", ramp(24), 1, 12, 2)
        .constant("R", ramp(36), 1, 12, 3)
        .constant("K", ramp(12), 2, 3, 2)
        .longs("shape", 1, 3, -1)
        .longs("trips", 3)
        .longs("zero", 0)
        .constant("half", new float[] {0.5f})
        .node("LSTM", List.of("x", "W", "R"), List.of("y", "h"), Map.of("hidden_size", 3))
        .node("Reshape", "y shape", "r")
        .node("Conv", List.of("r", "K"), List.of("c"), Map.of("pads", new long[] {0, 1}))
        .node("Shape", "c", "cs")
        .node("Gather", "cs zero", "n")
        .node("ReduceSum", List.of("h"), List.of("sum"), Map.of("keepdims", 0))
        .node("Greater", "sum half", "big")
        .node(
            "If",
            List.of("big"),
            List.of("s0"),
            Map.of("then_branch", then.graph(), "else_branch", otherwise.graph()))
        .node("ReduceMean", List.of("s0"), List.of("s"), Map.of("keepdims", 0))
        .node(
            "Loop", List.of("trips", "", "r"), List.of("l", "scans"), Map.of("body", body.graph()))
        .output("l", FLOAT, 1, 3, 2)
        .output("scans", FLOAT, 3, 1, 3, 2)
        .output("n", ElementType.INT64, 1);
  }

  private static float[] ramp(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (i % 7 - 3) / 8f;
    }
    return values;
  }

  private static OnnxModel load(byte[] bytes) {
    return OnnxModel.builder()
        .memoryLimit(MEMORY)
        .loopLimit(1_000)
        .load(MemorySegment.ofArray(bytes));
  }

  /// Loads and runs; what fails must fail with a clear exception.
  ///
  /// @return whether it ran
  private static boolean survives(byte[] bytes) {
    try (OnnxModel model = load(bytes);
        OnnxSession session = model.newSession()) {
      for (OnnxValue input : model.inputs()) {
        long[] shape =
            input.shape().orElse(List.of()).stream()
                .mapToLong(dim -> dim.matches("\\d+") ? Math.min(8, Long.parseLong(dim)) : 2)
                .toArray();
        session.input(input.name(), shape);
      }
      session.run();
      model.outputs().forEach(output -> session.get(output.name()));
      return true;
    } catch (OnnxException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), "a message");
      return false;
    } catch (IllegalArgumentException e) { // an input that no shape of ours fits
      assertTrue(e.getMessage().contains("input '"), e::toString);
      return false;
    }
  }

  @Test
  void theModelItselfRuns() {
    assertTrue(survives(various().bytes()));
  }

  @Test
  void everyTruncationIsRefusedOrRuns() {
    byte[] bytes = various().bytes();
    for (int length = 0; length < bytes.length; length++) {
      survives(Arrays.copyOf(bytes, length));
    }
  }

  @Test
  void damagedBitsAreRefusedOrRun() {
    byte[] bytes = various().bytes();
    SplittableRandom random = new SplittableRandom(20);
    int ran = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] damaged = bytes.clone();
      int flips = 1 + random.nextInt(3);
      for (int f = 0; f < flips; f++) {
        damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        ran += survives(damaged) ? 1 : 0;
      } catch (Throwable e) {
        throw new AssertionError("damaged model " + i, e);
      }
    }
    assertTrue(ran > 1_000, ran + " ran");
  }

  @Test
  void cyclesAreRefused() {
    TinyModel model =
        new TinyModel(17)
            .input("x", FLOAT, 2)
            .node("Add", "x b", "a")
            .node("Neg", "a", "b")
            .output("b");
    assertRefused(model.bytes(), "reads 'b', which nothing before it gives");
  }

  @ParameterizedTest
  @ValueSource(longs = {-2, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 62, 1L << 32})
  void impossibleDimensionsAreRefused(long dim) {
    ModelProto.Builder model =
        new TinyModel(17).node("Neg", "k", "y").output("y").model().toBuilder();
    model
        .getGraphBuilder()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("k")
                .setDataType(1)
                .addDims(dim)
                .addDims(dim)
                .setRawData(ByteString.copyFrom(new byte[16])));
    OnnxException e =
        assertThrows(OnnxException.class, () -> load(model.build().toByteArray()).close());
    assertTrue(e.getMessage().contains(Long.toString(dim)), e::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside.bin", "/etc/passwd", "link.bin", "sub/../../outside.bin"})
  void externalDataStaysInTheFolder(String location, @TempDir Path root) throws IOException {
    Path folder = Files.createDirectories(root.resolve("model/sub")).getParent();
    Files.write(root.resolve("outside.bin"), new byte[16]);
    Files.createSymbolicLink(folder.resolve("link.bin"), root.resolve("outside.bin"));
    Path file = Files.write(folder.resolve("m.onnx"), external(location, "0"));
    OnnxException e = assertThrows(OnnxException.class, () -> OnnxModel.load(file).close());
    assertTrue(e.getMessage().contains("outside the model's folder"), e::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1", "9223372036854775807", "x"})
  void externalDataHasAPlaceInItsFile(String offset, @TempDir Path folder) throws IOException {
    Files.write(folder.resolve("data.bin"), new byte[16]);
    Path file = Files.write(folder.resolve("m.onnx"), external("data.bin", offset));
    assertThrows(OnnxException.class, () -> OnnxModel.load(file).close());
  }

  @Test
  void externalDataIsRead(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve("data.bin"), new byte[16]);
    Path file = Files.write(folder.resolve("m.onnx"), external("data.bin", "0"));
    try (OnnxModel model = OnnxModel.load(file);
        OnnxSession session = model.newSession()) {
      session.run();
      assertEquals("float[4]", session.get("y").toString());
    }
  }

  private static byte[] external(String location, String offset) {
    ModelProto.Builder model =
        new TinyModel(17).node("Neg", "k", "y").output("y").model().toBuilder();
    model
        .getGraphBuilder()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("k")
                .setDataType(1)
                .addDims(4)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", offset)));
    return model.build().toByteArray();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  /// Written from the inside out, as protobuf's own writer would overflow the stack.
  @ParameterizedTest
  @ValueSource(strings = {"If", "Loop"})
  void tenThousandLevelsAreRefused(String operator) throws IOException {
    byte[] graph = new byte[0];
    for (int level = 0; level < 10_000; level++) {
      byte[] attribute =
          field(
              20, new byte[0], field(1, "body".getBytes(StandardCharsets.UTF_8), field(6, graph)));
      byte[] node = field(4, operator.getBytes(StandardCharsets.UTF_8), field(5, attribute));
      graph = field(1, node);
    }
    byte[] model = field(7, graph);
    OnnxException e = assertThrows(OnnxException.class, () -> load(model).close());
    assertTrue(e.getMessage().contains("nest"), e::getMessage);
  }

  /// A length-delimited field, and what follows it.
  private static byte[] field(int number, byte[] content, byte[]... next) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    if (number == 20) { // an attribute's type, GRAPH
      out.writeInt32(20, 5);
    } else {
      out.writeByteArray(number, content);
    }
    out.flush();
    for (byte[] more : next) {
      bytes.write(more);
    }
    return bytes.toByteArray();
  }

  @Test
  void aLoopWithoutEndIsBounded() {
    TinyModel body =
        new TinyModel(17)
            .input("i", ElementType.INT64)
            .input("go", ElementType.BOOL)
            .input("a", FLOAT)
            .node("Identity", "go", "go2")
            .node("Identity", "a", "b")
            .output("go2", ElementType.BOOL)
            .output("b", FLOAT);
    TinyModel model =
        new TinyModel(17)
            .input("x", FLOAT)
            .node("Loop", List.of("", "", "x"), List.of("y"), Map.of("body", body.graph()))
            .output("y");
    assertRunFails(model, "loop", new float[1]);
  }

  @Test
  void memoryIsBounded() {
    TinyModel model =
        new TinyModel(17)
            .input("x", ElementType.INT64, 2)
            .node("ConstantOfShape", "x", "y")
            .output("y");
    try (OnnxModel loaded = load(model.bytes());
        OnnxSession session = loaded.newSession()) {
      session.set("x", new long[] {1 << 20, 1 << 20}, 2);
      OnnxException e = assertThrows(OnnxException.class, session::run);
      assertTrue(e.getMessage().contains("limit"), e::getMessage);
      session.set("x", new long[] {2, 3}, 2); // the session is usable as before
      session.run();
      assertEquals(NdArray.of(new float[6], 2, 3), session.get("y"));
    }
  }

  @Test
  void everythingThatIsNotSupportedIsListedAtOnce() {
    TinyModel model =
        new TinyModel(17)
            .input("x", FLOAT, 2)
            .node("Nonsense", "x", "a")
            .node("Relu", List.of("x"), List.of("b"), Map.of("strange", 1))
            .node("NonMaxSuppression", List.of("x", "x"), List.of("c"), Map.of())
            .node("LSTM", List.of("x", "x", "x"), List.of("d"), Map.of("direction", "up"))
            .output("a");
    OnnxException e = assertThrows(OnnxException.class, () -> load(model.bytes()).close());
    for (String part :
        List.of(
            "'Nonsense_0' (Nonsense)",
            "strange",
            "NonMaxSuppression_2",
            "LSTM_3",
            "direction",
            "up")) {
      assertTrue(e.getMessage().contains(part), e::getMessage);
    }
  }

  @Test
  void dataThatAreMissingAreOneLine(@TempDir Path folder) throws IOException {
    ModelProto.Builder model = ModelProto.newBuilder().mergeFrom(external("weights.bin", "0"));
    TensorProto first = model.getGraph().getInitializer(0);
    model.getGraphBuilder().addInitializer(first.toBuilder().setName("other"));
    Path file = Files.write(folder.resolve("m.onnx"), model.build().toByteArray());
    OnnxException e = assertThrows(OnnxException.class, () -> OnnxModel.load(file).close());
    assertEquals(
        file
            + " cannot be run: the model's data lie in 'weights.bin', which is missing: it belongs"
            + " into "
            + folder,
        e.getMessage());
  }

  @Test
  void filesOfOtherKindsAreNamed() {
    assertRefused("<!doctype html>".getBytes(StandardCharsets.UTF_8), "model is no ONNX model: it");
  }

  /// The window reaches over far more padding than there are elements.
  @ParameterizedTest
  @ValueSource(strings = {"MaxPool", "AveragePool"})
  void windowsThatAreMostlyPaddingEnd(String pool) {
    long huge = 1_600_000_000_000L;
    Map<String, Object> attributes =
        Map.of(
            "kernel_shape",
            new long[] {huge},
            "pads",
            new long[] {huge - 1, huge - 1},
            "strides",
            new long[] {huge / 4},
            pool.equals("MaxPool") ? "storage_order" : "count_include_pad",
            1);
    TinyModel model = new TinyModel(17).input("x", FLOAT, 1, 1, 5);
    model.node(pool, List.of("x"), List.of("y"), attributes).output("y");
    try (OnnxModel loaded = load(model.bytes());
        OnnxSession session = loaded.newSession()) {
      session.set("x", new float[] {1, 2, 3, 4, 5}, 1, 1, 5);
      session.run();
      double expected = pool.equals("MaxPool") ? 5 : 15.0 / huge;
      assertEquals(expected, session.get("y").real(1), 1e-6 * expected);
    }
  }

  /// No element, but a trillion rows of them.
  @ParameterizedTest
  @ValueSource(
      strings = {"Neg", "Softmax", "Transpose", "CumSum", "Add", "MatMul", "Concat", "Gather"})
  void whatHasNoElementsEnds(String operator) {
    long huge = 1_000_000_000_000L;
    String second =
        switch (operator) {
          case "CumSum" -> " zero";
          case "Add", "Concat" -> " x";
          case "MatMul" -> " w";
          case "Gather" -> " places";
          default -> "";
        };
    Map<String, Object> attributes =
        operator.equals("Concat") || operator.equals("Gather") ? Map.of("axis", 1) : Map.of();
    TinyModel model =
        new TinyModel(17)
            .input("dims", ElementType.INT64, 3)
            .constant("zero", NdArray.of(new long[1]))
            .constant("w", new float[6], 2, 3)
            .longs("places")
            .node("ConstantOfShape", "dims", "x")
            .node(operator, List.of(("x" + second).split(" ", -1)), List.of("y"), attributes)
            .output("y");
    try (OnnxModel loaded = load(model.bytes());
        OnnxSession session = loaded.newSession()) {
      session.set("dims", new long[] {huge, 0, 2}, 3);
      session.run();
      assertEquals(0, session.get("y").size());
    }
  }

  @Test
  void inputsThatAnOperatorDoesNotHaveAreRefused() {
    TinyModel model = new TinyModel(17).input("x", FLOAT, 2, 3);
    model.node("LogSoftmax", List.of("x", "x", "x"), List.of("y"), Map.of()).output("y");
    assertRefused(model.bytes(), "'LogSoftmax_0' (LogSoftmax): input 1 is none of the operator's");
  }

  /// In these sets the shape is an attribute, or there was no such operator.
  @Test
  void aShapeThatNothingDecidesIsRefused() {
    TinyModel reshape = new TinyModel(1).input("x", FLOAT, 2, 3);
    assertRefused(reshape.node("Reshape", "x", "y").output("y").bytes(), "shape is missing");
    TinyModel filled = new TinyModel(7).input("x", ElementType.INT64, 2);
    assertRefused(filled.node("ConstantOfShape", "x", "y").output("y").bytes(), "input is missing");
  }

  @Test
  void dimensionsHaveTheFilesNames() {
    ModelProto.Builder model =
        new TinyModel(17)
                .input("x", FLOAT, -1, -2, 3)
                .input("h", FLOAT, -2, 4)
                .constant("W", new float[48], 1, 16, 3)
                .constant("R", new float[64], 1, 16, 4)
                .node(
                    "LSTM",
                    List.of("x", "W", "R", "", "", "h"),
                    List.of("y"),
                    Map.of("hidden_size", 4))
                .output("y")
                .model()
                .toBuilder();
    assertRefused(
        model.build().toByteArray(),
        "input initial_h has shape [d2, 4], expected [1, d2, 4] (D, N, H)");
  }

  private static void assertRefused(byte[] bytes, String part) {
    OnnxException e = assertThrows(OnnxException.class, () -> load(bytes).close());
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }

  private static void assertRunFails(TinyModel model, String part, float[] x, long... shape) {
    try (OnnxModel loaded = load(model.bytes());
        OnnxSession session = loaded.newSession()) {
      session.set("x", x, shape);
      session.run();
      fail("it ran");
    } catch (OnnxException e) {
      assertTrue(e.getMessage().contains(part), e::getMessage);
    }
  }
}
