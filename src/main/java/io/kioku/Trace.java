package io.kioku;

import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Recorder;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.backend.TraceLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What went on inside a cell: the value of every equation, for chosen layers and steps of a
/// session's runs.
///
///     try (Trace trace = session.trace(Set.of(1), 0, 20)) {    // layer 1, the next 20 steps
///       session.run(x, y);
///       float[] forget = trace.values(1, 0, "f");              // (20, N, H)
///     }
///
/// Values are named as on the left of the equations, `f`, `c'`, `h'`; steps count from the moment
/// the trace was asked for, over all runs, in the order of time. Where a cell's modules sleep, their
/// values but for the states are 0; all values are 0 at steps that a stream does not run, those past
/// its length or under a mask. Recording makes runs slower and allocates; a session without a
/// trace pays nothing.
///
/// On oneDNN, whose primitives show no gates, these are computed beside it from the states that
/// oneDNN left after each step; the states are its own.
///
/// A trace is read by one caller at a time, not while the session runs.
public final class Trace implements AutoCloseable {
  private final Network network;
  private final Session session;
  private final Set<Integer> layers;
  private final long from;
  private final long to;
  private final Map<Integer, Recorded> recorded = new TreeMap<>(); // by layer and direction
  private long seen;
  private int batch;

  /// One layer in one direction: what is being written, and what is kept of it.
  private static final class Recorded {
    private final TraceLayout layout;
    private final Rows rows = new Rows();
    private final List<float[]> steps = new ArrayList<>(); // (N, width) each

    Recorded(LayerSpec spec) {
      this.layout = new TraceLayout(spec);
    }
  }

  Trace(Network network, Session session, Set<Integer> layers, long from, long to) {
    this.network = network;
    this.session = session;
    this.layers = Set.copyOf(layers);
    this.from = from;
    this.to = to;
    for (int layer : layers) {
      for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
        recorded.put(network.index(layer, direction), new Recorded(network.spec(layer, direction)));
      }
    }
  }

  /// The names of the equations, of all layers that are recorded.
  public List<String> names() {
    Set<String> names = new LinkedHashSet<>();
    recorded.values().forEach(layer -> names.addAll(layer.layout.offsets().keySet()));
    return List.copyOf(names);
  }

  /// The layers that are recorded.
  public Set<Integer> layers() {
    return layers;
  }

  /// How many steps have been recorded so far.
  public int steps() {
    return recorded.isEmpty() ? 0 : recorded.values().iterator().next().steps.size();
  }

  /// N of the recorded steps; 0 before the first.
  public int batch() {
    return batch;
  }

  /// The values of one equation: (steps, N, size), row-major; its size is H for most, I, P or 1 for
  /// some, as the equation has it.
  ///
  /// @param layer one of the recorded ones
  /// @param direction 0, or 1 for the second of a layer that runs both ways
  /// @param name the left side of an equation: `i`, `c'`
  /// @throws IllegalArgumentException if there is no such layer, direction or name
  public float[] values(int layer, int direction, String name) {
    Recorded of =
        !layers.contains(layer) || direction < 0 || direction >= network.layer(layer).directions()
            ? null
            : recorded.get(network.index(layer, direction));
    if (of == null) {
      throw new IllegalArgumentException(
          "layer %d, direction %d is not recorded; layers %s are, in the directions that each has"
              .formatted(layer, direction, layers));
    }
    Integer offset = of.layout.offsets().get(name);
    if (offset == null) {
      throw new IllegalArgumentException(
          "cell %s has no equation %s; it has %s"
              .formatted(network.layer(layer).cell(), name, of.layout.offsets().keySet()));
    }
    int size = of.layout.size(name);
    float[] values = new float[Math.multiplyExact(of.steps.size(), batch * size)];
    int at = 0;
    for (float[] step : of.steps) {
      for (int n = 0; n < batch; n++) {
        System.arraycopy(step, n * of.layout.width() + offset, values, at, size);
        at += size;
      }
    }
    return values;
  }

  /// Ends recording; what was recorded can still be read. May be called twice.
  @Override
  public void close() {
    session.endTrace(this);
  }

  /// What the session's runner writes to: memory of one run, which goes when its values are kept.
  Recorder recorder() {
    return new RunRecorder();
  }

  private final class RunRecorder implements Recorder {
    private int runSteps;

    @Override
    public boolean wants(int index) {
      return wantsAny() && recorded.containsKey(index);
    }

    @Override
    public boolean wantsAny() {
      return seen < to && seen + runSteps > from;
    }

    @Override
    public void begin(int steps, int runBatch) {
      runSteps = steps;
      if (!wantsAny()) {
        return;
      }
      if (batch != 0 && batch != runBatch && steps() > 0) {
        throw new IllegalStateException(
            "the trace has steps of %d streams, and this run has %d: begin another trace"
                .formatted(batch, runBatch));
      }
      batch = runBatch;
      for (Map.Entry<Integer, Recorded> layer : recorded.entrySet()) {
        if (wants(layer.getKey())) {
          long width = layer.getValue().layout.width();
          long floats = Math.multiplyExact((long) steps * runBatch, width);
          MemorySegment memory = Arena.ofAuto().allocate(floats * Float.BYTES, 64);
          layer.getValue().rows.set(memory, 0, runBatch * width, width);
        }
      }
    }

    @Override
    public Rows rows(int index) {
      return recorded.get(index).rows;
    }

    @Override
    public void end(boolean isComplete) {
      for (Map.Entry<Integer, Recorded> layer : recorded.entrySet()) {
        if (isComplete && wants(layer.getKey())) {
          keep(layer.getValue());
        }
        layer.getValue().rows.segment = null;
      }
      seen += isComplete ? runSteps : 0;
    }

    private void keep(Recorded layer) {
      int width = layer.layout.width();
      for (long t = Math.max(0, from - seen); t < Math.min(runSteps, to - seen); t++) {
        float[] step = new float[Math.multiplyExact(batch, width)];
        long at = t * step.length * Float.BYTES;
        MemorySegment.copy(layer.rows.segment, ValueLayout.JAVA_FLOAT, at, step, 0, step.length);
        layer.steps.add(step);
      }
    }
  }

  @Override
  public String toString() {
    return "trace of layers %s of %s, %d steps".formatted(layers, network, steps());
  }
}
