package io.kioku.internal.onnx.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A node's attributes. An operator reads those that it knows; what it has not asked for when it is
/// made is unknown to it, and the node is refused.
public final class Attributes {
  private final Map<String, Object> values;
  private final Set<String> unread;

  /// @param values each a Long, Float, String, long[], float[], List of String, [Constant] or
  ///   [Graph]
  public Attributes(Map<String, Object> values) {
    this.values = values;
    this.unread = new TreeSet<>(values.keySet());
  }

  /// Whether there is such an attribute.
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /// An integer.
  ///
  /// @param absent what stands for it when it is left out
  public long integer(String name, long absent) {
    Long value = get(name, Long.class, "an integer");
    return value == null ? absent : value;
  }

  /// An integer of 0 or 1.
  public boolean flag(String name, boolean absent) {
    return integer(name, absent ? 1 : 0) != 0;
  }

  /// An integer that an `int` can hold.
  public int small(String name, int absent) {
    long value = integer(name, absent);
    if (value != (int) value) {
      throw new Refusal("attribute %s is %d, expected a 32-bit integer".formatted(name, value));
    }
    return (int) value;
  }

  /// A float.
  public float real(String name, float absent) {
    Float value = get(name, Float.class, "a float");
    return value == null ? absent : value;
  }

  /// A text; null if it is left out.
  public String text(String name) {
    return get(name, String.class, "a string");
  }

  /// A text.
  public String text(String name, String absent) {
    String value = text(name);
    return value == null ? absent : value;
  }

  /// A list of integers; null if it is left out.
  public long[] integers(String name) {
    return get(name, long[].class, "a list of integers");
  }

  /// A list of floats; null if it is left out.
  public float[] reals(String name) {
    return get(name, float[].class, "a list of floats");
  }

  /// A list of texts; null if it is left out.
  @SuppressWarnings("unchecked") // lists in attributes are of texts
  public List<String> texts(String name) {
    return get(name, List.class, "a list of strings");
  }

  /// A tensor; null if it is left out.
  public Constant constant(String name) {
    return get(name, Constant.class, "a tensor");
  }

  /// A graph.
  ///
  /// @throws Refusal if it is left out
  public Graph graph(String name) {
    Graph value = get(name, Graph.class, "a graph");
    if (value == null) {
      throw new Refusal("attribute %s is missing".formatted(name));
    }
    return value;
  }

  /// Attributes that change nothing here.
  public void ignore(String... names) {
    for (String name : names) {
      unread.remove(name);
    }
  }

  /// All but some, for another node: its operator reads them anew.
  public Attributes without(Collection<String> names) {
    Map<String, Object> rest = new LinkedHashMap<>(values);
    rest.keySet().removeAll(names);
    unread.removeAll(rest.keySet());
    return new Attributes(rest);
  }

  /// With others, for another node: its operator reads them anew.
  public Attributes with(Map<String, Object> others) {
    Map<String, Object> all = new LinkedHashMap<>(values);
    all.putAll(others);
    return new Attributes(all);
  }

  /// What nobody has asked for.
  public Set<String> unread() {
    return unread;
  }

  /// The subgraphs among the attributes.
  public List<Graph> graphs() {
    return of(Graph.class);
  }

  /// The tensors among the attributes.
  public List<Constant> constants() {
    return of(Constant.class);
  }

  private <T> List<T> of(Class<T> type) {
    List<T> all = new ArrayList<>();
    for (Object value : values.values()) {
      if (type.isInstance(value)) {
        all.add(type.cast(value));
      }
    }
    return all;
  }

  private <T> T get(String name, Class<T> type, String expected) {
    unread.remove(name);
    Object value = values.get(name);
    if (value == null) {
      return null;
    }
    if (!type.isInstance(value)) {
      throw new Refusal("attribute %s is not %s".formatted(name, expected));
    }
    return type.cast(value);
  }
}
