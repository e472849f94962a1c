package io.kioku;

import io.kioku.cell.Cells;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// A program that opens, runs and closes many times and prints the resident size in KiB twice: when
/// a first half of the cycles has let caches, the JIT and the allocator settle, and when a second
/// one is done.
public final class ResidentSize {
  private ResidentSize() {}

  /// What is done many times.
  @FunctionalInterface
  public interface Cycle {
    void run(int index);
  }

  /// Runs one kind of cycle.
  ///
  /// @param args sessions, models, masks, shapes or reduced; a backend; the cycles of each half
  public static void main(String[] args) throws IOException {
    int cycles = Integer.parseInt(args[2]);
    try (Engine engine = Engine.open(Backend.valueOf(args[1]))) {
      switch (args[0]) {
        case "sessions" -> sessions(engine, cycles);
        case "models" -> models(engine, cycles);
        case "masks" -> masks(engine, cycles);
        case "reduced" -> reduced(engine, cycles);
        default -> shapes(engine, cycles);
      }
    }
  }

  private static void sessions(Engine engine, int cycles) throws IOException {
    Network network = Network.of(Cells.LSTM, 8, 16).layers(2);
    float[] x = new float[5 * 2 * 8];
    float[] y = new float[5 * 2 * 16];
    try (Model model = engine.compile(network, weights(network))) {
      measure(
          cycles,
          i -> {
            try (Session session = model.newSession(2)) {
              session.run(x, y);
            }
          });
    }
  }

  private static void models(Engine engine, int cycles) throws IOException {
    Network network = Network.of(Cells.GRU, 32, 64).layers(2).bidirectional();
    Weights weights = weights(network);
    float[] x = new float[3 * 2 * 32];
    measure(
        cycles,
        i -> {
          try (Model model = engine.compile(network, weights);
              Session session = model.newSession(2)) {
            session.run(x);
          }
        });
  }

  /// Layers that differ, with steps that are skipped, and traces.
  private static void masks(Engine engine, int cycles) throws IOException {
    Network network =
        Network.of(
            16, Layer.of(Cells.LSTM, 64).bidirectional(), Layer.of(Cells.GRU, 32).backwards());
    Weights weights = weights(network);
    float[] x = new float[5 * 3 * 16];
    float[] y = new float[5 * 3 * 32];
    boolean[] mask = new boolean[5 * 3];
    for (int i = 0; i < mask.length; i += 2) {
      mask[i] = true;
    }
    measure(
        cycles,
        i -> {
          try (Model model = engine.compile(network, weights);
              Session session = model.newSession(3)) {
            session.runMasked(x, y, mask);
            try (Trace trace = session.trace()) {
              session.runMasked(x, y, mask);
              trace.values(1, 0, "h'");
            }
          }
        });
  }

  /// Models of fewer bits, with some shapes each.
  private static void reduced(Engine engine, int cycles) throws IOException {
    Network network = Network.of(Cells.LSTM, 16, 32);
    Weights weights = weights(network);
    measure(
        cycles,
        i -> {
          try (Model bytes = compileBytes(engine, network, weights);
              Model halves = engine.compile(network, weights, Precision.BF16);
              Session first = bytes.newSession(2);
              Session second = halves.newSession(2)) {
            for (int steps = 1; steps < 11; steps++) { // more shapes than a session keeps
              first.run(new float[steps * 2 * 16]);
              second.run(new float[steps * 2 * 16]);
            }
          }
        });
  }

  /// In 8 bits with scales of values up to 1.
  static Model compileBytes(Engine engine, Network network, Weights weights) {
    float[] x = new float[network.inputSize()];
    x[0] = 1;
    try (Model floats = engine.compile(network, weights)) {
      return engine.compile(network, weights, Calibration.run(floats, 1, x));
    }
  }

  /// Ever new shapes in one session: its primitives and buffers are bounded.
  private static void shapes(Engine engine, int cycles) throws IOException {
    Network network = Network.of(Cells.LSTM, 16, 32);
    try (Model model = engine.compile(network, weights(network));
        Session session = model.newSession(1)) {
      measure(
          cycles,
          i -> {
            session.resize(1 + i % 37);
            session.run(new float[(1 + i % 41) * session.batch() * 16]);
          });
    }
  }

  private static Weights weights(Network network) {
    return RecurrentCase.weights(network, new SplittableRandom(1));
  }

  /// Prints the resident size after each half.
  public static void measure(int cycles, Cycle cycle) throws IOException {
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < cycles; i++) {
        cycle.run(i);
      }
      System.out.println(residentKilobytes());
    }
  }

  private static long residentKilobytes() throws IOException {
    System.gc(); // frees what only dead objects of the heap hold
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
