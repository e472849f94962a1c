package io.kioku.cli;

import io.kioku.cli.vad.Segment;
import io.kioku.cli.vad.SpeechRules;
import io.kioku.cli.vad.SpeechTrack;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What was found in a sound as a picture: from top to bottom a title, the sound and the
/// probability of speech, both over the same time, with the segments behind them.
final class VadPicture {
  private static final int MARGIN = 24;
  private static final int LEFT = 70; // of the plots: their scales
  private static final int WIDTH = 1200; // of the plots
  private static final int TITLE = 80;
  private static final int HEADING = 26;
  private static final int HEIGHT = 190;
  private static final int GAP = 26;
  private static final int TICKS = 34;
  private static final int MOST_TICKS = 12;

  private static final Color SPEECH = new Color(0xFBE3CC);
  private static final Color SOUND = new Color(0x0072B2);
  private static final Color MEAN = new Color(0x0072B2);
  private static final Color MOST = new Color(0x9CCBE8); // in a column of several windows
  private static final Color THRESHOLD = new Color(0xD55E00);

  /// Distances of marks, in seconds, that people count in.
  private static final double[] STEPS = {
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200
  };

  private final Graphics2D graphics;
  private final Pen pen;
  private final SpeechTrack track;
  private final List<Segment> segments;
  private final double seconds;
  private final double[] speech = new double[WIDTH]; // which part of each column is in a segment

  private VadPicture(Graphics2D graphics, SpeechTrack track, List<Segment> segments) {
    this.graphics = graphics;
    this.pen = new Pen(graphics);
    this.track = track;
    this.segments = segments;
    this.seconds = Math.max(track.seconds(track.length()), 1e-3);
    for (Segment segment : segments) {
      double from = track.seconds(segment.start()) / seconds * WIDTH;
      double to = track.seconds(segment.end()) / seconds * WIDTH;
      for (int column = (int) from; column < Math.min(to, WIDTH); column++) {
        speech[column] += Math.min(to, column + 1) - Math.max(from, column);
      }
    }
  }

  /// Draws it.
  static BufferedImage of(Path file, SpeechTrack track, List<Segment> segments, SpeechRules rules) {
    int panel = HEADING + HEIGHT + GAP;
    BufferedImage image =
        new BufferedImage(
            LEFT + WIDTH + MARGIN, TITLE + 2 * panel + TICKS, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
      VadPicture picture = new VadPicture(graphics, track, segments);
      picture.drawTitle(file);
      picture.drawSound(TITLE);
      picture.drawProbability(TITLE + panel, rules);
    } finally {
      graphics.dispose();
    }
    return image;
  }

  private void drawTitle(Path file) {
    pen.style(Font.BOLD, 20, Pen.INK);
    pen.write(pen.fit("Speech in " + file.getFileName(), WIDTH), MARGIN, 36);
    pen.style(Font.PLAIN, 13, Pen.GREY);
    pen.write(
        String.format(
            Locale.ROOT,
            "%d segment%s (shaded), %.1f s of speech in %.1f s",
            segments.size(),
            segments.size() == 1 ? "" : "s",
            track.seconds(segments),
            seconds),
        MARGIN,
        60);
  }

  private void drawSound(int top) {
    double loudest = 1e-3;
    for (int i = 0; i < track.lows().length; i++) {
      loudest = Math.max(loudest, Math.max(-track.lows()[i], track.highs()[i]));
    }
    TimePlot plot = new TimePlot(WIDTH, HEIGHT, -loudest, loudest);
    plot.band(
        "sound",
        columns(track.lows(), ColumnValue.LEAST),
        columns(track.highs(), ColumnValue.MOST),
        SOUND);
    drawPanel(top, "Sound", "", plot);
    drawScale(top, loudest, 0, -loudest);
  }

