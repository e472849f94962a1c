package io.kioku.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A bar that shows how much of something long is done, and how much time is left; only if someone
/// can be looking at it.
final class Progress implements LongConsumer, AutoCloseable {
  /// Shorter texts are done before anyone could read the bar.
  private static final long LONG = 100_000;

  private static final int WIDTH = 79;
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private final ProgressBar bar; // null: not shown

  private Progress(ProgressBar bar) {
    this.bar = bar;
  }

  /// Begins with nothing read.
  ///
  /// @param total the bytes of the text
  /// @param err where the bar goes if it is the terminal
  static Progress begin(long total, PrintStream err) {
    return begin(total < LONG ? 0 : total, " KB", 1000, err);
  }

  /// Begins with nothing done.
  ///
  /// @param total what there is to do; 0 for so little that no bar is needed
  /// @param unit the name of what is counted
  /// @param size how many make one of the unit
  /// @param err where the bar goes if it is the terminal
  static Progress begin(long total, String unit, long size, PrintStream err) {
    if (total == 0 || !err.equals(System.err) || !Terminal.is(STDERR)) {
      return new Progress(null);
    }
    return new Progress(
        new ProgressBarBuilder()
            .setInitialMax(total)
            .setUnit(unit, size)
            .setStyle(ProgressBarStyle.ASCII)
            .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
            .clearDisplayOnFinish()
            .build());
  }

  @Override
  public void accept(long bytes) {
    if (bar != null) {
      bar.stepTo(bytes);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
