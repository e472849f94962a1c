package io.kioku.cell;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Draws cells that use all of the equation language: projections, periods, scores, states of the
/// layer below, delayed inputs, states that copy others, constants alone.
///
/// The cells are tame, so that float32 and double stay together: states are bounded, and what jumps
/// (`step`, `floor`) gets only numbers that both have exactly.
public final class RandomCells {
  private static final int MOST_STATES = 4;
  private static final int MOST_VALUES = 4;

  /// Vectors that are combined element by element have one size, and so one domain.
  private enum Domain {
    INPUT,
    HIDDEN,
    OUTPUT
  }

  private final RandomGenerator random;
  private final boolean isClocked;
  private final boolean isSquare; // x is combined with the output
  private final boolean isProjected;
  private final boolean hasScore;
  private final Map<Domain, List<String>> vectors = new EnumMap<>(Domain.class); // named ones
  private final List<String> states = new ArrayList<>(List.of("h"));
  private final List<String> lines = new ArrayList<>();
  private int names;

  private RandomCells(RandomGenerator random) {
    this.random = random;
    isClocked = random.nextInt(6) == 0;
    isSquare = random.nextInt(5) == 0;
    isProjected = !isClocked && random.nextInt(4) == 0;
    hasScore = random.nextInt(4) == 0;
    for (Domain domain : Domain.values()) {
      vectors.put(domain, new ArrayList<>());
    }
  }

  /// The cell of a number.
  public static Cell random(long seed) {
    return Cell.of("random " + seed, text(seed));
  }

  /// The equations of a number: those of a cell.
  public static String text(long seed) {
    return new RandomCells(new Random(seed)).text();
  }

  /// The equations of a number with a few words changed, left out or put elsewhere: mostly no cell.
  public static String broken(long seed) {
    RandomGenerator random = new Random(~seed);
    List<String> lines = new ArrayList<>(text(seed).lines().toList());
    for (int change = random.nextInt(1, 4); change > 0; change--) {
      int line = random.nextInt(lines.size());
      List<Token> tokens = Token.scan("", lines.get(line), 1);
      List<String> words = new ArrayList<>(tokens.stream().map(Token::text).toList());
      int at = random.nextInt(words.size());
      String other = words.get(random.nextInt(words.size()));
      switch (random.nextInt(4)) {
        case 0 -> words.remove(at);
        case 1 -> words.add(at, other);
        case 2 -> words.set(at, other);
        default -> words.set(at, number(random));
      }
      lines.set(line, String.join(" ", words));
    }
    return String.join("\n", lines);
  }

  private static String number(RandomGenerator random) {
    String[] numbers = {"0", "1", "-1", "0.5", "-922337203", "1e-30", "3.4e38"};
    return numbers[random.nextInt(numbers.length)];
  }

  private String text() {
    for (String state : List.of("c", "d", "s").subList(0, random.nextInt(MOST_STATES))) {
      states.add(state);
    }
    at(isProjected ? Domain.OUTPUT : Domain.HIDDEN).add("h");
    at(Domain.HIDDEN).addAll(states.subList(1, states.size()));
    if (isSquare) {
      at(isProjected ? Domain.OUTPUT : Domain.HIDDEN).add("x");
    }
    if (!isSquare && !isClocked) {
      at(Domain.INPUT).add("x");
      if (random.nextInt(4) == 0) {
        addDelays();
      }
    }
    List<String> open = new ArrayList<>(states);
    Collections.shuffle(open, new Random(random.nextLong()));
    for (int values = random.nextInt(MOST_VALUES + 1); !open.isEmpty(); ) {
      if (values > 0 && random.nextBoolean()) {
        define(values--);
      } else {
        update(open.removeLast());
      }
    }
    Collections.shuffle(lines, new Random(random.nextLong()));
    return "# drawn at random\n" + String.join("\n", lines) + "\n";
  }

  /// Inputs some steps late are states.
  private void addDelays() {
    lines.add("p' = x");
    at(Domain.INPUT).add("p");
    if (random.nextBoolean()) {
      lines.add("q' = p");
      at(Domain.INPUT).add("q");
    }
  }

  private void define(int number) {
    Domain domain = domain();
    String name = "v" + number;
    lines.add(name + " = " + (chance(3) ? sum(domain, 2) : vector(domain, 3)));
    at(domain).add(name);
  }

