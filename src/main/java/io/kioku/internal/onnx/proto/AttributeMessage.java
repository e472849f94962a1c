package io.kioku.internal.onnx.proto;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// `AttributeProto`.
///
/// @param reference the attribute of a function's call that this one stands for; empty if it stands
///   for itself
/// @param type which of the values counts
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages
public record AttributeMessage(
    String name,
    String reference,
    Type type,
    float real,
    long whole,
    String text,
    TensorMessage tensor,
    GraphMessage graph,
    float[] reals,
    long[] wholes,
    List<String> texts) {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// `AttributeProto.AttributeType`, in the order of its numbers.
  public enum Type {
    UNDEFINED,
    FLOAT,
    INT,
    STRING,
    TENSOR,
    GRAPH,
    FLOATS,
    INTS,
    STRINGS,
    TENSORS,
    GRAPHS,
    SPARSE_TENSOR,
    SPARSE_TENSORS,
    TYPE_PROTO,
    TYPE_PROTOS;

    private static final Type[] ALL = values();

    private static Type of(long number) {
      return number < 0 || number >= ALL.length ? UNDEFINED : ALL[(int) number];
    }
  }

  static AttributeMessage read(Wire wire) throws WireException {
    String name = "";
    String reference = "";
    Type type = Type.UNDEFINED;
    float real = 0;
    long whole = 0;
    String text = "";
    Wire tensor = null;
    Wire graph = null;
    Wire.Bytes reals = new Wire.Bytes();
    Wire.Wholes wholes = new Wire.Wholes();
    List<String> texts = new ArrayList<>();
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> name = wire.text();
        case 2 -> real = wire.real();
        case 3 -> whole = wire.whole();
        case 4 -> text = wire.text();
        case 5 -> tensor = wire.message(tensor);
        case 6 -> graph = wire.message(graph);
        case 7 -> wire.reals(Float.BYTES, reals);
        case 8 -> wire.wholes(wholes);
        case 9 -> texts.add(wire.text());
        case 20 -> type = Type.of(wire.whole());
        case 21 -> reference = wire.text();
        default -> wire.skip();
      }
    }
    return new AttributeMessage(
        name,
        reference,
        type,
        real,
        whole,
        text,
        tensor == null ? null : TensorMessage.read(tensor),
        graph == null ? null : GraphMessage.read(graph),
        reals.toSegment().toArray(FLOAT),
        wholes.toArray(),
        texts);
  }

  /// The same under another name.
  public AttributeMessage named(String other) {
    return new AttributeMessage(
        other, "", type, real, whole, text, tensor, graph, reals, wholes, texts);
  }

  /// The same with another graph.
  public AttributeMessage with(GraphMessage other) {
    return new AttributeMessage(
        name, reference, type, real, whole, text, tensor, other, reals, wholes, texts);
  }
}
