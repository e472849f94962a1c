package io.kioku.bench.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Precision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MachineTest {
  @Test
  void aStepIsBoundByTheReadingOfItsWeights() {
    Machine.Bound bound = Samples.machine().bound(Samples.STEP, Precision.F32);

    // 128 KiB: a quarter from L1 at 400 GB/s, the rest from L2 at 100
    assertEquals("L2", bound.by());
    assertEquals((32768 / 400.0 + 98304 / 100.0) * 1e-3, bound.micros(), 1e-9);
  }

  @Test
  void aLargeBatchIsBoundByMultiplyAdds() {
    Shape shape = new Shape("LSTM", 50, 64, 256, 256);
    Machine.Bound bound = Samples.machine().bound(shape, Precision.BF16);

    assertEquals("FMA", bound.by());
    assertEquals(2.0 * 50 * 64 * 4 * 256 * 512 / 200e3, bound.micros(), 1e-6);
  }

  @Test
  void whoIsFasterThanThePeakRaisesIt() {
    Shape shape = new Shape("LSTM", 50, 64, 256, 256);
    double micros = Samples.machine().bound(shape, Precision.F32).micros();
    List<String> notes = new ArrayList<>();
    Machine raised =
        Samples.machine()
            .raisedBy(
                List.of(Samples.of("onnxruntime", Precision.F32, shape, micros / 1.25)), notes);

    assertEquals(125, raised.gflops().get(Precision.F32), 1e-9);
    assertEquals(200, raised.gflops().get(Precision.BF16), 1e-9);
    assertEquals(
        List.of(
            "f32 multiply-adds, GFLOP/s: 125 instead of the measured 100; reached by"
                + " onnxruntime f32 at LSTM 50 64 256 256"),
        notes);
  }

  @Test
  void whoUsesMoreInstructionsThanTheTierRaisesNothing() {
    Machine held = Samples.machine("avx2");
    Measured runtime = Samples.of("onnxruntime", Precision.F32, Samples.STEP, 1e-3);
    assertSame(held, held.raisedBy(List.of(runtime), new ArrayList<>()));
    assertTrue(held.markdown().contains("are held to avx2"));
  }

  @Test
  void whoReadsFasterRaisesTheFarthestLevel() {
    double micros = Samples.machine().bound(Samples.STEP, Precision.F32).micros() * 0.9;
    Machine raised =
        Samples.machine()
            .raisedBy(
                List.of(Samples.of("kioku", Precision.F32, Samples.STEP, micros)),
                new ArrayList<>());

    assertEquals(micros, raised.bound(Samples.STEP, Precision.F32).micros(), 1e-9);
    assertEquals(400, raised.levels().get(0).gbs(), 1e-9);
    assertEquals(25, raised.levels().get(2).gbs(), 1e-9);
  }

  @Test
  void whoComputesSomethingElseRaisesNothing() {
    Machine machine = Samples.machine();
    List<String> notes = new ArrayList<>();
    assertSame(
        machine,
        machine.raisedBy(
            List.of(Samples.wrong("kioku", Precision.F32, Samples.STEP, 1e-3)), notes));
    assertEquals(List.of(), notes);
  }
}
