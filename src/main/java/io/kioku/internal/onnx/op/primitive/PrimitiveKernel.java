package io.kioku.internal.onnx.op.primitive;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnPrimitive;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/// A node that oneDNN computes in float32: from input 0, with the weights and the bias in inputs 1
/// and 2 if it has them, to output 0. A primitive is bound to its shapes, so those of the shapes
/// that came last are kept. What oneDNN cannot do another kernel does: other types, sizes of 0, and
/// shapes that it has nothing for.
public final class PrimitiveKernel implements Kernel {
  private static final int KEPT = 32;

  /// A primitive, the shapes that it is for, and the memory that it lies in.
  @SuppressWarnings("ArrayRecordComponent") // compared element by element
  private record Made(long[] shapes, PlainPrimitive primitive, MemorySegment room) {}

  private final KernelContext context;
  private final PrimitiveDescription description;
  private final Kernel other;
  private final int threads;
  private final Value x;
  private final Value w;
  private final Value y;
  private final Value work;
  private final List<Made> made = new ArrayList<>(KEPT); // the one used last is at the end
  private final Deque<MemorySegment> rooms = new ArrayDeque<>(); // of those that are closed
  private PlainPrimitive current; // null: the other kernel computes

  /// @param other computes what oneDNN does not
  public PrimitiveKernel(
      KernelContext context, int threads, PrimitiveDescription description, Kernel other) {
    this.context = context;
    this.threads = threads;
    this.description = description;
    this.other = other;
    this.x = context.in(0);
    this.w = context.in(1);
    this.y = context.out(0);
    this.work = context.scratch();
  }

  @Override
  public void prepare() {
    current = isForOnednn() ? primitive() : null;
    if (current == null) {
      other.prepare();
    } else {
      work.resize(ElementType.FLOAT, current.workFloats());
      current.workMemory(work.data());
    }
  }

  private boolean isForOnednn() {
    boolean isForIt = y.storage() == ElementType.FLOAT && y.size() > 0;
    for (int i = 0; i < context.inputs(); i++) {
      isForIt &= context.in(i) == null || context.in(i).size() > 0;
    }
    return isForIt;
  }

  private PlainPrimitive primitive() {
    long[] shapes = shapes();
    for (int i = 0; i < made.size(); i++) {
      if (Arrays.equals(made.get(i).shapes, shapes)) {
        made.add(made.remove(i));
        return made.getLast().primitive;
      }
    }
    if (made.size() == KEPT) {
      Made oldest = made.removeFirst();
      rooms.push(oldest.room);
      oldest.primitive.close();
    }
    if (rooms.isEmpty()) {
      rooms.push(context.arena().allocate(PlainPrimitive.ROOM_BYTES, OnednnPrimitive.ALIGNMENT));
    }
    PlainPrimitive primitive = PlainPrimitive.of(description, rooms.peek(), threads);
    if (primitive != null) {
      made.add(new Made(shapes, primitive, rooms.pop()));
    }
    return primitive;
  }

  /// All that the shapes of the outputs can depend on.
  private long[] shapes() {
    List<long[]> all = new ArrayList<>();
    for (int i = 0; i < context.inputs(); i++) {
      if (context.in(i) != null) {
        all.add(new long[] {i, context.in(i).rank()});
        all.add(context.in(i).dims());
      }
    }
    return all.stream().flatMapToLong(Arrays::stream).toArray();
  }

  @Override
  public void run() {
    if (current == null) {
      other.run();
      return;
    }
    MemorySegment bias = context.in(2) == null ? null : context.in(2).data();
    current.run(x.data(), w == null ? null : w.data(), bias, y.data());
  }

  @Override
  public void close() {
    Handles all = new Handles();
    made.forEach(each -> all.onClose(each.primitive::close));
    made.clear();
    all.onClose(other::close);
    all.close();
  }
}
