package io.kioku.internal.onnx.op;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/// A list of tensors that do not change. Lists share them: to append one to a list of a thousand
/// copies no other. A tensor that no list has any more is used again by the kernel that made it, so
/// that a loop allocates nothing once it has run.
public final class Sequence {
  private static final int FIRST = 4;

  /// A tensor of some lists.
  private static final class Element {
    private final Value tensor;
    private final Source source;
    private int lists;

    Element(Value tensor, Source source) {
      this.tensor = tensor;
      this.source = source;
    }
  }

  /// Where one kernel takes tensors from.
  public static final class Source {
    private final KernelContext context;
    private final Deque<Element> free = new ArrayDeque<>();

    public Source(KernelContext context) {
      this.context = context;
    }

    private Element take() {
      Element element = free.poll();
      return element == null ? new Element(context.scratch(), this) : element;
    }
  }

  private Element[] elements = new Element[FIRST];
  private int size;

  /// How many tensors there are.
  public int size() {
    return size;
  }

  /// One of them; not to be changed.
  public Value at(int index) {
    return elements[index].tensor;
  }

  /// Makes the list empty.
  public void clear() {
    while (size > 0) {
      release(elements[--size]);
      elements[size] = null;
    }
  }

  /// Makes the list the same as another.
  void assign(Sequence other) {
    if (other != this) {
      for (int k = 0; k < other.size; k++) {
        other.elements[k].lists++; // before the list's own may be the last
      }
      clear();
      if (elements.length < other.size) {
        elements = new Element[Math.max(other.size, 2 * elements.length)];
      }
      System.arraycopy(other.elements, 0, elements, 0, other.size);
      size = other.size;
    }
  }

  /// Appends one of another list's.
  public void add(Sequence other, int index) {
    append(other.elements[index]);
  }

  /// Appends a tensor that the caller is to fill.
  public Value add(Source source) {
    Element element = source.take();
    append(element);
    return element.tensor;
  }

  private void append(Element element) {
    if (size == elements.length) {
      elements = Arrays.copyOf(elements, 2 * size);
    }
    element.lists++;
    elements[size++] = element;
  }

  private static void release(Element element) {
    if (--element.lists == 0) {
      element.source.free.push(element);
    }
  }
}
