package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The door and the end that sessions of several parts have in common.
class GuardTest {
  private final Parts model = new Parts("model");
  private final Guard guard = new Guard("session", model);

  @Test
  void oneCallerAtATime() {
    guard.enter();
    refused("the session is in use; one caller at a time may use it", guard::enter);
    refused("the session is in use; one caller at a time may use it", guard::close);
    guard.exit();
    guard.enter();
    guard.exit();
    guard.close();
    guard.close();
    refused("the session is closed", guard::enter);
    refused("the session is closed", guard::enter); // and nobody is left inside
  }

  @Test
  void whatItsModelIsClosedForIsClosedToo() {
    model.close();
    refused("the model is closed", guard::enter);
    refused("the model is closed", () -> new Guard("session", model));
    guard.close();
  }

  @Test
  void partsCloseInReversePastExceptions() {
    List<String> closed = new ArrayList<>();
    guard.parts().add("first", closed::add);
    guard
        .parts()
        .add(
            "second",
            name -> {
              closed.add(name);
              throw new IllegalStateException("cannot close");
            });
    guard.parts().add("third", closed::add);
    refused("cannot close", guard::close);
    guard.close();
    assertEquals(List.of("third", "second", "first"), closed);
  }

  private static void refused(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalStateException.class, action::run).getMessage());
  }
}
