package io.kioku.internal.onnx.graph;

import java.util.Arrays;

/// Why one node cannot be run. The loader collects them, so that one message lists all.
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient String format;
  private final transient Object[] arguments;

  /// @param reason without the node's name, as in "attribute mode is 'wrap', expected constant,
  ///   reflect or edge"
  public Refusal(String reason) {
    super(reason);
    this.format = null;
    this.arguments = null;
  }

  /// A reason that names shapes.
  ///
  /// @param arguments of the format; shapes are [Dims]
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library that is not ours
  public Refusal(String format, Object... arguments) {
    super(format.formatted(arguments));
    this.format = format;
    this.arguments = arguments;
  }

  /// The reason, with the names that the file has for dimensions.
  public String reason(Symbols symbols) {
    return format == null
        ? getMessage()
        : format.formatted(
            Arrays.stream(arguments)
                .map(argument -> argument instanceof Dims dims ? dims.text(symbols) : argument)
                .toArray());
  }
}
