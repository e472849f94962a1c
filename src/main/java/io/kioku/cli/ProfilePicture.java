package io.kioku.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// A profile as a picture: a bar for each operator, and for each of the slowest steps; its colour
/// says what computes it.
final class ProfilePicture {
  private static final int MOST = 30; // steps that are drawn
  private static final int WIDTH = 1080;
  private static final int MARGIN = 24;
  private static final int TITLE = 92;
  private static final int HEADING = 34;
  private static final int ROW = 22;
  private static final int BAR = 15;
  private static final int LEFT = 380; // where bars begin
  private static final int RIGHT = 150; // room for numbers behind the longest one
  private static final int GAP = 18;

  private static final Map<String, Color> COLORS =
      Map.of(
          "kioku", new Color(0x2B6CB0),
          "libkioku", new Color(0x319795),
          "onednn", new Color(0x2F855A),
          "blas", new Color(0x6B46C1),
          "java", new Color(0xDD6B20),
          "view", new Color(0xA0AEC0));

  private final Graphics2D graphics;
  private final Pen pen;
  private int y = TITLE;

  private ProfilePicture(Graphics2D graphics) {
    this.graphics = graphics;
    this.pen = new Pen(graphics);
  }

  /// Draws it.
  ///
  /// @param model what it is called
  static BufferedImage of(Profile profile, String model) {
    int shown = Math.min(MOST, profile.steps().size());
    int height =
        TITLE + 2 * HEADING + GAP + ROW * (profile.operators().size() + shown + 1) + MARGIN;
    BufferedImage image = new BufferedImage(WIDTH, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, WIDTH, height);
      new ProfilePicture(graphics).draw(profile, model, shown);
    } finally {
      graphics.dispose();
    }
    return image;
  }

  private void draw(Profile profile, String model, int shown) {
    pen.style(Font.BOLD, 20, Pen.INK);
    pen.write(pen.fit("Where the time of " + model + " goes", WIDTH - 2 * MARGIN), MARGIN, 36);
    pen.style(Font.PLAIN, 13, Pen.GREY);
    pen.write(
        String.format(
            Locale.ROOT,
            "%,.1f µs a run in %,d steps, median of %,d runs",
            profile.micros(),
            profile.steps().size(),
            profile.runs()),
        MARGIN,
        60);
    drawLegend(profile);
    drawBars(
        "Operators",
        profile.operators(),
        part -> part.count() == 1 ? part.operator() : part.operator() + " × " + part.count());
    y += GAP;
    List<Profile.Part> slowest = profile.steps().subList(0, shown);
    drawBars("Steps", slowest, part -> part.name() + "  (" + part.operator() + ")");
    int rest = profile.steps().size() - shown;
    if (rest > 0) {
      double share = 1 - slowest.stream().mapToDouble(Profile.Part::share).sum();
      pen.style(Font.PLAIN, 12, Pen.GREY);
      pen.writeLeftOf(
          LEFT - 10,
          y + BAR - 2,
          String.format(Locale.ROOT, "%,d more steps: %.1f %%", rest, 100 * share));
    }
  }

  private void drawLegend(Profile profile) {
    int x = MARGIN;
    List<String> backends =
        profile.operators().stream().map(Profile.Part::backend).distinct().sorted().toList();
    for (String backend : backends) {
      graphics.setColor(color(backend));
      graphics.fillRect(x, 72, 12, 12);
      pen.style(Font.PLAIN, 12, Pen.INK);
      x = pen.write(backend, x + 18, 82) + 20;
    }
  }

  private static Color color(String backend) {
    return COLORS.getOrDefault(backend, Pen.GREY);
  }

  private void drawBars(
      String heading, List<Profile.Part> parts, Function<Profile.Part, String> name) {
    pen.style(Font.BOLD, 14, Pen.INK);
    pen.write(heading, MARGIN, y + 22);
    y += HEADING;
    double most = parts.stream().mapToDouble(Profile.Part::micros).max().orElse(0);
    for (Profile.Part part : parts) {
      pen.style(Font.PLAIN, 12, Pen.INK);
      pen.writeLeftOf(LEFT - 10, y + BAR - 3, pen.fit(name.apply(part), LEFT - 10 - MARGIN));
      int width = (int) Math.round((WIDTH - LEFT - RIGHT) * part.micros() / Math.max(1e-9, most));
      graphics.setColor(color(part.backend()));
      graphics.fillRect(LEFT, y, Math.max(1, width), BAR);
      pen.style(Font.PLAIN, 12, Pen.GREY);
      pen.write(
          String.format(Locale.ROOT, "%,.1f µs  %s", part.micros(), Profile.share(part).strip()),
          LEFT + width + 8,
          y + BAR - 3);
      y += ROW;
    }
  }
}
