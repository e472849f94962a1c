package io.kioku.bench.layer;

import io.kioku.Backend;
import io.kioku.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What others are to be read against: a call into native code that does nothing, the smallest step
/// through the API, a copy of an input, and plain Java.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class BaselineBenchmark {
  private static final Shape SMALLEST = new Shape("LSTM", 1, 1, 16, 16);
  private static final MethodHandle ABI =
      Linker.nativeLinker()
          .downcallHandle(
              SymbolLookup.libraryLookup(
                      Path.of(System.getProperty("kioku.natives"), System.mapLibraryName("kioku")),
                      Arena.global())
                  .findOrThrow("kioku_abi"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT));

  private final float[] values = new float[50 * 256];
  private final MemorySegment copy = Arena.global().allocate(50 * 256 * 4L, 64);
  private LayerContestant step;
  private LayerContestant reference;

  /// Opens the layers.
  @Setup(Level.Trial)
  public void open() {
    Layer layer = Layer.of(SMALLEST);
    step = KiokuLayer.open(layer, Precision.F32, null, 1);
    reference = KiokuLayer.open(layer, Precision.F32, Backend.REFERENCE, 1);
  }

  /// Closes them.
  @TearDown(Level.Trial)
  public void close() {
    step.close();
    reference.close();
  }

  /// A native function that returns a number.
  @Benchmark
  public int emptyDowncall() throws Throwable {
    return (int) ABI.invokeExact();
  }

  /// One step of LSTM, N = 1, I = H = 16, its state carried on.
  @Benchmark
  public void smallestStep() {
    step.run();
  }

  /// The same in plain Java, in double.
  @Benchmark
  public void smallestStepOfTheReference() {
    reference.run();
  }

  /// 50 steps of 256 features into native memory.
  @Benchmark
  public void copyOfAnInput() {
    MemorySegment.copy(values, 0, copy, ValueLayout.JAVA_FLOAT, 0, values.length);
  }
}
