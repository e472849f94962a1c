package io.kioku.internal.onnx.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import io.kioku.format.ElementType;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.TinyModel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A model's own functions: each call is the function's nodes.
class FunctionsTest {
  private static final String DOMAIN = "own";

  private static NodeProto.Builder node(String operator, String input, String output) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(List.of(input.split(" ", -1)))
        .addOutput(output);
  }

  private static AttributeProto real(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  private static AttributeProto reference(String name, String of) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setRefAttrName(of)
        .build();
  }

  private static FunctionProto.Builder function(String name, String inputs, String output) {
    return FunctionProto.newBuilder()
        .setDomain(DOMAIN)
        .setName(name)
        .addAllInput(List.of(inputs.split(" ", -1)))
        .addOutput(output)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(DOMAIN).setVersion(1));
  }

  private static byte[] model(TinyModel graph, FunctionProto.Builder... functions) {
    ModelProto.Builder model =
        graph.model().toBuilder()
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(DOMAIN).setVersion(1));
    for (FunctionProto.Builder function : functions) {
      model.addFunctions(function);
    }
    return model.build().toByteArray();
  }

  private static float[] run(byte[] bytes, float... x) {
    try (OnnxModel model = OnnxModel.builder().load(MemorySegment.ofArray(bytes));
        OnnxSession session = model.newSession()) {
      session.set("x", x, x.length);
      session.run();
      return session.floats("y");
    }
  }

  private static TinyModel graph() {
    return new TinyModel(17).input("x", ElementType.FLOAT, -1).output("y");
  }

  /// Two calls, each with temporaries of its own; an attribute that is given, and one by default.
  @Test
  void callsHaveNamesAndAttributesOfTheirOwn() {
    FunctionProto.Builder leaky =
        function("Leaky", "a", "r")
            .addAttributeProto(real("slope", 0.5f))
            .addNode(node("LeakyRelu", "a", "t").addAttribute(reference("alpha", "slope")))
            .addNode(node("Add", "t t", "r"));
    TinyModel graph =
        graph()
            .node(DOMAIN, "Leaky", List.of("x"), List.of("m"), Map.of())
            .node(DOMAIN, "Leaky", List.of("m"), List.of("y"), Map.of("slope", 0.25f));
    assertArrayEquals(new float[] {4, -0.5f}, run(model(graph, leaky), 1, -1));
  }

  /// A function in a function, whose branches read the caller's values, and an input left out.
  @Test
  void functionsCallFunctionsAndTheirBranchesReadTheirValues() {
    FunctionProto.Builder inner =
        function("Clamp", "v low", "w").addNode(node("Clip", "v low", "w"));
    AttributeProto.Builder then =
        AttributeProto.newBuilder()
            .setName("then_branch")
            .setType(AttributeProto.AttributeType.GRAPH)
            .setG(new TinyModel(17).node("Neg", "c", "t").output("t").graph());
    AttributeProto.Builder otherwise =
        AttributeProto.newBuilder()
            .setName("else_branch")
            .setType(AttributeProto.AttributeType.GRAPH)
            .setG(new TinyModel(17).node("Add", "c c", "t").output("t").graph());
    FunctionProto.Builder outer =
        function("Outer", "a", "r")
            .addNode(node("Clamp", "a", "c").setDomain(DOMAIN))
            .addNode(node("ReduceSum", "c", "s").addAttribute(keepdims()))
            .addNode(node("Cast", "s", "b").addAttribute(toBool()))
            .addNode(node("If", "b", "r").addAttribute(then).addAttribute(otherwise));
    byte[] bytes =
        model(graph().node(DOMAIN, "Outer", List.of("x"), List.of("y"), Map.of()), inner, outer);
    assertArrayEquals(new float[] {-1, -2}, run(bytes, 1, 2));
    assertArrayEquals(new float[] {2, -2}, run(bytes, 1, -1));
  }

  private static AttributeProto keepdims() {
    return AttributeProto.newBuilder()
        .setName("keepdims")
        .setType(AttributeProto.AttributeType.INT)
        .setI(0)
        .build();
  }

  private static AttributeProto toBool() {
    return AttributeProto.newBuilder()
        .setName("to")
        .setType(AttributeProto.AttributeType.INT)
        .setI(ElementType.BOOL.code())
        .build();
  }

  @Test
  void functionsThatCallThemselvesAreRefused() {
    FunctionProto.Builder twice =
        function("Twice", "a", "r")
            .addNode(node("Twice", "a", "t").setDomain(DOMAIN))
            .addNode(node("Twice", "t", "r").setDomain(DOMAIN));
    byte[] bytes =
        model(graph().node(DOMAIN, "Twice", List.of("x"), List.of("y"), Map.of()), twice);
    OnnxException e = assertThrows(OnnxException.class, () -> run(bytes, 1));
    assertTrue(e.getMessage().contains("call each other more than 64 deep"), e::getMessage);
    assertTrue(e.getMessage().length() < 2_000, "one message is enough");
  }

  @Test
  void aCallWithTooManyInputsIsRefused() {
    FunctionProto.Builder same = function("Same", "a", "r").addNode(node("Identity", "a", "r"));
    byte[] bytes =
        model(graph().node(DOMAIN, "Same", List.of("x", "x"), List.of("y"), Map.of()), same);
    OnnxException e = assertThrows(OnnxException.class, () -> run(bytes, 1));
    assertTrue(e.getMessage().contains("Same has 1 inputs"), e::getMessage);
  }
}
