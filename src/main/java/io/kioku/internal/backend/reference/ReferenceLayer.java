package io.kioku.internal.backend.reference;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Rows;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// A layer's equations with their parameters in double.
final class ReferenceLayer {
  private final LayerSpec spec;
  private final Node[] nodes;
  private final Node[] updates; // by state
  private final double[][]
      matrices; // by node: the matrix of a product, transposed to (columns, rows)
  private final double[][] vectors; // by node: the values of a vector parameter

  ReferenceLayer(LayerSpec spec, Parameters parameters) {
    this.spec = spec;
    Cell cell = spec.cell();
    this.updates = cell.states().stream().map(cell::update).toArray(Node[]::new);
    this.nodes = cell.needed(List.of(updates)).toArray(Node[]::new);
    this.matrices = new double[cell.nodes().size()][];
    this.vectors = new double[cell.nodes().size()][];
    for (Node node : nodes) {
      if (node.operation() == Operation.PRODUCT) {
        matrices[node.id()] =
            transposed(parameters.get(node.name()), size(node), size(node.argument(0)));
      } else if (node.operation() == Operation.VECTOR) {
        vectors[node.id()] = widened(parameters.get(node.name()));
      }
    }
  }

  LayerRunner newRunner() {
    return new Runner();
  }

  private int size(Node node) {
    return node.size().of(spec.input(), spec.hidden());
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

    Runner() {
      values = new double[matrices.length][];
      states = new double[updates.length][spec.hidden()];
      next = new double[updates.length][spec.hidden()];
      for (Node node : nodes) {
        values[node.id()] =
            switch (node.operation()) {
              case VECTOR -> vectors[node.id()];
              case STATE -> states[spec.cell().states().indexOf(node.name())];
              // A constant takes the size of what it meets.
              case CONSTANT -> filled(Math.max(spec.input(), spec.hidden()), node.value());
              default -> new double[size(node)];
            };
      }
    }

    /// One stream after the other, so that a stream's state stays in double until its last step.
    @Override
    public void run(LayerCall call) {
      for (int n = 0; n < call.batch; n++) {
        long state = call.stateAt(n);
        for (int s = 0; s < states.length; s++) {
          read(call.state, state + (long) s * spec.hidden(), states[s]);
        }
        for (int t = 0; t < call.steps; t++) {
          step(call, t, n);
        }
        for (int s = 0; s < states.length; s++) {
          write(states[s], call.state, state + (long) s * spec.hidden());
        }
      }
    }

    private void step(LayerCall call, int t, int n) {
      for (Node node : nodes) {
        double[] value = values[node.id()];
        switch (node.operation()) {
          case INPUT -> read(call.x.segment, call.x.at(t, n), value);
          case STATE, VECTOR, CONSTANT -> {}
          case PRODUCT -> multiply(matrices[node.id()], values[node.argument(0).id()], value);
          default -> apply(node, value);
        }
      }
      // All updates are computed from the old states: an update that is itself an old state is
      // copied before any write.
      for (int s = 0; s < states.length; s++) {
        System.arraycopy(values[updates[s].id()], 0, next[s], 0, spec.hidden());
      }
      for (int s = 0; s < states.length; s++) {
        System.arraycopy(next[s], 0, states[s], 0, spec.hidden());
      }
      write(states[0], call.y.segment, call.y.at(t, n));
    }

    private void apply(Node node, double[] value) {
      double[] a = values[node.argument(0).id()];
      double[] b = node.arguments().size() > 1 ? values[node.argument(1).id()] : a;
      Operation operation = node.operation();
      for (int j = 0; j < value.length; j++) {
        value[j] = operation.apply(a[j], b[j]);
      }
    }
  }

  private static double[] filled(int size, double value) {
    double[] result = new double[size];
    Arrays.fill(result, value);
    return result;
  }

  private static void multiply(double[] transposed, double[] argument, double[] result) {
    Arrays.fill(result, 0);
    int rows = result.length;
    for (int c = 0; c < argument.length; c++) {
      double factor = argument[c];
      int column = c * rows;
      for (int r = 0; r < rows; r++) {
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