  private void update(String state) {
    Domain domain = state.equals("h") && isProjected ? Domain.OUTPUT : Domain.HIDDEN;
    String value = updated(state, domain);
    if (isClocked) { // all are of one size only where they meet
      value += states.size() == 1 ? "" : " + 0.0625 * " + next(state);
      value += isSquare ? " + 0.0625 * x" : "";
    }
    lines.add(state + "'" + (isClocked ? periods() : "") + " = " + value);
    // No matrix may multiply a constant, and h' = c' where c' = h would be no update.
    if (value.matches(".*[a-z].*") && value.length() > 2) {
      at(domain).add(state + "'");
    }
  }

  private String next(String state) {
    return states.get((states.indexOf(state) + 1) % states.size());
  }

  private String updated(String state, Domain domain) {
    return switch (random.nextInt(14)) {
      case 0 -> constant();
      case 1 -> sum(domain, 2);
      case 2 -> product(2);
      case 3 -> vectorParameter();
      case 4 -> isClocked ? sum(domain, 1) : other(state, domain);
      case 5 -> {
        String gate = "sigmoid(" + sum(domain, 1) + ")";
        yield "%1$s * %2$s + (1 - %1$s) * tanh(%3$s)".formatted(gate, state, vector(domain, 2));
      }
      case 6 -> "clip(%s, 1.5)".formatted(vector(domain, 3));
      default -> "tanh(" + (chance(2) ? sum(domain, 2) : vector(domain, 4)) + ")";
    };
  }

  /// A vector of the domain as it is, but for the state itself.
  private String other(String state, Domain domain) {
    List<String> others =
        at(domain).stream().filter(v -> !v.equals(state) && !v.matches("v\\d")).toList();
    return others.isEmpty() ? constant() : pick(others);
  }

  private String periods() {
    return states.size() % 2 == 0 ? "[1, 2]" : "[1, 2, 6]";
  }

  /// A gate: products with a bias and other terms.
  private String sum(Domain domain, int depth) {
    StringBuilder sum = new StringBuilder(product(depth));
    for (int more = random.nextInt(4); more > 0; more--) {
      sum.append(" + ").append(product(depth));
    }
    if (chance(2)) {
      sum.append(" + ").append(vectorParameter());
    }
    if (chance(4)) {
      sum.append(" + ").append(vectorParameter()).append(" * ").append(vector(domain, 0));
    }
    if (chance(4)) {
      sum.append(chance(2) ? " + " : " - ").append(vector(domain, depth - 1));
    }
    return sum.toString();
  }

  private String product(int depth) {
    String matrix = "M_" + names++;
    if (isClocked || depth <= 0 || chance(2)) {
      List<String> direct = new ArrayList<>(states);
      direct.add("x");
      direct.add("x");
      if (!isClocked) {
        direct.addAll(at(domain()));
      }
      return matrix + " " + pick(direct);
    }
    if (chance(4)) {
      String state = pick(states);
      return "(%1$s %2$s + %1$s tanh(%2$s))".formatted(matrix, state);
    }
    return chance(4)
        ? matrix + " " + product(depth - 1)
        : matrix + " (" + vector(domain(), depth - 1) + ")";
  }

  private String vectorParameter() {
    return "b_" + names++;
  }

  /// A bounded vector of a domain.
  private String vector(Domain domain, int depth) {
    if (depth <= 0) {
      return leaf(domain);
    }
    Supplier<String> inner = () -> vector(domain, depth - 1);
    return switch (random.nextInt(isClocked ? 20 : 22)) {
      case 0, 1 -> leaf(domain);
      case 2, 3 -> bounded() + "(" + (chance(2) ? sum(domain, depth - 1) : inner.get()) + ")";
      case 4 -> activation(inner.get());
      case 5 -> "exp(clip(%s, 1))".formatted(inner.get());
      case 6 -> "log(2.5 + tanh(%s))".formatted(inner.get());
      case 7 -> "(%s) / (1.5 + sigmoid(%s))".formatted(inner.get(), inner.get());
      case 8 -> "tanh(%s) * (%s)".formatted(inner.get(), inner.get());
      case 9 -> "(%s + %s)".formatted(inner.get(), inner.get());
      case 10 -> "(%s - (%s))".formatted(inner.get(), inner.get());
      case 11 -> "max(%s, %s)".formatted(inner.get(), chance(2) ? inner.get() : constant());
      case 12 -> "min(%s, %s)".formatted(inner.get(), chance(2) ? inner.get() : constant());
      case 13 -> "(-%s)".formatted(inner.get());
      case 14 -> "(%s * %s)".formatted(constant(), inner.get());
      case 15 -> "(1 - sigmoid(%s)) * %s".formatted(inner.get(), leaf(domain));
      case 16 -> hasScore ? scored(inner.get()) : "(%s)".formatted(inner.get());
      case 17 -> jumping(domain);
      case 18 -> "(%s + %s)".formatted(constant(), inner.get());
      case 19 -> "(%s / 2)".formatted(inner.get());
      case 20 -> "(" + product(depth - 1) + ")";
      default -> norm(domain);
    };
  }

