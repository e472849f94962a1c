package io.kioku.internal.backend;

import io.kioku.format.AtomicFile;
import io.kioku.internal.ffi.CacheFolder;
import io.kioku.internal.ffi.Kernels;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/// What was measured on this machine: for a layer, the fastest backend of each of [#BATCHES]. It is
/// kept in `plans.properties` of the cache folder, and planners read it when they are made.
///
/// A plan holds for an instruction set and a version of libkioku. A file that is missing or
/// unreadable holds none.
public final class TunedPlans {
  /// The batches that are measured; the plan of one holds up to the next.
  public static final List<Integer> BATCHES = List.of(1, 2, 4, 8, 16, 32, 64);

  private static final String FILE = "plans.properties";

  private TunedPlans() {}

  /// The names of the fastest backends for a layer, one for each of [#BATCHES]; empty if it was not
  /// measured here.
  static synchronized Optional<List<String>> of(LayerSpec spec) {
    Properties plans = read();
    if (plans.isEmpty()) {
      return Optional.empty();
    }
    return Optional.ofNullable(plans.getProperty(key(spec)))
        .map(n -> List.of(n.split(" ", -1)))
        .filter(n -> n.size() == BATCHES.size());
  }

  /// Keeps a plan for this and later processes.
  ///
  /// @throws IOException if the file cannot be written
  static synchronized void put(LayerSpec spec, List<String> names) throws IOException {
    Properties plans = read();
    plans.setProperty(key(spec), String.join(" ", names));
    Path folder = CacheFolder.path();
    Files.createDirectories(folder);
    StringWriter text = new StringWriter();
    plans.store(text, "The fastest backends for batches of " + BATCHES);
    AtomicFile.write(
        folder.resolve(FILE),
        out -> out.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8))));
  }

  private static Properties read() {
    Properties plans = new Properties();
    Path file = CacheFolder.path().resolve(FILE);
    if (Files.isRegularFile(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        plans.load(reader);
      } catch (IOException | IllegalArgumentException e) { // not text, or not ours
        return new Properties();
      }
    }
    return plans;
  }

  private static String key(LayerSpec spec) {
    Kernels kernels = Kernels.get();
    Quantization quantization = spec.quantization();
    return String.join(
        " ",
        spec.cell().name(),
        Integer.toHexString(spec.cell().equations().hashCode()),
        "I=" + spec.input(),
        "H=" + spec.hidden(),
        "O=" + spec.output(),
        quantization.format() + (quantization.hasScales() ? " calibrated" : ""),
        kernels.isa().toString(),
        "ABI " + kernels.abi());
  }
}
