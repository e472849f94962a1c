package io.kioku.internal.backend;

/// Gives tracing runners memory for the values of the equations, and takes them when a run is over.
public interface Recorder {
  /// Whether a layer and direction is traced; [PackedNetwork] says how they are counted.
  boolean wants(int index);

  /// Whether anything of the run that began is traced.
  boolean wantsAny();

  /// A run of so many steps and streams begins.
  void begin(int steps, int batch);

  /// Where the values of a layer and direction go: rows with a [TraceLayout].
  Rows rows(int index);

  /// The run is over.
  ///
  /// @param isComplete whether all rows are written; if not, the run failed
  void end(boolean isComplete);
}
