package io.kioku.bench.layer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AimsTest {
  private static final Shape SLOW = new Shape("LSTM", 50, 8, 128, 128);
  private static final Shape FAST = new Shape("GRU", 50, 8, 256, 256);
  private static final List<Measured> ALL =
      List.of(
          Samples.of("kioku", Precision.F32, SLOW, 2000),
          Samples.of("onnxruntime", Precision.F32, SLOW, 1800),
          Samples.of("kioku", Precision.INT8, SLOW, 800),
          Samples.of("kioku", Precision.F32, FAST, 4000),
          Samples.of("onnxruntime", Precision.F32, FAST, 10000),
          Samples.of("kioku", Precision.INT8, FAST, 1600));

  @Test
  void meansAreComparedWithTheirAims() {
    String text = new Aims(Result.of(ALL, Samples.machine()), Samples.machine()).markdown();

    assertTrue(
        text.contains("| f32, online: times the best peer, mean | 1.25 | 1.50 | met |"), text);
    assertTrue(
        text.contains("| f32, each shape: times the best peer, least | 0.97 | 0.90 | **missed** |"),
        text);
    assertTrue(text.contains("| int8, online: times own f32, mean | 2.00 | 2.50 | met |"), text);
    assertFalse(text.contains("streaming"), text);
  }

  @Test
  void shapesBelowAreListedWithTheirShareOfTheMachine() {
    String text = new Aims(Result.of(ALL, Samples.machine()), Samples.machine()).markdown();

    assertTrue(text.contains("float32: 1 of 2 shapes"), text);
    assertTrue(text.contains("| LSTM 50 8 128 128 | 0.90 | 52 % FMA |  |"), text);
  }

  @Test
  void beforePeersThatAreNotHeldRatiosAreNotJudged() {
    Machine held = Samples.machine("avx2");
    String text = new Aims(Result.of(ALL, held), held).markdown();

    assertTrue(text.contains("times the best peer, mean | 1.25 | 1.50 | not judged"), text);
    assertTrue(text.contains("times own f32, mean | 2.00 | 2.50 | met |"), text);
  }

  @Test
  void aPictureForEachKindOfUseAndCell(@TempDir Path folder) throws Exception {
    System.setProperty("java.awt.headless", "true");
    Charts.write(Result.of(ALL, Samples.machine()), folder);
    try (var files = Files.list(folder)) {
      assertTrue(
          files
              .map(file -> file.getFileName().toString())
              .sorted()
              .toList()
              .equals(List.of("compare-online-gru.png", "compare-online-lstm.png", "compare.png")));
    }
  }
}
