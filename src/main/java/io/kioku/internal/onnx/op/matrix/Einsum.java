package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Einsum: sums of products, as an equation such as `bij,bjk->bik` names their axes. A label that
/// an operand has twice is its diagonal; labels that neither the result nor a later operand has are
/// summed up. Operands are multiplied from the left to the right, each time as one batched product
/// of matrices.
public final class Einsum implements Operator {
  /// Labels of the axes that an ellipsis stands for: this less their distance from the last, so
  /// that they are in order, and before all letters.
  private static final int DOTS = -1;

  private static final String ELLIPSIS = "...";

  private final String equation;
  private final String[] operands;
  private final String result; // null: it follows from the operands

  /// The operator of a node.
  public Einsum(GraphNode node) {
    equation = node.attributes().text("equation");
    if (equation == null) {
      throw new Refusal("attribute equation is missing");
    }
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    operands = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    result = arrow < 0 ? null : text.substring(arrow + 2);
    if (operands.length != node.inputs().size()) {
      throw new Refusal(
          "attribute equation is '%s', which has %d operands; there are %d"
              .formatted(equation, operands.length, node.inputs().size()));
    }
    for (String operand : operands) {
      checkTerm(operand);
    }
    if (result != null) {
      checkTerm(result);
      String letters = result.replace(ELLIPSIS, "");
      boolean isTwice = letters.chars().distinct().count() < letters.length();
      if (isTwice || letters.chars().anyMatch(c -> String.join("", operands).indexOf(c) < 0)) {
        throw malformed();
      }
    }
  }

  private void checkTerm(String term) {
    int dots = term.indexOf(ELLIPSIS);
    String letters =
        dots < 0 ? term : term.substring(0, dots) + term.substring(dots + ELLIPSIS.length());
    if (!letters.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
      throw malformed();
    }
  }

  private Refusal malformed() {
    return new Refusal("attribute equation is '%s', which is malformed".formatted(equation));
  }

  /// An operand's label for each of its axes.
  private int[] labels(String term, int rank) {
    int dots = term.indexOf(ELLIPSIS);
    int hidden = dots < 0 ? 0 : rank - (term.length() - ELLIPSIS.length());
    if (hidden < 0 || (dots < 0 && term.length() != rank)) {
      throw new Refusal("operand '%s' of '%s' has %d dimensions".formatted(term, equation, rank));
    }
    IntStream.Builder labels = IntStream.builder();
    for (int i = 0; i < term.length(); i++) {
      if (i != dots) {
        labels.add(term.charAt(i));
        continue;
      }
      for (int k = hidden; k > 0; k--) {
        labels.add(DOTS - (k - 1));
      }
      i += ELLIPSIS.length() - 1;
    }
    return labels.build().toArray();
  }

  @Override
  public void infer(ShapeInference node) {
    ElementType type = null;
    boolean known = true;
    for (int k = 0; k < operands.length; k++) {
      node.need(k, Integer.toString(k));
      if (node.type(k) == ElementType.BOOL || (type != null && node.type(k) != type)) {
        if (node.type(k) != null) {
          throw new Refusal(
              "input %d has type %s, expected numbers of one type".formatted(k, node.type(k)));
        }
      }
      type = type == null ? node.type(k) : type;
      known &= node.dims(k) != null;
    }
    if (!known) {
      boolean isFixed = result != null && !result.contains(ELLIPSIS);
      long[] open = isFixed ? new long[result.length()] : null;
      if (isFixed) {
        Arrays.fill(open, -1);
      }
      node.out(0, type, open);
      return;
    }
    int[][] labels = new int[operands.length][];
    long[][] dims = new long[operands.length][];
    for (int k = 0; k < operands.length; k++) {
      dims[k] = node.dims(k);
      labels[k] = labels(operands[k], dims[k].length);
    }
    Map<Integer, Long> sizes = sizes(labels, dims);
    node.out(0, type, sized(results(labels), sizes));
  }

  /// The size of each label, those of several sizes as broadcasting has it.
  private static Map<Integer, Long> sizes(int[][] labels, long[][] dims) {
    Map<Integer, Long> sizes = new TreeMap<>();
    for (int k = 0; k < labels.length; k++) {
      for (int axis = 0; axis < labels[k].length; axis++) {
        sizes.merge(
            labels[k][axis],
            dims[k][axis],
            (a, b) -> Broadcasting.dims(new long[] {a}, new long[] {b})[0]);
      }
    }
    return sizes;
  }

