package io.kioku.cli.vad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Windows of 32 ms at 16 kHz: 512 samples. What is expected is what Silero's own
/// `get_speech_timestamps` gives for the same probabilities.
class SegmenterTest {
  private static final int WINDOW = 512;
  private static final int RATE = 16_000;
  private static final SpeechRules BARE =
      new SpeechRules(0.5, 0.35, 0, 0, 0, Double.POSITIVE_INFINITY);

  /// Probabilities from digits: 9 is 0.9, and so on.
  private static float[] probabilities(String digits) {
    float[] values = new float[digits.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (digits.charAt(i) - '0') / 10f;
    }
    return values;
  }

  /// Segments in windows, such as `2-5 7-9`; the sound ends with its last window.
  private static String windows(String digits, SpeechRules rules) {
    return windows(digits, rules, (long) digits.length() * WINDOW);
  }

  private static String windows(String digits, SpeechRules rules, long length) {
    StringBuilder text = new StringBuilder();
    for (Segment segment : Segmenter.segments(probabilities(digits), WINDOW, RATE, length, rules)) {
      assertEquals(0, segment.start() % WINDOW);
      text.append(segment.start() / WINDOW).append('-');
      text.append(segment.end() / WINDOW).append(' ');
    }
    return text.toString().strip();
  }

  private static List<Segment> segments(String digits, SpeechRules rules) {
    return Segmenter.segments(
        probabilities(digits), WINDOW, RATE, (long) digits.length() * WINDOW, rules);
  }

  @Test
  void speechBeginsAtTheThresholdAndEndsBelowTheOther() {
    assertEquals("", windows("", BARE));
    assertEquals("", windows("000444000", BARE));
    assertEquals("3-6", windows("000555000", BARE));
    assertEquals("3-6", windows("000954000", BARE));
    assertEquals("3-6 9-12", windows("000944300999", BARE));
    assertEquals("0-9", windows("999999999", BARE));
  }

  @Test
  void silencesMayBeShort() {
    SpeechRules rules = new SpeechRules(0.5, 0.35, 0, 100, 0, Double.POSITIVE_INFINITY);
    // silence is as long as 4 windows have come since it began: 128 ms
    assertEquals("2-11", windows("00999009999", rules));
    assertEquals("2-5 10-12", windows("009990000099", rules));
    assertEquals("2-12", windows("009990000999", rules));
    // between the thresholds nothing changes
    assertEquals("2-5", windows("0099904040400", rules));
  }

  @Test
  void shortSpeechIsDropped() {
    SpeechRules rules = new SpeechRules(0.5, 0.35, 96, 0, 0, Double.POSITIVE_INFINITY);
    assertEquals("5-9", windows("0999099990", rules));
    assertEquals("", windows("0000000999", rules));
    assertEquals("6-10", windows("0000009999", rules));
  }

  @Test
  void segmentsArePadded() {
    SpeechRules rules = new SpeechRules(0.5, 0.35, 0, 0, 30, Double.POSITIVE_INFINITY);
    List<Segment> segments = segments("900090990", rules);
    assertEquals(0, segments.get(0).start());
    assertEquals(WINDOW + 480, segments.get(0).end());
    assertEquals(4 * WINDOW - 480, segments.get(1).start());
    // 512 samples between two: each takes a half
    assertEquals(5 * WINDOW + 256, segments.get(1).end());
    assertEquals(6 * WINDOW - 256, segments.get(2).start());
    assertEquals(8 * WINDOW + 480, segments.get(2).end());
    assertEquals(WINDOW, segments("9", rules).getFirst().end());
  }

  @Test
  void theLastWindowMayBeShort() {
    List<Segment> segments =
        Segmenter.segments(probabilities("0099"), WINDOW, RATE, 3 * WINDOW + 7, BARE);
    assertEquals(3 * WINDOW + 7, segments.getFirst().end());
    assertEquals(0.9, segments.getFirst().probability(), 1e-6);
  }

  @Test
  void longSpeechIsCut() {
    // 10 windows and one more
    SpeechRules rules = new SpeechRules(0.5, 0.35, 0, 1000, 0, 11 * 0.032);
    assertEquals("0-11 12-23 24-30", windows("9".repeat(30), rules));
    // in its longest pause, if one is longer than 98 ms
    assertEquals("0-2 6-12", windows("990000999999", rules));
    assertEquals("0-11", windows("990009999990", rules));
  }

  @Test
  void theProbabilityIsTheMean() {
    assertEquals(0.7, segments("0057900", BARE).getFirst().probability(), 1e-6);
  }

  @Test
  void segmentsAreInOrderWhateverTheRules() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder digits = new StringBuilder();
      while (digits.length() < 100) {
        digits.append(String.valueOf(random.nextInt(10)).repeat(random.nextInt(1, 9)));
      }
      double max = random.nextBoolean() ? Double.POSITIVE_INFINITY : random.nextDouble(0.1, 2);
      SpeechRules rules =
          new SpeechRules(
              0.5, 0.35, random.nextInt(300), random.nextInt(300), random.nextInt(300), max);
      long end = 0;
      for (Segment segment : segments(digits.toString(), rules)) {
        assertTrue(segment.start() >= end, digits + " " + rules);
        assertTrue(segment.end() > segment.start(), digits + " " + rules);
        end = segment.end();
      }
      assertTrue(end <= (long) digits.length() * WINDOW);
    }
  }

  @Test
  void rulesThatMakeNoSenseAreRefused() {
    List<String> messages = new ArrayList<>();
    for (double[] v :
        new double[][] {
          {0, 0, 0, 0, 0, 1},
          {1, .5, 0, 0, 0, 1},
          {Double.NaN, .5, 0, 0, 0, 1},
          {.5, .6, 0, 0, 0, 1},
          {.5, .3, -1, 0, 0, 1},
          {.5, .3, 0, -1, 0, 1},
          {.5, .3, 0, 0, -1, 1},
          {.5, .3, 0, 0, 0, 0}
        }) {
      messages.add(
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new SpeechRules(v[0], v[1], (int) v[2], (int) v[3], (int) v[4], v[5]))
              .getMessage());
    }
    assertEquals("the threshold is 0.0, expected between 0 and 1", messages.getFirst());
    assertEquals(
        "the exit threshold is 0.6, expected above 0 and at most the threshold", messages.get(3));
    assertEquals("the longest speech is 0.0, expected above 0 s", messages.getLast());
    assertEquals(0.35, SpeechRules.exitThreshold(0.5), 1e-12);
    assertEquals(0.01, SpeechRules.exitThreshold(0.1), 1e-12);
    assertEquals(0.005, SpeechRules.exitThreshold(0.005), 1e-12);
  }
}
