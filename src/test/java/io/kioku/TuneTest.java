package io.kioku;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cells;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Plans that were measured; the build gives tests a cache of their own.
final class TuneTest {
  private final SplittableRandom random = new SplittableRandom(3);

  @Test
  void laterEnginesKnowWhatOneMeasured() {
    Network network = Network.of(Cells.GRU, 3, 7).bidirectional();
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(5 * 2 * 3, 1, random);
    try (Engine tuning = Engine.builder().tune().open();
        Engine later = Engine.open();
        Model first = tuning.compile(network, weights);
        Model second = later.compile(network, weights);
        Session one = first.newSession(2);
        Session two = second.newSession(2)) {
      assertTrue(first.plan(0, 2).contains("measured on this machine"), first.plan(0, 2));
      assertTrue(second.plan(0, 2).contains("measured on this machine"), second.plan(0, 2));
      CaseResult.assertNear(one.run(x), two.run(x), 0, network);
    }
  }

  @Test
  void whatWasNotMeasuredFollowsTheRules() {
    Network network = Network.of(Cells.GRU, 3, 9);
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, RecurrentCase.weights(network, random))) {
      assertFalse(model.plan(0, 2).contains("measured"), model.plan(0, 2));
    }
  }
}
