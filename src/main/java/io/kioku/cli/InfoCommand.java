package io.kioku.cli;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Weights;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.Natives;
import io.kioku.internal.ffi.Onednn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/// `kioku info`: what computes here.
@Command(
    name = "info",
    description = {
      "Prints the versions of kioku, Java and the native libraries, where these were loaded from,"
          + " the instruction set, and which backend computes each cell of 256 units, for 1 stream"
          + " and for 32."
    })
final class InfoCommand implements Callable<Integer> {
  private static final int SIZE = 256;
  private static final int MANY = 32;

  @ParentCommand private Main main;

  @Override
  public Integer call() throws IOException {
    print("kioku", Version.version());
    print("Java", "%s, %s".formatted(Runtime.version(), System.getProperty("java.vm.name")));
    print(
        "platform",
        "%s, %d processors"
            .formatted(Natives.platform(), Runtime.getRuntime().availableProcessors()));
    try {
      Kernels kernels = Kernels.get();
      print("ISA", "%s in use, %s detected".formatted(kernels.isa(), kernels.detectedIsa()));
      print("libkioku", "ABI " + kernels.abi());
      print("OpenBLAS", kernels.blas());
      print("oneDNN", Onednn.get().version());
      for (Path library : Natives.loaded()) {
        print("loaded", library.toString());
      }
      printPlans();
    } catch (IllegalStateException e) { // a library cannot be loaded
      throw new UserError(e.getMessage(), e);
    }
    return 0;
  }

  private void printPlans() throws IOException {
    try (Engine engine = Engine.open()) {
      for (Cell cell : Cells.all()) {
        Network network = Network.of(cell, SIZE, SIZE);
        try (Model model = engine.compile(network, zeros(network))) {
          print(cell.name(), "N = 1:  " + model.plan(0, 1));
          print("", "N = %d: %s".formatted(MANY, model.plan(0, MANY)));
        }
      }
    }
  }

  private static Weights zeros(Network network) {
    Weights weights = Weights.none();
    for (Map.Entry<String, long[]> parameter : network.parameters().entrySet()) {
      int size = 1;
      for (long dim : parameter.getValue()) {
        size *= (int) dim;
      }
      weights = weights.with(parameter.getKey(), new float[size], parameter.getValue());
    }
    return weights;
  }

  private void print(String name, String value) throws IOException {
    main.out().write("%-17s %s\n".formatted(name, value).getBytes(StandardCharsets.UTF_8));
  }
}
