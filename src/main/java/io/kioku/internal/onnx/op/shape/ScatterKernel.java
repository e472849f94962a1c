package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.util.function.Supplier;

/// Copies input 0, and updates slices of it with those of input 2, which lie one behind the other.
final class ScatterKernel implements Kernel {
  private final Value data;
  private final Value updates;
  private final Value out;
  private final Update update;
  private final Supplier<NamedPlaces> slices;
  private NamedPlaces places;

  /// @param slices gives them for the present shapes
  ScatterKernel(KernelContext context, Update update, Supplier<NamedPlaces> slices) {
    data = context.in(0);
    updates = context.in(2);
    out = context.out(0);
    this.update = update;
    this.slices = slices;
  }

  @Override
  public void prepare() {
    places = slices.get();
  }

  @Override
  public void run() {
    out.data().copyFrom(data.data());
    long slice = places.size();
    long count = places.count();
    places.reset();
    for (long i = 0; i < count; i++) {
      update.apply(out, places.next(), updates, i * slice, slice);
    }
  }

  /// Infers the output, and refuses updates that are not such slices.
  ///
  /// @param slices their shape; null if it is unknown
  static void infer(Inference node, long[] slices) {
    node.need(2, "updates");
    if (node.type(0) != null) {
      node.types(2, node.type(0));
    }
    node.same(2, slices);
    node.out(0, node.type(0), node.dims(0));
  }
}
