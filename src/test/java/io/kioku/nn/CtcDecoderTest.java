package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Against sums over all alignments, which PyTorch's loss was compared with.
class CtcDecoderTest {
  private static final float NEVER = Float.NEGATIVE_INFINITY;
  private static final CtcDecoder TWO = new CtcDecoder(3, 0);

  static List<String> goldens() throws IOException {
    List<String> names = Golden.names("ctc_");
    assertTrue(names.size() >= 3, "only " + names);
    return names;
  }

  private static CtcDecoder decoder(Golden golden) {
    return new CtcDecoder(golden.size("K"), golden.size("blank"));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void theBestPathIsTheMostLikelyAlignment(String name) {
    Golden golden = Golden.read(name);
    List<Labelling> found =
        decoder(golden)
            .bestPath(golden.values("logs"), golden.size("N"), golden.integers("lengths"));
    assertFound(golden, "best", found.stream().map(List::of).toList());
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void aNarrowBeamKeepsTheMostLikelyPrefixes(String name) {
    Golden golden = Golden.read(name);
    assertFound(golden, "beam", search(golden, golden.size("width")));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void aBeamWideEnoughSumsOverAllAlignments(String name) {
    Golden golden = Golden.read(name);
    List<List<Labelling>> found = search(golden, 10_000);
    for (List<Labelling> each : found) {
      double sum = each.stream().mapToDouble(l -> Math.exp(l.logProbability())).sum();
      assertEquals(1, sum, 1e-6);
      assertEquals(each.size(), each.stream().map(Labelling::labels).distinct().count());
    }
    assertFound(golden, "all", found);
  }

  private static List<List<Labelling>> search(Golden golden, int width) {
    return decoder(golden)
        .beamSearch(golden.values("logs"), golden.size("N"), golden.integers("lengths"), width);
  }

  /// Prefixes that are lost and found again must be the same ones: long sequences, narrow beams.
  @Test
  void noPrefixIsFoundTwice() {
    Random random = new Random(3);
    for (int width = 1; width < 40; width += 3) {
      float[] logs = new float[60 * 3];
      for (int i = 0; i < logs.length; i++) {
        logs[i] = (float) random.nextGaussian() - 5;
      }
      List<Labelling> found = TWO.beamSearch(logs, 1, null, width).getFirst();
      assertEquals(width, found.stream().map(Labelling::labels).distinct().count());
      double likelyEnough = TWO.bestPath(logs, 1, null).getFirst().logProbability();
      assertTrue(width < 10 || found.getFirst().logProbability() >= likelyEnough);
    }
  }

  @Test
  void paddingChangesNothing() {
    Golden golden = Golden.read("ctc_blank_inside");
    float[] logs = golden.values("logs");
    float[] padded = Arrays.copyOf(logs, logs.length + 6);
    Arrays.fill(padded, logs.length, padded.length, Float.NaN); // never looked at
    int[] lengths = {golden.size("T")};
    CtcDecoder decoder = decoder(golden);
    assertEquals(decoder.bestPath(logs, 1, null), decoder.bestPath(padded, 1, lengths));
    assertEquals(decoder.beamSearch(logs, 1, null, 4), decoder.beamSearch(padded, 1, lengths, 4));
  }

  @Test
  void aSequenceWithoutStepsHasNoLabels() {
    Labelling none = new Labelling(List.of(), 0);
    float[] logs = new float[3];
    assertEquals(List.of(none), TWO.bestPath(logs, 1, new int[1]));
    assertEquals(List.of(List.of(none)), TWO.beamSearch(logs, 1, new int[1], 5));
  }

  @Test
  void repeatsAreJoinedUnlessABlankIsBetween() {
    float[] logs = certain(1, 1, 0, 1, 2, 2);
    Labelling expected = new Labelling(List.of(1, 1, 2), 0);
    assertEquals(List.of(expected), TWO.bestPath(logs, 1, null));
    assertEquals(List.of(List.of(expected)), TWO.beamSearch(logs, 1, null, 5));
  }

  private static float[] certain(int... alignment) {
    float[] logs = new float[alignment.length * 3];
    Arrays.fill(logs, NEVER);
    for (int t = 0; t < alignment.length; t++) {
      logs[t * 3 + alignment[t]] = 0;
    }
    return logs;
  }

  @Test
  void whatIsNoLogProbabilityIsRefused() {
    refused("classes is 1, expected at least 2: a label and the blank", () -> new CtcDecoder(1, 0));
    refused("blank is 3, expected 0 to 2", () -> new CtcDecoder(3, 3));
    refused("blank is -1, expected 0 to 2", () -> new CtcDecoder(3, -1));
    refused("batch is 0, expected at least 1", () -> TWO.bestPath(new float[3], 0, null));
    refused(
        "logs has 4 values, expected a multiple of N · K = 1 · 3",
        () -> TWO.bestPath(new float[4], 1, null));
    refused("lengths[0] is 3, expected 0 to 2", () -> TWO.bestPath(new float[6], 1, new int[] {3}));
    refused(
        "2 lengths, expected one for each of 1 sequences",
        () -> TWO.bestPath(new float[6], 1, new int[2]));
    refused("width is 0, expected at least 1", () -> TWO.beamSearch(new float[6], 1, null, 0));
    refused(
        "logs has 0.5 at step 1, expected log-probabilities, which are at most 0",
        () -> TWO.beamSearch(new float[] {0, 0, 0, 0, 0.5f, 0}, 1, null, 2));
    refused(
        "the largest logit is NaN, expected a finite number; are the weights damaged?",
        () -> TWO.bestPath(new float[] {0, Float.NaN, 0}, 1, null));
    refused(
        "the largest logit is -Infinity, expected a finite number; are the weights damaged?",
        () -> TWO.bestPath(new float[] {NEVER, NEVER, NEVER}, 1, null));
  }

  private static void assertFound(Golden golden, String what, List<List<Labelling>> found) {
    int steps = golden.size("T");
    int[] labels = golden.integers(what + ".labels");
    int count = labels.length / found.size() / steps;
    float[] logs = new float[found.size() * count];
    for (int i = 0; i < logs.length; i++) {
      Labelling labelling = found.get(i / count).get(i % count);
      List<Integer> expected = new ArrayList<>();
      for (int k = i * steps; k < (i + 1) * steps && labels[k] >= 0; k++) {
        expected.add(labels[k]);
      }
      assertEquals(expected, labelling.labels(), golden.name() + " " + what + " " + i);
      logs[i] = (float) labelling.logProbability();
    }
    golden.assertNear(what + ".log", logs, Backend.REFERENCE);
  }

  private static void refused(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
