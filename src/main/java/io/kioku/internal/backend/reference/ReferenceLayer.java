package io.kioku.internal.backend.reference;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.backend.TraceLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A layer's equations with their parameters in double.
final class ReferenceLayer {
  private final LayerSpec spec;
  private final Node[] nodes;
  private final Node[] updates; // by state
  private final double[][]
      matrices; // by node: the matrix of a product, transposed to (columns, rows)
  private final double[][] vectors; // by node: the values of a vector parameter
  private final Node[] traced; // what is written to the trace
  private final boolean[] tracedStays;
  private final int[] tracedOffsets; // and where
  private final int[] tracedSizes;

  ReferenceLayer(LayerSpec spec, Parameters parameters, boolean isTraced) {
    this.spec = spec;
    Cell cell = spec.cell();
    this.updates = cell.states().stream().map(cell::update).toArray(Node[]::new);
    List<Node> roots = new ArrayList<>(List.of(updates));
    TraceLayout layout = new TraceLayout(spec);
    Map<String, Integer> offsets = isTraced ? layout.offsets() : Map.of();
    offsets.keySet().forEach(name -> roots.add(cell.values().get(name)));
    this.traced = offsets.keySet().stream().map(cell.values()::get).toArray(Node[]::new);
    this.tracedStays = new boolean[traced.length];
    int k = 0;
    for (String name : offsets.keySet()) {
      // States are kept while their modules sleep, and numbers belong to none.
      tracedStays[k++] = name.endsWith("'") || cell.values().get(name).size() == Size.ONE;
    }
    this.tracedOffsets = offsets.values().stream().mapToInt(offset -> offset).toArray();
    this.tracedSizes = offsets.keySet().stream().mapToInt(layout::size).toArray();
    this.nodes = cell.needed(roots).toArray(Node[]::new);
    this.matrices = new double[cell.nodes().size()][];
    this.vectors = new double[cell.nodes().size()][];
    for (Node node : nodes) {
      if (node.operation() == Operation.PRODUCT) {
        matrices[node.id()] =
            transposed(parameters.get(node.name()), spec.size(node), spec.size(node.argument(0)));
      } else if (node.operation() == Operation.VECTOR) {
        vectors[node.id()] = widened(parameters.get(node.name()));
      }
    }
  }

  LayerRunner newRunner() {
    return new Runner();
  }

