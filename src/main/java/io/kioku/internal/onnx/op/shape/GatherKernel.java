package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.function.Supplier;

/// Takes slices from input 0, and puts one behind the other.
final class GatherKernel implements Kernel {
  private final Value data;
  private final Value out;
  private final Supplier<NamedPlaces> slices;
  private NamedPlaces places;

  /// @param slices gives them for the present shapes
  GatherKernel(KernelContext context, Supplier<NamedPlaces> slices) {
    data = context.in(0);
    out = context.out(0);
    this.slices = slices;
  }

  @Override
  public void prepare() {
    places = slices.get();
  }

  @Override
  public void run() {
    long bytes = out.storage().bytes();
    long slice = places.size() * bytes;
    long count = places.count();
    places.reset();
    for (long i = 0; i < count; i++) {
      StridedCopy.bytes(data.data(), places.next() * bytes, out.data(), i * slice, slice);
    }
  }
}
