package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.internal.ffi.Blas;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A program may have any number of threads. What goes wrong past some number ends the process, so
/// they run in a JVM of their own.
class ManyThreadsTest {
  @Test
  void twoThousandThreadsAtOnce() throws Exception {
    List<String> printed = ChildJvm.run(List.of("-Xmx1g"), ManyThreads.class, "2000", "1", "240");
    // OpenBLAS warns when it is out of buffers; whether it then crashes is chance.
    assertEquals(List.of("2000 of 2000"), printed);
  }

  /// Were the pool's size not found, all calls would come one by one.
  @Test
  void openBlasComputesOnManyThreadsAtOnce() {
    String build = Blas.describe();
    int calls = kioku_h.kioku_blas_calls();
    assertTrue(
        build.contains("MAX_THREADS=" + calls + ",") || calls == 1, calls + " calls of " + build);
    assertEquals(build.contains("MAX_THREADS"), calls > 1, build);
  }
}
