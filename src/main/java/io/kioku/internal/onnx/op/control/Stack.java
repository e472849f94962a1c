package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Shape;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// Puts what each step of a loop gives one after the other, when nobody knows how many steps there
/// will be.
final class Stack {
  private static final long FIRST = 4;

  private final KernelContext context;
  private final ValueInfo declared;
  private final Value row;
  private final Value out;
  private Value rows; // the first ones are in use
  private Shape shape; // of a row
  private long[] dims; // of the rows
  private long count;

  /// @param declared what the file says of a row
  Stack(KernelContext context, ValueInfo declared, Value row, Value out) {
    this.context = context;
    this.declared = declared;
    this.row = row;
    this.out = out;
    rows = context.scratch();
  }

  /// Before the first step.
  void start() {
    count = 0;
  }

  /// After each step.
  void step() {
    if (shape == null || !row.shape().is(shape.type(), shape.dims())) {
      reshape();
    }
    if (count == rows.dim(0)) {
      grow();
    }
    MemorySegment.copy(row.data(), 0, rows.data(), count * shape.bytes(), shape.bytes());
    count++;
  }

  private void reshape() {
    if (count > 0) {
      throw new Refusal(
          "'%s' is %s in a step, and %s in the one before"
              .formatted(declared.name(), row.shape(), shape));
    }
    shape = row.shape();
    dims = ScanDims.with(shape.dims(), 0, FIRST);
    rows.resize(shape.type(), dims);
  }

  private void grow() {
    Value more = context.scratch();
    dims[0] = 2 * count;
    more.resize(shape.type(), dims);
    MemorySegment.copy(rows.data(), 0, more.data(), 0, rows.data().byteSize());
    rows = more;
  }

  /// After the last step.
  void finish() {
    if (count == 0) {
      ScanDims.empty(out, declared, 0);
      return;
    }
    dims[0] = count;
    out.beginning(rows, dims);
  }
}
