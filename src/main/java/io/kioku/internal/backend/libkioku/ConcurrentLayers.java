package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.JointRunner;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerParts;
import io.kioku.internal.ffi.Teams;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Runs several [LibkiokuLayer]s of one session at the same time. They are dealt to lanes, groups
/// of threads that meet only among themselves; in a chain a lane follows the one before it, chunk
/// by chunk of time.
final class ConcurrentLayers implements JointRunner {
  /// Chunks of a chain for each lane: fewer, and the later lanes wait long for their first; more,
  /// and large weights are read often.
  private static final int CHUNKS = 4;

  /// Rows of a chunk in which the products of x are still made of whole tiles.
  private static final int CHUNK_ROWS = 8;

  /// Weights of a lane up to which they stay in its cores' second-level cache for the most part. As
  /// measured with 2 MiB of it: directions side by side are 1.9 to 2.0 times as fast as alone on
  /// one thread below, where sharing each takes 1.8; above, sharing is ahead with 3.5 to 1.9.
  private static final long LANE_BYTES = 3 << 20;

  /// What of a thread is at work where threads share a layer whose weights are near, as measured:
  /// the rest is waiting for each other at each step, and longer steps wait less.
  private static final double SHARED_EFFICIENCY = 0.93;

  private static final double REDUCED_SHARED_EFFICIENCY = 0.8;

  private final LibkiokuRunner[] runners;
  private final boolean isChain;
  private final int maxThreads;
  private final Teams teams;
  private final LayerParts parts;
  private final int lanes;
  private final boolean fitsLanes;
  private final double sharedEfficiency;

  ConcurrentLayers(Kernels kernels, List<LibkiokuRunner> runners, boolean isChain, Arena arena) {
    this.runners = runners.toArray(LibkiokuRunner[]::new);
    this.isChain = isChain;
    this.maxThreads = this.runners[0].maxThreads();
    this.teams = Teams.of(maxThreads);
    this.lanes = Math.min(this.runners.length, maxThreads);
    long laneBytes = this.runners[0].packedBytes() * Math.ceilDiv(this.runners.length, lanes);
    this.fitsLanes = laneBytes <= LANE_BYTES * (maxThreads / lanes);
    this.sharedEfficiency =
        this.runners[0].isReduced() ? REDUCED_SHARED_EFFICIENCY : SHARED_EFFICIENCY;
    this.parts = new LayerParts(kernels, arena, this.runners.length);
    for (int i = 0; i < this.runners.length; i++) {
      parts.layer(i, this.runners[i].layerStruct(), this.runners[i].runStruct(), isChain && i > 0);
    }
  }

  @Override
  public boolean suits(int steps, int batch) {
    long products = 0;
    int sharing = 1; // threads of the layer that would share its call among the most
    for (LibkiokuRunner runner : runners) {
      products += runner.stepProducts() * batch * steps;
      sharing = Math.max(sharing, runner.threads(steps, batch, maxThreads));
    }
    double working = working(steps, batch);
    return products >= LibkiokuRunner.SHARED_CALL
        && (working > sharing || (fitsLanes && working > sharing * sharedEfficiency));
  }

  /// How many threads are at work on average: the last layers of a chain wait for the first chunks,
  /// the first ones have nothing to do behind their last.
  private double working(int steps, int batch) {
    double layersAtOnce = (double) runners.length / Math.ceilDiv(runners.length, lanes);
    double threads = layersAtOnce * laneThreads(steps, batch, maxThreads / lanes);
    double chunks = Math.ceilDiv(steps, chunk(steps, batch));
    return isChain ? threads * chunks / (chunks + lanes - 1) : threads;
  }

  @Override
  public boolean takesAnyRows() {
    return true;
  }

  @Override
  public void run(LayerCall[] calls) {
    int steps = calls[0].steps;
    int batch = calls[0].batch;
    int chunk = chunk(steps, batch);
    int laneThreads = laneThreads(steps, batch, maxThreads / lanes);
    place(calls, chunk, laneThreads);
    MemorySegment team = teams.take();
    try {
      if (team.address() == 0) {
        for (int i = 0; i < runners.length; i++) {
          runners[i].run(calls[i]);
        }
      } else {
        MemorySegment x = calls[0].x.segment;
        parts.run(lanes * laneThreads, team, x, calls[runners.length - 1].y.segment);
      }
    } finally {
      teams.give(team);
    }
  }

  /// In a chain, some for the lanes to follow each other by; else what each would take alone.
  private int chunk(int steps, int batch) {
    int chunk = Integer.MAX_VALUE;
    for (LibkiokuRunner runner : runners) {
      chunk = Math.min(chunk, runner.chunk(steps, batch));
    }
    int wave = Math.max(Math.ceilDiv(steps, CHUNKS * lanes), Math.ceilDiv(CHUNK_ROWS, batch));
    return isChain ? Math.min(chunk, wave) : chunk;
  }

  /// How many threads the largest layer can use.
  private int laneThreads(int steps, int batch, int most) {
    int threads = 1;
    for (LibkiokuRunner runner : runners) {
      threads = Math.max(threads, runner.threads(steps, batch, most));
    }
    return threads;
  }

  private void place(LayerCall[] calls, int chunk, int laneThreads) {
    int batch = calls[0].batch;
    long bytes = 0;
    for (LibkiokuRunner runner : runners) {
      bytes = Math.addExact(bytes, runner.workBytes(batch, chunk, laneThreads));
    }
    MemorySegment memory = runners[0].workspace().bytes(bytes);
    long at = 0;
    for (int i = 0; i < runners.length; i++) {
      LayerCall call = calls[i];
      runners[i].place(call, chunk, memory, at);
      at += runners[i].workBytes(batch, chunk, laneThreads);
      boolean isInside = isChain && i > 0;
      parts.input(i, isInside ? call.x.segment : null, call.x.offset);
      boolean isBelow = isChain && i < runners.length - 1;
      parts.output(i, isBelow ? call.y.segment : null, call.y.offset);
    }
  }
}
