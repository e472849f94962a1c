package io.kioku.internal.onnx.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UninitializedMessageException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The wire format: what is read is what protobuf's own reader reads, and what is damaged is said
/// to be.
class WireTest {
  /// What protobuf's reader lets pass: fields of another type than they should have, which it takes
  /// for unknown ones, tags and lengths of more than 32 bits, and a last number of too many bytes.
  private static final String STRICTER =
      ".* has wire type [0-5]|there is no field.*|.*10 bytes|.* has \\d{10,} bytes, .*";

  private static Wire wire(int... bytes) throws WireException {
    return Wire.of(MemorySegment.ofArray(bytes(bytes)));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /// A field of a length and its bytes, both shorter than 128.
  private static byte[] field(int number, byte[] content) {
    return join(bytes(number << 3 | 2, content.length), content);
  }

  private static void refuses(String part, int... bytes) {
    WireException e =
        assertThrows(
            WireException.class,
            () -> {
              Wire wire = wire(bytes);
              while (wire.next()) {
                wire.skip();
              }
            });
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }

  @Test
  void numbersHaveUpToTenBytes() throws WireException {
    Wire wire = wire(8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 8, 0x96, 1);
    assertTrue(wire.next());
    assertEquals(-1, wire.whole());
    assertTrue(wire.next());
    assertEquals(150, wire.whole());
    assertFalse(wire.next());
    refuses("10 bytes", 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
    refuses("cut off", 8, 0x80);
  }

  @Test
  void whatEndsTooEarlyIsRefused() {
    refuses("field 1 has 5 bytes, there are 2 left", 10, 5, 0, 0);
    refuses("field 1 has 4 bytes, there are 3 left", 13, 0, 0, 0);
    refuses("field 1 has 8 bytes, there are 3 left", 9, 0, 0, 0);
    refuses(
        "field 1 has 18446744073709551615 bytes",
        10,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        1);
    refuses("cut off", 0x80);
    refuses("cut off", 8);
  }

  @Test
  void fieldsHaveNumbers() {
    refuses("no field 0", 2, 0);
    refuses("no field", 0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0);
    refuses("wire type 6", 14);
    refuses("wire type 7", 15);
  }

  /// 11 and 12 begin and end group 1, 19 and 20 group 2.
  @Test
  void groupsArePassedOver() throws WireException {
    Wire wire = wire(11, 8, 1, 19, 10, 1, 0, 20, 12, 8, 7);
    assertTrue(wire.next());
    wire.skip();
    assertTrue(wire.next());
    assertEquals(7, wire.whole());
    refuses("group 1 ends as group 2", 11, 20);
    refuses("has not begun", 12);
    refuses("cut off", 11, 8, 1);
    int[] deep = new int[1_000_000];
    Arrays.fill(deep, 11);
    refuses("deeper than 100", deep);
  }

  @Test
  void listsArePackedOrNotOrBoth() throws WireException {
    TensorMessage tensor =
        TensorMessage.read(
            MemorySegment.ofArray(
                join(
                    bytes(8, 2),
                    field(1, bytes(3, 0x96, 1)),
                    bytes(8, 4),
                    bytes(0x25, 0, 0, 0x80, 0x3F),
                    field(4, bytes(0, 0, 0, 0x40, 0, 0, 0x40, 0x40)))));
    assertArrayEquals(new long[] {2, 3, 150, 4}, tensor.dims());
    assertArrayEquals(new float[] {1, 2, 3}, floats(tensor.floats()));
    assertThrows(
        WireException.class,
        () -> TensorMessage.read(MemorySegment.ofArray(field(4, bytes(1, 2, 3)))));
  }

  private static float[] floats(MemorySegment bytes) {
    return bytes.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  /// Tensors are slices of the file, also those in lists.
  @Test
  void tensorsAreNotCopied() throws WireException {
    MemorySegment file =
        MemorySegment.ofArray(
            join(field(9, new byte[8]), field(4, new byte[8]), field(8, bytes())));
    TensorMessage tensor = TensorMessage.read(file);
    assertEquals(file.asSlice(2, 8), tensor.raw());
    assertEquals(file.asSlice(12, 8), tensor.floats());
  }

  /// As protobuf merges them: of single values the last one counts, lists go on, messages are
  /// merged in turn.
  @Test
  void messagesInPartsAreOne() throws Exception {
    ModelProto first =
        ModelProto.newBuilder()
            .setProducerName("a")
            .setGraph(GraphProto.newBuilder().setName("g").addNode(node("x", 1)))
            .build();
    ModelProto second =
        ModelProto.newBuilder()
            .setProducerName("b")
            .setGraph(GraphProto.newBuilder().addNode(node("y", 2)).addOutput(value()))
            .build();
    byte[] both = join(first.toByteArray(), second.toByteArray());
    ModelMessage model = ModelMessage.read(MemorySegment.ofArray(both));
    assertEquals("b", model.producerName());
    assertEquals("g", model.graph().name());
    assertEquals(2, model.graph().nodes().size());
    assertEquals(text(ModelProto.parseFrom(both)), text(model));
  }

  @Test
  void theLastKindOfAValueCounts() throws WireException {
    byte[] tensor = field(1, bytes(8, 1));
    byte[] shape = field(1, field(2, field(1, bytes(8, 5))));
    byte[] sequence = field(4, field(1, tensor));
    TypeMessage merged = TypeMessage.read(Wire.of(MemorySegment.ofArray(join(tensor, shape))));
    assertEquals(1, merged.dataType());
    assertEquals(5, merged.dims().getFirst().size());
    TypeMessage last =
        TypeMessage.read(Wire.of(MemorySegment.ofArray(join(tensor, sequence, shape))));
    assertEquals(TypeMessage.Kind.TENSOR, last.kind());
    assertEquals(0, last.dataType(), "of the first nothing is left");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 4095, 4096, 4097, 10_000, 100_000})
  void textsMayBeLong(int length) throws WireException {
    String text = "é".repeat(length);
    ModelProto model = ModelProto.newBuilder().setDocString("doc").setProducerName(text).build();
    byte[] bytes = model.toByteArray();
    assertEquals(text, ModelMessage.read(MemorySegment.ofArray(bytes)).producerName());
  }

  /// Against protobuf: models, and what is left when they are damaged.
  @Test
  void readsWhatProtobufReads() {
    byte[] whole = model().toByteArray();
    SplittableRandom random = new SplittableRandom(7);
    int same = 0;
    int refused = 0;
    for (int k = 0; k < 200_000; k++) {
      byte[] bytes = k == 0 ? whole : damaged(whole, random);
      String expected = null;
      try {
        expected = text(ModelProto.parseFrom(bytes));
      } catch (InvalidProtocolBufferException | UninitializedMessageException e) {
        refused++;
      }
      String actual = null;
      String problem = "";
      try {
        actual = text(ModelMessage.read(MemorySegment.ofArray(bytes)));
      } catch (WireException e) {
        problem = e.getMessage();
      }
      if (actual == null) {
        assertTrue(expected == null || problem.matches(STRICTER), problem + " in model " + k);
      } else if (expected != null) {
        assertEquals(expected, actual, "model " + k);
        same++;
      }
    }
    assertTrue(same > 20_000, same + " were the same");
    assertTrue(refused > 20_000, refused + " were refused");
  }

  private static byte[] damaged(byte[] whole, SplittableRandom random) {
    byte[] bytes = whole.clone();
    for (int edits = random.nextInt(3); edits >= 0; edits--) {
      int at = random.nextInt(bytes.length);
      int other = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> { // some bytes once more
          byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 1 + other % 40));
          bytes =
              join(
                  Arrays.copyOf(bytes, other),
                  part,
                  Arrays.copyOfRange(bytes, other, bytes.length));
        }
        default -> { // without some
          int end = Math.min(bytes.length, at + 1 + other % 20);
          bytes =
              join(
                  Arrays.copyOf(bytes, at),
                  Arrays.copyOfRange(bytes, end, bytes.length),
                  new byte[1]);
          bytes = Arrays.copyOf(bytes, bytes.length - 1);
        }
      }
      if (bytes.length == 0) {
        return whole;
      }
    }
    return bytes;
  }

  private static ModelProto model() {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("tést")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1))
        .addMetadataProps(OnnxMl.StringStringEntryProto.newBuilder().setKey("k").setValue("v"))
        .setGraph(
            GraphProto.newBuilder()
                .setName("g")
                .addNode(node("n", 3))
                .addInput(value())
                .addOutput(ValueInfoProto.newBuilder().setName("y"))
                .addInitializer(tensor()))
        .build();
  }

  private static NodeProto.Builder node(String name, int number) {
    return NodeProto.newBuilder()
        .setName(name)
        .setOpType("LSTM")
        .setDomain("ai.onnx")
        .addInput("x")
        .addInput("")
        .addOutput("y")
        .addAttribute(attribute("i", AttributeProto.AttributeType.INT).setI(number))
        .addAttribute(attribute("f", AttributeProto.AttributeType.FLOAT).setF(0.5f))
        .addAttribute(
            attribute("s", AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8("up")))
        .addAttribute(attribute("t", AttributeProto.AttributeType.TENSOR).setT(tensor()))
        .addAttribute(
            attribute("g", AttributeProto.AttributeType.GRAPH)
                .setG(GraphProto.newBuilder().setName("inner").addNode(NodeProto.newBuilder())))
        .addAttribute(
            attribute("fs", AttributeProto.AttributeType.FLOATS).addFloats(1).addFloats(-2))
        .addAttribute(attribute("is", AttributeProto.AttributeType.INTS).addInts(1).addInts(-2))
        .addAttribute(
            attribute("ss", AttributeProto.AttributeType.STRINGS)
                .addStrings(ByteString.copyFromUtf8("a")));
  }

  private static AttributeProto.Builder attribute(String name, AttributeProto.AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }

  private static TensorProto.Builder tensor() {
    return TensorProto.newBuilder()
        .setName("w")
        .addDims(2)
        .addDims(1)
        .setDataType(1)
        .addFloatData(1.5f)
        .addFloatData(2.5f)
        .addDoubleData(3.5)
        .addInt32Data(-7)
        .addInt64Data(Long.MIN_VALUE)
        .addUint64Data(-1)
        .setRawData(ByteString.copyFrom(new byte[] {1, 2, 3, 4}));
  }

  private static ValueInfoProto.Builder value() {
    OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimParam("batch");
    shape.addDimBuilder().setDimValue(512);
    return ValueInfoProto.newBuilder()
        .setName("x")
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)));
  }

  // ---- both as one text

  private static String text(ModelProto model) {
    StringBuilder out = new StringBuilder();
    out.append(model.getIrVersion()).append(' ').append(model.getProducerName()).append(' ');
    out.append(model.getProducerVersion()).append('\n');
    model
        .getOpsetImportList()
        .forEach(
            set -> out.append(set.getDomain()).append(' ').append(set.getVersion()).append('\n'));
    if (model.hasGraph()) {
      graph(model.getGraph(), out);
    }
    return out.toString();
  }

  private static void graph(GraphProto graph, StringBuilder out) {
    out.append("graph ").append(graph.getName()).append('\n');
    for (NodeProto node : graph.getNodeList()) {
      out.append(
          "node %s %s %s %s %s\n"
              .formatted(
                  node.getName(),
                  node.getDomain(),
                  node.getOpType(),
                  node.getInputList(),
                  node.getOutputList()));
      for (AttributeProto a : node.getAttributeList()) {
        out.append(
            "%s %s %s %s %s %s %s\n"
                .formatted(
                    a.getName(),
                    a.getRefAttrName(),
                    Float.floatToRawIntBits(a.getF()),
                    a.getI(),
                    a.getS().toString(StandardCharsets.UTF_8),
                    a.getFloatsList().stream().map(Float::floatToRawIntBits).toList(),
                    a.getIntsList()));
        a.getStringsList()
            .forEach(s -> out.append(s.toString(StandardCharsets.UTF_8)).append('\n'));
        if (a.hasT()) {
          tensor(a.getT(), out);
        }
        if (a.hasG()) {
          graph(a.getG(), out);
        }
      }
    }
    graph.getInitializerList().forEach(t -> tensor(t, out));
    graph.getInputList().forEach(v -> value(v, out));
    graph.getOutputList().forEach(v -> value(v, out));
  }

  private static void tensor(TensorProto t, StringBuilder out) {
    out.append(
        "tensor %s %s %s %s %s %s %s %s %s\n"
            .formatted(
                t.getName(),
                t.getDimsList(),
                t.getDataType(),
                t.getFloatDataList().stream().map(Float::floatToRawIntBits).toList(),
                t.getDoubleDataList().stream().map(Double::doubleToRawLongBits).toList(),
                t.getInt32DataList(),
                t.getInt64DataList(),
                t.getUint64DataList(),
                t.hasRawData() ? Arrays.toString(t.getRawData().toByteArray()) : "none"));
  }

  private static void value(ValueInfoProto v, StringBuilder out) {
    out.append("value ").append(v.getName());
    if (v.getType().hasTensorType()) {
      TypeProto.Tensor tensor = v.getType().getTensorType();
      out.append(' ').append(tensor.getElemType());
      if (tensor.hasShape()) {
        tensor
            .getShape()
            .getDimList()
            .forEach(
                d -> out.append(' ').append(d.hasDimValue() ? d.getDimValue() : d.getDimParam()));
        out.append(';');
      }
    }
    out.append('\n');
  }

  private static String text(ModelMessage model) {
    StringBuilder out = new StringBuilder();
    out.append(model.irVersion()).append(' ').append(model.producerName()).append(' ');
    out.append(model.producerVersion()).append('\n');
    model
        .operatorSets()
        .forEach(set -> out.append(set.domain()).append(' ').append(set.version()).append('\n'));
    if (model.graph() != null) {
      graph(model.graph(), out);
    }
    return out.toString();
  }

  private static void graph(GraphMessage graph, StringBuilder out) {
    out.append("graph ").append(graph.name()).append('\n');
    for (NodeMessage node : graph.nodes()) {
      out.append(
          "node %s %s %s %s %s\n"
              .formatted(
                  node.name(), node.domain(), node.operator(), node.inputs(), node.outputs()));
      for (AttributeMessage a : node.attributes()) {
        List<Integer> reals = new java.util.ArrayList<>();
        for (float real : a.reals()) {
          reals.add(Float.floatToRawIntBits(real));
        }
        out.append(
            "%s %s %s %s %s %s %s\n"
                .formatted(
                    a.name(),
                    a.reference(),
                    Float.floatToRawIntBits(a.real()),
                    a.whole(),
                    a.text(),
                    reals,
                    Arrays.toString(a.wholes())));
        a.texts().forEach(s -> out.append(s).append('\n'));
        if (a.tensor() != null) {
          tensor(a.tensor(), out);
        }
        if (a.graph() != null) {
          graph(a.graph(), out);
        }
      }
    }
    graph.initializers().forEach(t -> tensor(t, out));
    graph.inputs().forEach(v -> value(v, out));
    graph.outputs().forEach(v -> value(v, out));
  }

  private static void tensor(TensorMessage t, StringBuilder out) {
    ValueLayout.OfInt ints = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfLong longs = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    out.append(
        "tensor %s %s %s %s %s %s %s %s %s\n"
            .formatted(
                t.name(),
                Arrays.toString(t.dims()),
                t.dataType(),
                Arrays.toString(t.floats().toArray(ints)),
                Arrays.toString(t.doubles().toArray(longs)),
                Arrays.toString(LongStream.of(t.ints()).map(i -> (int) i).toArray()),
                Arrays.toString(t.longs()),
                Arrays.toString(t.unsignedLongs()),
                t.raw() == null
                    ? "none"
                    : Arrays.toString(t.raw().toArray(ValueLayout.JAVA_BYTE))));
  }

  private static void value(ValueMessage v, StringBuilder out) {
    out.append("value ").append(v.name());
    if (v.type().kind() == TypeMessage.Kind.TENSOR) {
      out.append(' ').append(v.type().dataType());
      if (v.type().dims() != null) {
        v.type()
            .dims()
            .forEach(d -> out.append(' ').append(d.name() == null ? d.size() : d.name()));
        out.append(';');
      }
    }
    out.append('\n');
  }
}