  /// Transposed, a product adds whole columns, which the JIT turns into vector instructions without
  /// reordering sums.
  private static double[] transposed(float[] matrix, int rows, int columns) {
    double[] result = new double[matrix.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        result[c * rows + r] = matrix[r * columns + c];
      }
    }
    return result;
  }

  private static double[] widened(float[] vector) {
    double[] result = new double[vector.length];
    Arrays.setAll(result, i -> vector[i]);
    return result;
  }

  private final class Runner implements LayerRunner {
    private final double[][] values; // by node: its value for the row at hand
    private final double[][] states; // by state: its value for the row at hand
    private final double[][] next; // by state: its value after the step
    private final int[] stateOffsets;
    private final int[] aboveOffsets; // -1 for states that the layer above does not read

    Runner() {
      List<String> names = spec.cell().states();
      values = new double[matrices.length][];
      states = new double[updates.length][];
      next = new double[updates.length][];
      stateOffsets = names.stream().mapToInt(spec::stateOffset).toArray();
      aboveOffsets = names.stream().mapToInt(spec::belowOffset).toArray();
      for (int s = 0; s < updates.length; s++) {
        states[s] = new double[spec.size(updates[s])];
        next[s] = new double[spec.size(updates[s])];
      }
      for (Node node : nodes) {
        values[node.id()] =
            switch (node.operation()) {
              case VECTOR -> vectors[node.id()];
              case STATE -> states[names.indexOf(node.name())];
              // A constant takes the size of what it meets.
              case CONSTANT -> new double[] {node.value()};
              default -> new double[spec.size(node)];
            };
      }
    }

    /// One stream after the other, so that a stream's state stays in double until its last step.
    @Override
    public void run(LayerCall call) {
      for (int n = 0; n < call.batch; n++) {
        long state = call.stateAt(n);
        for (int s = 0; s < states.length; s++) {
          read(call.stateMemory(), state + stateOffsets[s], states[s]);
        }
        for (int step = 0; step < call.steps; step++) {
          // Backwards a row begins at its own end, before which no step runs.
          int t = call.backwards ? call.steps - 1 - step : step;
          if (call.runs(t, n)) {
            step(call, t, n);
          } else {
            Rows.clear(call.yMemory(), call.yAt(t, n), spec.output());
          }
        }
        for (int s = 0; s < states.length; s++) {
          write(states[s], call.stateMemory(), state + stateOffsets[s]);
        }
      }
    }

    private void step(LayerCall call, int t, int n) {
      for (Node node : nodes) {
        compute(node, values[node.id()], call, t, n);
      }
      for (int k = 0; k < traced.length; k++) {
        trace(k, call, call.trace.at(t, n) + tracedOffsets[k]);
      }
      // All updates are computed from the old states: an update that is itself an old state is
      // copied before any write.
      for (int s = 0; s < states.length; s++) {
        double[] update = values[updates[s].id()];
        for (int j = 0; j < next[s].length; j++) {
          next[s][j] = update[update.length == 1 ? 0 : j];
        }
      }
      for (int s = 0; s < states.length; s++) {
        System.arraycopy(next[s], 0, states[s], 0, states[s].length);
      }
      write(states[0], call.yMemory(), call.yAt(t, n));
      for (int s = 0; s < states.length; s++) {
        if (aboveOffsets[s] >= 0) {
          write(states[s], call.above.segment, call.above.at(t, n) + aboveOffsets[s]);
        }
      }
    }

    private void compute(Node node, double[] value, LayerCall call, int t, int n) {
      switch (node.operation()) {
        case INPUT -> read(call.xMemory(), call.xAt(t, n), value);
        case SCORE -> read(call.side.segment, call.side.at(t, n), value);
        case BELOW ->
            read(call.side.segment, call.side.at(t, n) + spec.belowOffset(node.name()), value);
        case STATE, VECTOR, CONSTANT -> {}
        case PRODUCT -> multiply(node, argument(node, 0), value);
        case NORM -> normalise(node, value);
        case CLOCKED -> select(argument(node, 0), argument(node, 1), value);
        case TICK -> value[0] = (argument(node, 0)[0] + 1) % spec.cell().cycle();
        default -> apply(node, value);
      }
    }

    private void trace(int k, LayerCall call, long at) {
      double[] value = values[traced[k].id()];
      for (int j = 0; j < tracedSizes[k]; j++) {
        boolean shows = tracedStays[k] || isAwake(j);
        Rows.set(call.trace.segment, at + j, shows ? (float) value[value.length == 1 ? 0 : j] : 0f);
      }
    }

    /// Whether a unit computes at this step; without periods all do.
    private boolean isAwake(int unit) {
      List<Integer> periods = spec.cell().periods();
      if (periods.isEmpty()) {
        return true;
      }
      double clock = states[states.length - 1][0]; // the clock is the last state
      return clock % periods.get(unit / (spec.hidden() / periods.size())) == 0;
    }

    private double[] argument(Node node, int index) {
      return values[node.argument(index).id()];
    }

    private void apply(Node node, double[] value) {
      double[] a = argument(node, 0);
      double[] b = node.arguments().size() > 1 ? argument(node, 1) : a;
      Operation operation = node.operation();
      int aStep = a.length == 1 ? 0 : 1; // numbers combine with every element
      int bStep = b.length == 1 ? 0 : 1;
      for (int j = 0; j < value.length; j++) {
        value[j] = operation.apply(a[j * aStep], b[j * bStep]);
      }
    }

    private void normalise(Node node, double[] value) {
      int count = 0;
      double sum = 0;
      for (int k = 0; k < node.arguments().size(); k++) {
        count += argument(node, k).length;
        for (double element : argument(node, k)) {
          sum += element;
        }
      }
      double mean = sum / count;
      double squares = 0;
      for (int k = 0; k < node.arguments().size(); k++) {
        for (double element : argument(node, k)) {
          squares += (element - mean) * (element - mean);
        }
      }
      double scale = 1 / Math.sqrt(squares / count + node.value());
      double[] a = argument(node, 0);
      for (int j = 0; j < value.length; j++) {
        value[j] = (a[j] - mean) * scale;
      }
    }

    /// The new values of the modules that are awake, the old ones of the others.
    private void select(double[] awake, double[] asleep, double[] value) {
      for (int j = 0; j < value.length; j++) {
        double[] from = isAwake(j) ? awake : asleep;
        value[j] = from[from.length == 1 ? 0 : j]; // a number stands for every element
      }
    }
  }

  private void multiply(Node product, double[] argument, double[] result) {
    double[] transposed = matrices[product.id()];
    int modules = spec.cell().periods().size();
    boolean isRecurrent = product.argument(0).operation() == Operation.STATE;
    Arrays.fill(result, 0);
    int rows = result.length;
    for (int c = 0; c < argument.length; c++) {
      double factor = argument[c];
      int column = c * rows;
      // Where states have periods, a unit is heard in its own module and in faster ones.
      int heard =
          modules == 0 || !isRecurrent ? rows : (c / (rows / modules) + 1) * (rows / modules);
      for (int r = 0; r < heard; r++) {
        result[r] += transposed[column + r] * factor;
      }
    }
  }

  private static void read(MemorySegment from, long index, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = Rows.get(from, index + j);
    }
  }

  private static void write(double[] from, MemorySegment to, long index) {
    for (int j = 0; j < from.length; j++) {
      Rows.set(to, index + j, (float) from[j]);
    }
  }
}
