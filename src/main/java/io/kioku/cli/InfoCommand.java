package io.kioku.cli;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.internal.ffi.Blas;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.Natives;
import io.kioku.internal.ffi.Onednn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/// `kioku info`: what computes here.
@Command(
    name = "info",
    description = {
      "Prints the versions of kioku, Java and the native libraries, where these were loaded from,"
          + " the instruction set, and which backend computes each of the common cells with 256"
          + " units, for 1 stream and for 32. With --plan: which backend computes one layer."
    })
final class InfoCommand implements Callable<Integer> {
  private static final LayerSize SIZE = new LayerSize(256, 256);
  private static final List<Cell> COMMON =
      List.of(Cells.LSTM, Cells.GRU, Cells.GRU_RESET_BEFORE, Cells.RNN_TANH, Cells.RNN_RELU);

  @ParentCommand private Main main;

  @ArgGroup(exclusive = false, heading = "With what one layer is computed:%n")
  private PlanOptions plan;

  @Override
  public Integer call() throws IOException {
    if (plan != null) {
      for (List<String> line : plan.lines()) {
        print(line.get(0), line.get(1));
      }
      return 0;
    }
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
      print("OpenBLAS", Blas.describe());
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
    for (Cell cell : COMMON) {
      String name = cell.name();
      for (List<String> plan : CellBackends.plans(SIZE.spec(cell))) {
        print(name, "%-7s %s".formatted(plan.get(0), plan.get(1)));
        name = "";
      }
    }
    print("other cells", "kioku cells, kioku cells --show NAME");
  }

  private void print(String name, String value) throws IOException {
    main.out().write("%-17s %s\n".formatted(name, value).getBytes(StandardCharsets.UTF_8));
  }
}
