package io.kioku.bench.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {
  private static final List<String> COLUMNS = List.of("who", "T", "micros");
  private static final List<String> CONTEST = List.of("T");
  private static final Map<String, String> ABOUT = Map.of("processor", "Zen", "threads", "1");

  @TempDir private Path folder;

  @Test
  void anInterruptedRunLeavesWhatItMeasured() throws IOException {
    Journal first = Journal.begin(folder, "run", COLUMNS, ABOUT);
    first.append(List.of(List.of("a", "1", "2.5"), List.of("b", "1", "3.5")));

    assertEquals("who,T,micros\na,1,2.5\nb,1,3.5\n", csv());
    Journal second = Journal.resume(folder, "run", COLUMNS, CONTEST, ABOUT);
    assertEquals(
        List.of(
            Map.of("who", "a", "T", "1", "micros", "2.5"),
            Map.of("who", "b", "T", "1", "micros", "3.5")),
        second.kept());

    second.append(List.of(List.of("a", "50", "9")));
    assertEquals("who,T,micros\na,1,2.5\nb,1,3.5\na,50,9\n", csv());
  }

  @Test
  void aContestThatWasCutOffIsMissing() throws IOException {
    Journal first = Journal.begin(folder, "run", COLUMNS, ABOUT);
    first.append(List.of(List.of("a", "1", "2.5")));
    first.append(List.of(List.of("a", "50", "9")));
    Files.writeString(folder.resolve("run.csv"), "b,5", StandardOpenOption.APPEND);

    Journal second = Journal.resume(folder, "run", COLUMNS, CONTEST, ABOUT);

    assertEquals(List.of("1"), second.kept().stream().map(row -> row.get("T")).toList());
    assertEquals("who,T,micros\na,1,2.5\n", csv());
  }

  @Test
  void anotherMachineOrOptionIsRefused() throws IOException {
    Journal.begin(folder, "run", COLUMNS, ABOUT);

    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class,
            () ->
                Journal.resume(
                    folder, "run", COLUMNS, CONTEST, Map.of("processor", "Xeon", "threads", "1")));

    assertTrue(
        refused.getMessage().contains("processor was Zen, is Xeon now"), refused::getMessage);
  }

  @Test
  void nothingToGoOnWithIsSaid() {
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class,
            () -> Journal.resume(folder, "run", COLUMNS, CONTEST, ABOUT));
    assertTrue(refused.getMessage().contains("run.run"), refused::getMessage);
  }

  @Test
  void finishReplacesAllRows() throws IOException {
    Journal journal = Journal.begin(folder, "run", COLUMNS, ABOUT);
    journal.append(List.of(List.of("a", "1", "2.5")));
    journal.finish(List.of(List.of("a", "1", "2.4")));
    assertEquals("who,T,micros\na,1,2.4\n", csv());
  }

  private String csv() throws IOException {
    return Files.readString(folder.resolve("run.csv"));
  }
}