  private void drawProbability(int top, SpeechRules rules) {
    TimePlot plot = new TimePlot(WIDTH, HEIGHT, 0, 1);
    double[] mean = columns(track.probabilities(), ColumnValue.MEAN);
    plot.band("most", mean, columns(track.probabilities(), ColumnValue.MOST), MOST);
    plot.band("mean", new double[WIDTH], mean, MEAN);
    String threshold =
        "speech begins at %s (line), and ends below %s (dashes)%s"
            .formatted(
                text(rules.threshold()),
                text(rules.exitThreshold()),
                mean.length < track.probabilities().length ? "; dark: mean, light: highest" : "");
    drawPanel(top, "Probability of speech:", threshold, plot);
    drawScale(top, 1, 0.5, 0);
    drawThreshold(top, rules.threshold(), 0);
    drawThreshold(top, rules.exitThreshold(), 3);
    drawTimes(top + HEADING + HEIGHT);
  }

  private void drawPanel(int top, String name, String meaning, TimePlot plot) {
    pen.style(Font.BOLD, 14, Pen.INK);
    int end = pen.write(name, LEFT, top + 14);
    pen.style(Font.PLAIN, 13, Pen.GREY);
    pen.write(meaning, end + 10, top + 14);
    for (int column = 0; column < WIDTH; column++) {
      graphics.setColor(shade(speech[column]));
      graphics.fillRect(LEFT + column, top + HEADING, 1, HEIGHT);
    }
    Graphics2D place = (Graphics2D) graphics.create(LEFT, top + HEADING, WIDTH, HEIGHT);
    plot.draw(place);
    place.dispose();
    graphics.setColor(Pen.GREY);
    graphics.drawRect(LEFT - 1, top + HEADING - 1, WIDTH + 1, HEIGHT + 1);
  }

  private static Color shade(double part) {
    double white = 1 - Math.min(1, part);
    return new Color(
        (int) (SPEECH.getRed() + white * (255 - SPEECH.getRed())),
        (int) (SPEECH.getGreen() + white * (255 - SPEECH.getGreen())),
        (int) (SPEECH.getBlue() + white * (255 - SPEECH.getBlue())));
  }

  private void drawScale(int top, double high, double middle, double low) {
    pen.style(Font.PLAIN, 12, Pen.GREY);
    int y = top + HEADING;
    pen.writeLeftOf(LEFT - 8, y + 10, text(high));
    pen.writeLeftOf(LEFT - 8, y + HEIGHT / 2 + 4, text(middle));
    pen.writeLeftOf(LEFT - 8, y + HEIGHT, text(low));
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /// @param dash of the line; 0 for none
  private void drawThreshold(int top, double threshold, float dash) {
    Graphics2D line = (Graphics2D) graphics.create();
    line.setColor(THRESHOLD);
    if (dash > 0) {
      line.setStroke(
          new BasicStroke(
              1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {dash}, 0));
    }
    int y = top + HEADING + (int) Math.round((1 - threshold) * HEIGHT);
    line.drawLine(LEFT, y, LEFT + WIDTH - 1, y);
    line.dispose();
  }

  private void drawTimes(int y) {
    double step =
        Arrays.stream(STEPS)
            .filter(distance -> seconds / distance <= MOST_TICKS)
            .findFirst()
            .orElse(Math.ceil(seconds / MOST_TICKS / 3600) * 3600);
    pen.style(Font.PLAIN, 12, Pen.GREY);
    for (int i = 0; i * step <= seconds; i++) {
      int x = x(i * step);
      graphics.drawLine(x, y + 1, x, y + 5);
      pen.writeAround(x, y + 20, time(i * step));
    }
  }

  private int x(double second) {
    return LEFT + (int) Math.round(second / seconds * WIDTH);
  }

  /// As in `2.5 s`, `1:30` or `1:00:00`.
  private String time(double second) {
    if (seconds < 60) {
      String number = String.format(Locale.ROOT, "%.2f", second);
      return number.replaceFirst("\\.?0+$", "") + " s";
    }
    int all = (int) Math.round(second);
    return seconds < 3600
        ? "%d:%02d".formatted(all / 60, all % 60)
        : "%d:%02d:%02d".formatted(all / 3600, all / 60 % 60, all % 60);
  }

  private double[] columns(float[] values, ColumnValue shown) {
    int windows = Math.max(1, track.probabilities().length);
    double windowsCovered = (double) track.length() / track.window();
    return shown.of(values, windowsCovered * values.length / windows, WIDTH);
  }
}