  private static long[] sized(int[] labels, Map<Integer, Long> sizes) {
    return Arrays.stream(labels).mapToLong(sizes::get).toArray();
  }

  /// The result's labels. Without an arrow: the ellipsis' axes, then the letters that are there
  /// once, in order.
  private int[] results(int[][] labels) {
    int[] all = Arrays.stream(labels).flatMapToInt(Arrays::stream).toArray();
    int[] dots = Arrays.stream(all).filter(label -> label < 0).distinct().sorted().toArray();
    if (result != null) {
      int rank =
          result.length() + (result.contains(ELLIPSIS) ? dots.length - ELLIPSIS.length() : 0);
      return labels(result, rank);
    }
    IntStream once =
        Arrays.stream(all)
            .filter(label -> label >= 0 && Arrays.stream(all).filter(l -> l == label).count() == 1)
            .sorted();
    return IntStream.concat(Arrays.stream(dots), once).toArray();
  }

  @Override
  public String backend() {
    return "blas";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Steps(context);
  }

  /// An array whose axes have labels, no label twice.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Term(Value value, int[] labels, Layout layout) {
    boolean has(int label) {
      return Arrays.stream(labels).anyMatch(own -> own == label);
    }

    /// How far neighbours along some labels lie apart: 0 where it is repeated.
    long[] strides(int... wanted) {
      long[] strides = new long[wanted.length];
      for (int i = 0; i < wanted.length; i++) {
        for (int axis = 0; axis < labels.length; axis++) {
          strides[i] = labels[axis] == wanted[i] ? layout.strides()[axis] : strides[i];
        }
      }
      return strides;
    }
  }

  /// What is done one after the other, found anew whenever shapes have changed.
  private final class Steps implements Kernel {
    private final KernelContext context;
    private final List<Value> scratch = new ArrayList<>();
    private int used;
    private List<Runnable> found;
    private Runnable[] steps = {};
    private Map<Integer, Long> sizes;

    Steps(KernelContext context) {
      this.context = context;
    }

    @Override
    public void prepare() {
      used = 0;
      found = new ArrayList<>();
      int[][] labels = new int[operands.length][];
      long[][] dims = new long[operands.length][];
      for (int k = 0; k < operands.length; k++) {
        dims[k] = context.in(k).dims();
        labels[k] = labels(operands[k], dims[k].length);
      }
      sizes = sizes(labels, dims);
      int[] wanted = results(labels);
      Term product = null;
      for (int k = 0; k < operands.length; k++) {
        Term next = diagonal(context.in(k), labels[k]);
        int[] later =
            IntStream.concat(
                    Arrays.stream(wanted),
                    Arrays.stream(labels, k + 1, labels.length).flatMapToInt(Arrays::stream))
                .toArray();
        product = product == null ? next : multiplied(product, next, later);
        product = summed(product, later);
      }
      Value out = context.out(0);
      copy(product.value, out, product.strides(wanted), sized(wanted, sizes));
      steps = found.toArray(Runnable[]::new);
    }

    @Override
    public void run() {
      for (Runnable step : steps) {
        step.run();
      }
    }

    private Value value(long... dims) {
      if (used == scratch.size()) {
        scratch.add(context.scratch());
      }
      Value value = scratch.get(used++);
      value.resize(context.out(0).type(), dims);
      return value;
    }

    /// An operand without labels that it has twice. Axes of one element are repeated.
    private Term diagonal(Value in, int... labels) {
      int[] own = Arrays.stream(labels).distinct().toArray();
      long[] strides = new long[own.length];
      long[] dense = Layout.of(in.dims()).strides();
      for (int i = 0; i < own.length; i++) {
        for (int axis = 0; axis < labels.length; axis++) {
          strides[i] += labels[axis] == own[i] && in.dim(axis) != 1 ? dense[axis] : 0;
        }
      }
      return new Term(in, own, new Layout(0, strides));
    }

    private void copy(Value from, Value to, long[] strides, long... dims) {
      StridedCopy copy =
          StridedCopy.of(to.storage().bytes(), dims, new Layout(0, strides), Layout.of(dims));
      found.add(() -> copy.run(from.data(), to.data()));
    }

    /// The elements of a term in this order, side by side.
    private Value ordered(Term term, int... labels) {
      long[] dims = sized(labels, sizes);
      long[] strides = term.strides(labels);
      long[] dense = Layout.of(dims).strides();
      boolean isThere = true;
      for (int axis = 0; axis < dims.length; axis++) {
        isThere &= dims[axis] == 1 || strides[axis] == dense[axis];
      }
      if (isThere) {
        return term.value;
      }
      Value value = value(dims);
      copy(term.value, value, strides, dims);
      return value;
    }

    /// Sums up the labels that nobody wants later.
    private Term summed(Term term, int... later) {
      int[] kept = Arrays.stream(term.labels).filter(l -> contains(later, l)).toArray();
      int[] gone = Arrays.stream(term.labels).filter(l -> !contains(later, l)).toArray();
      if (gone.length == 0) {
        return term;
      }
      long[] dims = sized(kept, sizes);
      Value sums = value(dims);
      StridedWalk outer = new StridedWalk(0, dims, term.strides(kept));
      StridedWalk inner = new StridedWalk(1, sized(gone, sizes), term.strides(gone));
      boolean isReal = sums.type().isReal();
      found.add(() -> {
        outer.rewind();
        for (long i = 0; outer.next(); i++) {
          if (isReal) {
            sums.setDouble(i, real(term.value, outer.at(0), inner));
          } else {
            sums.setLong(i, whole(term.value, outer.at(0), inner));
          }
        }
      });
      return new Term(sums, kept, Layout.of(dims));
    }

    private static double real(Value from, long first, StridedWalk walk) {
      double sum = 0;
      walk.rewind();
      while (walk.next()) {
        for (long i = 0; i < walk.dim(0); i++) {
          sum += from.asDouble(first + walk.at(0) + i * walk.stride(0, 0));
        }
      }
      return sum;
    }

    private static long whole(Value from, long first, StridedWalk walk) {
      long sum = 0;
      walk.rewind();
      while (walk.next()) {
        for (long i = 0; i < walk.dim(0); i++) {
          sum += from.asLong(first + walk.at(0) + i * walk.stride(0, 0));
        }
      }
      return sum;
    }

    /// The product of two terms: labels that both have are of a batch, or are summed up if nobody
    /// wants them later; the others are rows and columns.
    private Term multiplied(Term left, Term right, int... later) {
      Term a = summed(left, join(later, right.labels));
      Term b = summed(right, join(later, left.labels));
      int[] batch = Arrays.stream(a.labels).filter(l -> b.has(l) && contains(later, l)).toArray();
      int[] inner = Arrays.stream(a.labels).filter(l -> b.has(l) && !contains(later, l)).toArray();
      int[] rows = Arrays.stream(a.labels).filter(l -> !b.has(l)).toArray();
      int[] columns = Arrays.stream(b.labels).filter(l -> !a.has(l)).toArray();
      Value x = ordered(a, join(join(batch, rows), inner));
      Value w = ordered(b, join(join(batch, inner), columns));
      int[] labels = join(join(batch, rows), columns);
      Value y = value(sized(labels, sizes));
      MatrixProduct product =
          MatrixProduct.of(count(rows), count(columns), count(inner), false, false, 1, 0);
      long batches = count(batch);
      boolean isReal = y.type().isReal();
      found.add(() -> {
        long m = product.m();
        for (long i = 0; i < batches; i++) {
          long xAt = i * m * product.k();
          long wAt = i * product.k() * product.n();
          long yAt = i * m * product.n();
          if (isReal) {
            product.run(x, xAt, w, wAt, y, yAt);
          } else {
            whole(product, x, xAt, w, wAt, y, yAt);
          }
        }
      });
      return new Term(y, labels, Layout.of(y.dims()));
    }

    private static void whole(
        MatrixProduct product, Value x, long xAt, Value w, long wAt, Value y, long yAt) {
      long n = product.n();
      for (long row = 0; row < product.m(); row++) {
        for (long column = 0; column < n; column++) {
          long sum = 0;
          for (long i = 0; i < product.k(); i++) {
            sum += x.asLong(xAt + row * product.k() + i) * w.asLong(wAt + i * n + column);
          }
          y.setLong(yAt + row * n + column, sum);
        }
      }
    }

    private long count(int... labels) {
      long count = 1;
      for (int label : labels) {
        count = Math.multiplyExact(count, sizes.get(label));
      }
      return count;
    }

    private static boolean contains(int[] labels, int label) {
      return Arrays.stream(labels).anyMatch(own -> own == label);
    }

    private static int[] join(int[] first, int... second) {
      return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }
  }
}
