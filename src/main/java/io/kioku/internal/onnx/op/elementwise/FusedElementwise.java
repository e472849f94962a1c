package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.FloatElementwise;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Several element-wise nodes in float32 as one program. Since broadcasting a result is the same as
/// broadcasting what it is computed from, all inputs are broadcast to the last node's output.
///
/// @param inputs names of the values that it reads
/// @param rank of the output at least: that of constants that became numbers of the program
/// @param program its registers begin behind one for each input
public record FusedElementwise(List<String> inputs, int rank, List<Instruction> program)
    implements Operator {
  /// `KIOKU_REGISTERS`.
  private static final int REGISTERS = 16;

  private static final int UNREAD = Integer.MAX_VALUE; // an input that is left out
  private static final int MOST_INPUTS = 6;
  private static final int MOST_INSTRUCTIONS = 64;

  /// A node that is to be a part.
  ///
  /// @param inputs names of values
  public record Part(FloatElementwise operator, List<String> inputs, String output) {}

  /// A constant of one element.
  ///
  /// @param rank of its shape
  public record Scalar(float value, int rank) {}

  /// Makes one of some nodes.
  ///
  /// @param parts in order; only the last one's output is read by others
  /// @param scalars constants of one element, by name
  /// @return null if a program cannot hold so much
  public static FusedElementwise of(List<Part> parts, Map<String, Scalar> scalars) {
    return new Writer(scalars).write(parts);
  }

  /// Writes the program: first over any number of values, then over registers.
  private static final class Writer {
    private final Map<String, Scalar> scalars;
    private final List<String> inputs = new ArrayList<>();
    private final Map<String, Integer> values = new HashMap<>(); // virtual registers, from 0
    private final List<Instruction> program = new ArrayList<>(); // over ~register, or inputs
    private int registers;
    private int rank;

    Writer(Map<String, Scalar> scalars) {
      this.scalars = scalars;
    }

    FusedElementwise write(List<Part> parts) {
      for (Part part : parts) {
        add(part);
      }
      if (inputs.size() > MOST_INPUTS || program.size() > MOST_INSTRUCTIONS) {
        return null;
      }
      List<Instruction> allocated = allocate(values.get(parts.getLast().output()));
      return allocated == null ? null : new FusedElementwise(List.copyOf(inputs), rank, allocated);
    }

    private void add(Part part) {
      int count = part.inputs().size();
      int[] operands = new int[count + 1];
      for (int i = 0; i < count; i++) {
        operands[i] = part.inputs().get(i).isEmpty() ? UNREAD : operand(part.inputs().get(i));
      }
      operands[count] = ~registers++;
      values.put(part.output(), operands[count]);
      Map<Integer, Integer> own = new HashMap<>();
      for (Instruction i : part.operator().floatProgram()) {
        program.add(
            new Instruction(
                i.op(),
                name(i.dst(), operands, own),
                name(i.a(), operands, own, i.op().arity() > 0),
                name(i.b(), operands, own, i.op().arity() > 1),
                name(i.c(), operands, own, i.op().arity() > 2),
                i.alpha(),
                i.beta()));
      }
    }

    private int name(int name, int[] operands, Map<Integer, Integer> own) {
      return name >= 0 ? operands[name] : own.computeIfAbsent(name, any -> ~registers++);
    }

    private int name(int name, int[] operands, Map<Integer, Integer> own, boolean isRead) {
      return isRead ? name(name, operands, own) : 0;
    }

    /// A value that a part reads: an earlier part's, a number, or an input.
    private int operand(String value) {
      Integer known = values.get(value);
      if (known != null) {
        return known;
      }
      Scalar scalar = scalars.get(value);
      if (scalar != null) {
        rank = Math.max(rank, scalar.rank());
        int register = ~registers++;
        program.add(new Instruction(Op.FILL, register, 0, 0, 0, scalar.value(), 0));
        values.put(value, register);
        return register;
      }
      int at = inputs.indexOf(value);
      if (at < 0) {
        at = inputs.size();
        inputs.add(value);
      }
      return at;
    }

    /// Gives each virtual register a real one from where it is written until it is read last.
    ///
    /// @param output the virtual register that is the output
    /// @return null if they do not suffice
    private List<Instruction> allocate(int output) {
      List<Instruction> simple = Simplification.of(program);
      Map<Integer, Integer> lastUse = new HashMap<>();
      for (int k = 0; k < simple.size(); k++) {
        for (int name : named(simple.get(k))) {
          lastUse.put(name, k);
        }
      }
      Map<Integer, Integer> places = new HashMap<>(Map.of(output, inputs.size()));
      Set<Integer> used = new HashSet<>();
      List<Instruction> result = new ArrayList<>();
      for (int k = 0; k < simple.size(); k++) {
        Instruction i = simple.get(k);
        int a = place(places, i.a());
        int b = place(places, i.b());
        int c = place(places, i.c());
        for (int name : named(i)) { // what is read last here may be overwritten here
          if (name != i.dst() && lastUse.get(name) == k && places.containsKey(name)) {
            used.remove(places.get(name));
          }
        }
        if (!places.containsKey(i.dst())) {
          int free = -1 - inputs.size();
          while (used.contains(free)) {
            free--;
          }
          if (free < -REGISTERS) {
            return null;
          }
          places.put(i.dst(), free);
          used.add(free);
        }
        result.add(new Instruction(i.op(), places.get(i.dst()), a, b, c, i.alpha(), i.beta()));
      }
      return List.copyOf(result);
    }

    private static int place(Map<Integer, Integer> places, int name) {
      return name < 0 ? places.get(name) : name;
    }

    /// The virtual registers of an instruction.
    private static List<Integer> named(Instruction i) {
      List<Integer> names = new ArrayList<>();
      for (int name : new int[] {i.dst(), i.a(), i.b(), i.c()}) {
        if (name < 0) {
          names.add(name);
        }
      }
      return names;
    }
  }

  @Override
  public void infer(ShapeInference node) {
    int[] all = new int[inputs.size()];
    for (int i = 0; i < all.length; i++) {
      node.types(i, ElementType.FLOAT);
      all[i] = i;
    }
    long[] dims = Broadcasting.dims(node, all);
    if (dims != null && dims.length < rank) {
      long[] longer = new long[rank];
      Arrays.fill(longer, 1);
      System.arraycopy(dims, 0, longer, rank - dims.length, dims.length);
      dims = longer;
    }
    node.out(0, ElementType.FLOAT, dims);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value[] in = new Value[inputs.size()];
    Arrays.setAll(in, context::in);
    return new BroadcastKernel(
        context.arena(), new Recipe((from, to) -> null, program), context.out(0), in);
  }

  @Override
  public String backend() {
    return "kioku";
  }
}