  private String leaf(Domain domain) {
    if (chance(8)) {
      return vectorParameter();
    }
    List<String> known = at(domain);
    if (known.isEmpty()) {
      return isClocked ? "(M_%d x)".formatted(names++) : "(" + product(0) + ")";
    }
    String name = pick(known);
    return states.contains(name) && chance(8) ? "below(" + name + ")" : name;
  }

  private String bounded() {
    return pick(List.of("sigmoid", "tanh", "hardsigmoid", "softsign"));
  }

  private String activation(String a) {
    return switch (random.nextInt(9)) {
      case 0 -> "relu(%s)".formatted(a);
      case 1 -> "leakyrelu(%s, 0.3)".formatted(a);
      case 2 -> "elu(%s, 0.6)".formatted(a);
      case 3 -> "softplus(%s)".formatted(a);
      case 4 -> "affine(%s, 0.5, -0.25)".formatted(a);
      case 5 -> "scaledtanh(%s, 1.7159, 0.6667)".formatted(a);
      case 6 -> "hardsigmoid(%s, 0.3, 0.4)".formatted(a);
      case 7 -> "log(1 + exp(clip(%s, 2)))".formatted(a);
      default -> "clip(%s, 0.75)".formatted(a);
    };
  }

  private String scored(String a) {
    return switch (random.nextInt(6)) {
      case 0 -> "(1 - score) * (%s)".formatted(a);
      case 1 -> "(%s) / (1 + score)".formatted(a);
      case 2 -> "max(%s, score)".formatted(a);
      case 3 -> "(%s + sigmoid(2 * score - 1))".formatted(a);
      case 4 -> "step(score - 0.5) * (%s)".formatted(a);
      default -> "score * (%s)".formatted(a);
    };
  }

  /// What jumps, of what is not computed.
  private String jumping(Domain domain) {
    String exact =
        at(domain).contains("x") ? "x" : hasScore && chance(2) ? "score" : vectorParameter();
    String jump =
        switch (random.nextInt(5)) {
          case 0 -> "0.125 * floor(8 * %s)".formatted(exact);
          case 1 -> "mod(%s, 0.25)".formatted(exact);
          case 2 -> "step(4 * %s)".formatted(exact);
          case 3 -> "step(%s - 0.25)".formatted(exact);
          default -> "thresholdedrelu(%s, 0.125)".formatted(exact);
        };
    return exact.equals("score") ? "(%s * %s)".formatted(jump, leaf(domain)) : "(" + jump + ")";
  }

  /// Of products, whose elements differ enough; some arguments may be there twice.
  private String norm(Domain domain) {
    List<String> arguments = new ArrayList<>();
    for (int more = random.nextInt(3); more >= 0; more--) {
      arguments.add(chance(3) ? "tanh(" + sum(domain, 1) + ")" : product(1));
    }
    if (chance(3)) {
      arguments.add(pick(arguments));
    }
    if (chance(2)) {
      arguments.add("eps=" + pick(List.of("1e-3", "1e-12", "0.5", "1e-5")));
    }
    return "norm(" + String.join(", ", arguments) + ")";
  }

  private String constant() {
    return pick(List.of("0.25", "-0.5", "1", "0", "0.875", "-1.5", "(0.5 - 2)"));
  }

  private Domain domain() {
    Domain[] domains =
        isClocked
            ? new Domain[] {Domain.HIDDEN}
            : isProjected
                ? Domain.values()
                : new Domain[] {isSquare ? Domain.HIDDEN : Domain.INPUT, Domain.HIDDEN};
    return domains[random.nextInt(domains.length)];
  }

  private List<String> at(Domain domain) {
    return vectors.get(domain);
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private String pick(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
