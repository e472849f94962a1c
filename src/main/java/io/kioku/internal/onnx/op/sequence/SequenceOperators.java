package io.kioku.internal.onnx.op.sequence;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Sequence;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// Operators on lists of tensors, which a scripted loop that appends to a list is made of.
public final class SequenceOperators {
  private SequenceOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node) {
    return switch (node.qualifiedOperator()) {
      case "SequenceEmpty" -> new Empty(node);
      case "SequenceConstruct" -> new Construct();
      case "SequenceInsert" -> new Insert();
      case "SequenceErase" -> new Erase();
      case "SequenceAt" -> new At();
      case "SequenceLength" -> new Length();
      case "SplitToSequence" -> new SplitToSequence(node);
      case "ConcatFromSequence" -> new ConcatFromSequence(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  /// What works on a list: its first input.
  private abstract static class OfSequence implements Operator {
    @Override
    public boolean takesSequences() {
      return true;
    }

    /// A place in the list, which may be left out.
    static void checkPlace(ShapeInference node, int input) {
      if (node.has(input)) {
        node.indices(input);
        node.single(input);
      }
    }
  }

  /// A place in a list; below 0 it counts from the end.
  ///
  /// @param given null: the last place
  /// @param last what it may be at most
  private static int place(Value given, Sequence list, int last) {
    if (given == null) {
      return last;
    }
    long place = given.asLong(0);
    long fromFront = place < 0 ? place + list.size() : place;
    if (fromFront < 0 || fromFront > last) {
      throw new Refusal("position %d of a sequence of %d tensors".formatted(place, list.size()));
    }
    return (int) fromFront;
  }

  /// A list without tensors, whose type is told.
  private static final class Empty implements Operator {
    private final ElementType type;

    Empty(GraphNode node) {
      int code = node.attributes().small("dtype", 1); // FLOAT
      type =
          ElementType.ofCode(code)
              .orElseThrow(() -> new Refusal("dtype %d is not supported".formatted(code)));
    }

    @Override
    public void infer(ShapeInference node) {
      node.later(0, Known.ofSequence(type));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value out = context.out(0);
      Sequence none = new Sequence();
      return () -> out.hold(type, none);
    }
  }

  /// A list of the inputs.
  private static final class Construct implements Operator {
    @Override
    public void infer(ShapeInference node) {
      node.need(0, "inputs");
      for (int k = 1; k < node.inputs(); k++) {
        node.need(k, Integer.toString(k));
        if (node.type(0) != null) {
          node.types(k, node.type(0));
        }
      }
      node.later(0, Known.ofSequence(node.type(0)));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Sequence.Source source = new Sequence.Source(context);
      Sequence next = new Sequence();
      return () -> {
        for (int k = 0; k < context.inputs(); k++) {
          next.add(source).copy(context.in(k));
        }
        context.out(0).hold(context.in(0).type(), next);
        next.clear();
      };
    }
  }

  /// A list with another tensor.
  private static final class Insert extends OfSequence {
    @Override
    public void infer(ShapeInference node) {
      node.sequence(0, "input_sequence");
      node.need(1, "tensor");
      if (node.isSequence(1)) {
        throw new Refusal("input 1 is a sequence, expected a tensor");
      }
      ElementType type = node.type(0);
      if (type != null) {
        node.types(1, type);
      }
      checkPlace(node, 2);
      node.later(0, Known.ofSequence(type == null ? node.type(1) : type));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Sequence.Source source = new Sequence.Source(context);
      Sequence next = new Sequence();
      return () -> {
        Sequence before = context.in(0).sequence();
        int place = place(context.in(2), before, before.size());
        for (int k = 0; k <= before.size(); k++) {
          if (k == place) {
            next.add(source).copy(context.in(1));
          }
          if (k < before.size()) {
            next.add(before, k);
          }
        }
        context.out(0).hold(context.in(0).type(), next);
        next.clear();
      };
    }
  }

  /// A list without one of its tensors.
  private static final class Erase extends OfSequence {
    @Override
    public void infer(ShapeInference node) {
      node.sequence(0, "input_sequence");
      checkPlace(node, 1);
      node.later(0, Known.ofSequence(node.type(0)));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Sequence next = new Sequence();
      return () -> {
        Sequence before = context.in(0).sequence();
        int place = place(context.in(1), before, before.size() - 1);
        if (place < 0) {
          throw new Refusal("there is nothing in the sequence to erase");
        }
        for (int k = 0; k < before.size(); k++) {
          if (k != place) {
            next.add(before, k);
          }
        }
        context.out(0).hold(context.in(0).type(), next);
        next.clear();
      };
    }
  }

  /// One of a list's tensors.
  private static final class At extends OfSequence {
    @Override
    public void infer(ShapeInference node) {
      node.sequence(0, "input_sequence");
      node.need(1, "position");
      checkPlace(node, 1);
      node.later(0, Known.ofType(node.type(0)));
    }

    /// Copies it: the list may let go of it while the copy is in use.
    @Override
    public Kernel kernel(KernelContext context) {
      return () -> {
        Sequence sequence = context.in(0).sequence();
        context.out(0).copy(sequence.at(place(context.in(1), sequence, sequence.size() - 1)));
      };
    }
  }

  /// How many tensors a list has.
  private static final class Length extends OfSequence {
    @Override
    public void infer(ShapeInference node) {
      node.sequence(0, "input_sequence");
      node.out(0, ElementType.INT64);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return () -> context.out(0).setLong(0, context.in(0).sequence().size());
    }
  }
}
