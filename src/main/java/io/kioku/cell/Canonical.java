package io.kioku.cell;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A cell's text without its choices of names and order, and the names in the order in which that
/// text meets them. Two cells with equal texts compute the same; their names correspond one to one.
///
/// Sums and products are ordered by a hash of their structure in which names do not take part. A
/// clash or a tie can keep two same cells apart, never bring two different ones together: the texts
/// are compared in full.
record Canonical(String text, List<String> names) {
  static Canonical of(Cell cell) {
    return new Writer(cell).write();
  }

  private static final class Writer {
    private final Cell cell;
    private final int[] uses;
    private final long[] hashes;
    private final Map<Node, Integer> written = new HashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private final List<String> states = new ArrayList<>(List.of("h"));
    private final StringBuilder text = new StringBuilder();

    Writer(Cell cell) {
      this.cell = cell;
      this.uses = Uses.count(cell);
      this.hashes = new long[cell.nodes().size()];
      for (Node node : cell.nodes()) {
        hashes[node.id()] = hash(node);
      }
    }

    Canonical write() {
      names.put("h", "h");
      // States join the list as the text meets them; those that no output needs come last.
      for (int i = 0; i < states.size(); i++) {
        writeUpdate(states.get(i));
      }
      List<String> rest = new ArrayList<>(cell.states());
      rest.removeAll(states);
      rest.sort((a, b) -> byHash(cell.update(a), cell.update(b)));
      for (String state : rest) {
        writeUpdate(state);
      }
      return new Canonical(text.toString(), List.copyOf(names.keySet()));
    }

    private void writeUpdate(String state) {
      text.append(rename(state, "s")).append("'=");
      write(cell.update(state));
      text.append('\n');
    }

    private void write(Node node) {
      Integer before = written.putIfAbsent(node, written.size());
      if (before != null) {
        text.append('#').append(before);
        return;
      }
      switch (node.operation()) {
        case VECTOR -> text.append(rename(node.name(), "v"));
        case STATE, BELOW -> {
          text.append(node.operation()).append(rename(node.name(), "s"));
          if (!states.contains(node.name())) {
            states.add(node.name());
          }
        }
        case CONSTANT -> text.append(node.value());
        case NORM -> text.append(node.operation()).append(node.value());
        case PRODUCT -> text.append(rename(node.name(), "M"));
        case CLOCKED -> text.append(node.operation()).append(cell.periods());
        default -> text.append(node.operation());
      }
      text.append('(');
      for (Node operand : operands(node)) {
        write(operand);
        text.append(',');
      }
      text.append(')');
    }

    private String rename(String name, String kind) {
      String known = names.get(name);
      if (known == null) {
        known = kind + names.size();
        names.put(name, known);
      }
      return known;
    }

    /// The arguments; of a chain of sums or products all of its terms, in canonical order.
    private List<Node> operands(Node node) {
      if (node.operation() == Operation.NORM) {
        List<Node> arguments = new ArrayList<>(node.arguments());
        arguments.subList(1, arguments.size()).sort(this::byHash);
        return arguments;
      }
      if (!node.operation().commutes()) {
        return node.arguments();
      }
      List<Node> terms = Uses.terms(node, uses);
      terms.sort(this::byHash);
      return terms;
    }

    private int byHash(Node a, Node b) {
      return Long.compare(hashes[a.id()], hashes[b.id()]);
    }

    private long hash(Node node) {
      // The output state is known by its role, all other names are free.
      boolean output = node.operation() == Operation.STATE && node.name().equals("h");
      long hash =
          mix(
              node.operation().name().hashCode() + (output ? 1 : 0),
              Double.doubleToLongBits(node.value()));
      for (Node operand : operands(node)) {
        hash = mix(hash, hashes[operand.id()]);
      }
      return hash;
    }

    /// One round of SplitMix64's finaliser (Steele et al. 2014).
    private static long mix(long a, long b) {
      long z = a * 0x9E3779B97F4A7C15L + b;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      return z ^ (z >>> 31);
    }
  }
}
